/**
 * Somebody's repository, with the shipped batches in it and songbatch installed, and machines on which its
 * commands run: in bash, as they stand in the examples, against an embedded server in the place of Wiro.
 *
 * In the place of `npm` and `npx` stand scripts that know the two things the examples do with them.
 */
import { chmodSync, cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SandboxOptions } from '../../src/sandbox/sandbox.ts';
import { runBash, type Printed, type Started } from '../cli/bash.ts';
import { compileCache, createWorld, executable, type World } from '../cli/rig.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

export function example(path: string): string {
  return readFileSync(join(root, 'examples', path), 'utf8');
}

/** Jobs of `batches/nightly.yaml`, here: forty would take longer and show no more. */
export const nightlyJobs = 8;

/** What is changed in it for that; the songs of these tests are too short for its checks. */
function shortened(manifest: string): string {
  return manifest.replace('jobs: 40', `jobs: ${nightlyJobs}`).replace(/^checks: .*$/m, '');
}

export interface Project {
  readonly world: World;
  /** The repository; machines work in copies. */
  readonly folder: string;
  /** An empty folder. */
  readonly emptyFolder: () => string;
  readonly bash: (
    script: string,
    folder: string,
    environment?: Readonly<Record<string, string>>,
  ) => Promise<Printed>;
  /** The same; signals go to what the script is, which may be an `exec`. */
  readonly start: (
    script: string,
    folder: string,
    environment?: Readonly<Record<string, string>>,
  ) => Started;
}

export async function createProject(server: SandboxOptions = {}): Promise<Project> {
  const world = await createWorld(server);
  const folder = join(world.folder, 'repository');
  cpSync(join(root, 'examples/batches'), join(folder, 'batches'), { recursive: true });
  const manifest = join(folder, 'batches/nightly.yaml');
  writeFileSync(manifest, shortened(readFileSync(manifest, 'utf8')));

  const bin = join(world.folder, 'bin');
  const program = (name: string, script: string) => {
    chmodSync(world.write(`bin/${name}`, `#!/bin/sh\n${script}\n`), 0o755);
  };
  const songbatch = `exec "${process.execPath}" "${executable}" "$@"`;
  program('songbatch', songbatch);
  program('npm', '[ "$*" = ci ] || { echo "npm $*?" >&2; exit 64; }');
  program('npx', `[ "$1" = songbatch ] || { echo "npx $*?" >&2; exit 64; }\nshift\n${songbatch}`);

  const start: Project['start'] = (script, at, environment = {}) =>
    runBash(script, at, {
      PATH: `${bin}:${process.env['PATH'] ?? ''}`,
      ...compileCache,
      HOME: world.folder,
      WIRO_BASE_URL: world.server.url,
      ...environment,
    });
  let folders = 0;
  return {
    world,
    folder,
    emptyFolder: () => mkdtempSync(join(world.folder, `machine-${++folders}-`)),
    bash: (...command) => start(...command).ended,
    start,
  };
}
