/**
 * The package as its users get it: packed, unpacked into an empty folder, and run there.
 *
 * Nothing is fetched: what a registry would bring is linked from here, and only what `dependencies` names, so
 * that an import of anything else fails as it would there. CI installs the same file with npm itself.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import songbatchPackage from '../package.json' with { type: 'json' };
import * as songbatch from '../src/index.ts';
import { patienceMs } from './cli/rig.ts';

const root = resolve(import.meta.dirname, '..');

interface Packed {
  readonly filename: string;
  /** Bytes. */
  readonly size: number;
  readonly unpackedSize: number;
  readonly files: readonly { readonly path: string }[];
}

let folder = '';
let packed: Packed;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'songbatch-package-'));
  packed = pack(folder);
  const modules = join(folder, 'node_modules');
  const own = join(modules, 'songbatch');
  mkdirSync(own, { recursive: true });
  execFileSync('tar', ['-xzf', join(folder, packed.filename), '-C', own, '--strip-components=1']);
  const { songbatch: executable } = songbatchPackage.bin;
  link(join(own, executable), join(modules, '.bin/songbatch'));
  for (const name of [...Object.keys(songbatchPackage.dependencies), '@types/node']) {
    link(join(root, 'node_modules', name), join(modules, name));
  }
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }');
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** The build is there already: `prepare` would remove it under the feet of other tests. */
function pack(into: string): Packed {
  const words = ['pack', '--ignore-scripts', '--json', '--pack-destination', into];
  const text = execFileSync('npm', words, { cwd: root, env: environment(), encoding: 'utf8' });
  const [only] = Object.values(JSON.parse(text) as Readonly<Record<string, Packed>>);
  if (!only) throw new Error(`npm pack says: ${text}`);
  return only;
}

/** Node is this one, whichever is installed; npm keeps to the folder and asks nobody. */
function environment(): NodeJS.ProcessEnv {
  return {
    PATH: [dirname(process.execPath), process.env['PATH'] ?? ''].join(delimiter),
    HOME: folder,
    npm_config_cache: join(folder, '.npm'),
    npm_config_offline: 'true',
    npm_config_update_notifier: 'false',
  };
}

function link(target: string, path: string): void {
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync(target, path);
}

function run(program: string, ...words: string[]) {
  const { status, stdout, stderr } = spawnSync(program, words, {
    cwd: folder,
    env: environment(),
    encoding: 'utf8',
    timeout: patienceMs,
  });
  return { code: status, stdout, stderr };
}

test('the package is what runs and what describes it', () => {
  const names = packed.files.map(({ path }) => path);
  expect([...new Set(names.map((name) => name.split('/')[0]))].sort()).toEqual([
    'CHANGELOG.md',
    'LICENSE',
    'README.md',
    'dist',
    'examples',
    'package.json',
    'schemas',
  ]);
  const endings = names.filter((name) => name.startsWith('dist/')).map((name) => /\..*/.exec(name));
  expect([...new Set(endings.map((ending) => ending?.[0]))].sort()).toEqual([
    '.css',
    '.d.ts',
    '.js',
    '.json',
  ]);
});

test('it is small', () => {
  // Measured when this was written: 0.71 MB packed, 2.5 MB unpacked.
  expect(packed.size).toBeLessThan(850_000);
  expect(packed.unpackedSize).toBeLessThan(2_900_000);
  expect(statSync(join(folder, packed.filename)).size).toBe(packed.size);
});

const npx = (...words: string[]) => run('npx', '--no-install', 'songbatch', ...words);
const example = 'node_modules/songbatch/examples/batches/quickstart.yaml';

test('the command runs in an empty folder', () => {
  expect(npx('--version')).toMatchObject({ code: 0, stdout: `${songbatchPackage.version}\n` });
  expect(npx('lint', example)).toMatchObject({ code: 0, stdout: '1 file: no problems\n' });
  const plan = npx('plan', example);
  expect(plan).toMatchObject({ code: 0, stderr: '' });
  expect(plan.stdout).toContain('12 combinations: 12 jobs');
});

test('it makes a song of its own example', () => {
  const part = ['--only', 'lyrics=short-kettle', '--only', 'tags=night-jazz', '--only', 'seed=2'];
  const { code, stdout } = npx('run', example, '--sandbox', ...part);
  expect(code).toBe(0);
  expect(stdout).toContain('1 done');
  const song = statSync(join(folder, 'out/quickstart/short-kettle/night-jazz_s2.wav'));
  expect(song.size).toBeGreaterThan(1_000_000);
});

test('a program imports it, with its schemas', () => {
  writeFileSync(
    join(folder, 'use.mjs'),
    `import * as songbatch from 'songbatch';
import schema from 'songbatch/schemas/manifest.schema.json' with { type: 'json' };
import songbatchPackage from 'songbatch/package.json' with { type: 'json' };
const inner = await import('songbatch/dist/run/run.js').catch(({ code }) => code);
console.log(JSON.stringify({ names: Object.keys(songbatch), id: schema.$id, version: songbatchPackage.version, inner }));`,
  );
  const { code, stdout, stderr } = run('node', 'use.mjs');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(JSON.parse(stdout)).toEqual({
    names: Object.keys(songbatch).sort(),
    id: 'https://songbatch.dev/schemas/manifest.schema.json',
    version: songbatchPackage.version,
    inner: 'ERR_PACKAGE_PATH_NOT_EXPORTED',
  });
});

test('a program in TypeScript is checked against its types', () => {
  writeFileSync(
    join(folder, 'use.ts'),
    `import { startSandbox, type RunEvent, type Sandbox } from 'songbatch';
export const url = ({ url }: Sandbox): string => url;
export const kind = (event: RunEvent): string => event.type;
// @ts-expect-error: the speed is a number
await startSandbox({ speed: 'fast' });
`,
  );
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  // Without the types of browsers, which take longest.
  const options = '--noEmit --strict --module nodenext --target es2024 --lib es2024 --types node';
  expect(run('node', compiler, ...options.split(' '), 'use.ts')).toEqual({
    code: 0,
    stdout: '',
    stderr: '',
  });
});
