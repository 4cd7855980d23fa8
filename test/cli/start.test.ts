/** What a command does not need it does not load: starting is most of what the short ones do. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import songbatchPackage from '../../package.json' with { type: 'json' };
import { createWorld, manifestText } from './rig.ts';

const recorder = pathToFileURL(join(import.meta.dirname, 'loaded.child.ts')).href;

/** By what shows that they were loaded. */
const parts = {
  'the HTTP client': /\/undici\//,
  'the log': /\/pino\//,
  SQLite: /^node:sqlite$/m,
  YAML: /\/yaml\//,
  'the search for a configuration': /\/cosmiconfig\//,
  'the compiler of schemas': /\/ajv\/dist\/(?!runtime\/)/,
  'the ears': /dist\/audio\//,
  'the S3 client': /\/@aws-sdk\/|dist\/bucket\//,
  'the embedded server': /\/sandbox\/sandbox\.js$/m,
  'the command line': /\/commander\//,
};

async function partsOf(...words: string[]): Promise<string[]> {
  const world = await createWorld({
    environment: {
      WIRO_API_KEY: '',
      NODE_OPTIONS: `--import=${recorder}`,
      // Relative to the folder that the CLI works in.
      LOADED_MODULES: 'loaded.txt',
    },
  });
  world.write('m.yaml', manifestText({ seeds: 1 }));
  const { code, stderr } = await world.songbatch(...words);
  expect({ code, stderr }).toMatchObject({ code: 0 });
  const loaded = world.read('loaded.txt');
  return Object.entries(parts)
    .filter(([, pattern]) => pattern.test(loaded))
    .map(([part]) => part);
}

describe('loads only what it needs', () => {
  const reading = ['SQLite', 'YAML', 'the command line'];

  test.each([
    ['--version', []],
    ['--help', ['the command line']],
    ['run --help', ['the command line']],
    ['lint m.yaml', ['YAML', 'the command line']],
    ['schema', ['the command line']],
    ['completion bash', ['the command line']],
    ['check --help', ['the command line']],
    ['status m.yaml', [...reading, 'the search for a configuration']],
    ['config m.yaml', ['YAML', 'the command line', 'the search for a configuration']],
    ['plan m.yaml', [...reading, 'the search for a configuration']],
    // Songs that go to a bucket: only what asks it for something speaks to it.
    [
      'plan m.yaml --out s3://songs/a --sandbox',
      [...reading, 'the HTTP client', 'the search for a configuration', 'the embedded server'],
    ],
    ['status m.yaml --out s3://songs/a', [...reading, 'the search for a configuration']],
    [
      'plan m.yaml --sandbox',
      [...reading, 'the HTTP client', 'the search for a configuration', 'the embedded server'],
    ],
  ])('songbatch %s', async (words, needed) => {
    expect((await partsOf(...words.split(' '))).sort()).toEqual(needed.sort());
  });
});

test('--version says the same alone and among other words', async () => {
  const world = await createWorld();
  const { version } = songbatchPackage;
  for (const words of [['--version'], ['-V'], ['--version', 'plan']]) {
    expect(await world.songbatch(...words)).toEqual({
      code: 0,
      stdout: `${version}\n`,
      stderr: '',
    });
  }
});
