/** Somebody who follows a page of the documentation: writes its files, and types its commands in their order. */
import { chmodSync, cpSync, mkdirSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { runBash, type Printed } from '../cli/bash.ts';
import { compileCache, createWorld, executable, type World } from '../cli/rig.ts';
import { patternOf, readPage } from './page.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

export interface Reader {
  readonly world: World;
  readonly type: (script: string) => Promise<Printed>;
}

/**
 * What a reader has: songbatch installed, the examples, an account, and a terminal.
 * @param environment what is set in it besides
 */
export async function createReader(
  environment: Readonly<Record<string, string>> = {},
): Promise<Reader> {
  const world = await createWorld();
  cpSync(join(root, 'examples'), join(world.folder, 'examples'), { recursive: true });
  mkdirSync(join(world.folder, 'node_modules'));
  symlinkSync(root, join(world.folder, 'node_modules/songbatch'));
  const songbatch = world.write(
    'bin/songbatch',
    `exec "${process.execPath}" "${executable}" "$@"\n`,
  );
  chmodSync(songbatch, 0o755);
  const { folder, server } = world;
  const type = (script: string) =>
    runBash(script, folder, {
      // Node first: the one that runs the tests.
      PATH: [join(folder, 'bin'), dirname(process.execPath), process.env['PATH']].join(':'),
      ...compileCache,
      HOME: folder,
      WIRO_BASE_URL: server.url,
      WIRO_API_KEY: 'a-key',
      ...environment,
    }).ended;
  return { world, type };
}

/** Expects that a page of `docs/` comes out as it says. */
export async function followPage(name: string, { world, type }: Reader): Promise<void> {
  for (const block of readPage(join(root, 'docs', name))) {
    const place = `docs/${name}:${block.line}`;
    switch (block.kind) {
      case 'file':
        world.write(block.path, block.text);
        break;
      case 'commands': {
        const { printed, code } = await type(block.script);
        expect(code, `${place} printed:\n${printed}`).toBe(block.exitCode);
        break;
      }
      case 'transcript':
        for (const { command, expected } of block.steps) {
          const { printed } = await type(command);
          expect(printed, `${place}: ${command}`).toMatch(patternOf(expected));
        }
        break;
    }
  }
}
