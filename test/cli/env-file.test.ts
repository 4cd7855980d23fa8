/** `--env-file`: what the environment does not say is said by a file, and never shown. */
import { spawnSync } from 'node:child_process';
import { parseEnv } from 'node:util';
import { describe, expect, test } from 'vitest';
import fc from '../fast-check.ts';
import { parseEnvFile } from '../../src/cli/env-file.ts';
import { createWorld, executable, manifestText, type World } from './rig.ts';

const unset = () => 'unset WIRO_API_KEY WIRO_API_SECRET';

function nightly(world: World): void {
  world.write('m.yaml', manifestText({ seeds: 1 }));
  world.write(
    'night/.env',
    '# of the nightly job\n\nexport WIRO_API_KEY="marker-key-3141" # whose?\nWIRO_API_SECRET=marker-secret-2718\n',
  );
}

test('its credentials are those of the run, and appear nowhere', async () => {
  const world = await createWorld({
    key: 'marker-key-3141',
    secret: 'marker-secret-2718',
    shell: unset,
  });
  nightly(world);
  const run = await world.songbatch(
    'run',
    'm.yaml',
    '--env-file',
    'night/.env',
    '--log-format',
    'json',
  );
  expect(run.code).toBe(0);
  expect(world.server.books()).toMatchObject({ created: 1 });
  expect(run.stdout + run.stderr).not.toContain('marker');
  const found = spawnSync('grep', ['-rl', 'marker-', '.'], { cwd: world.folder, encoding: 'utf8' });
  expect(found.stdout.trim()).toBe('./night/.env');
});

test.each([
  ['the file, where nothing else speaks', unset, ['--env-file', 'night/.env'], 'night/.env:3'],
  ['the environment', () => 'true', ['--env-file', 'night/.env'], undefined],
  ['the last of two files', unset, ['--env-file', 'night/.env', '--env-file', 'b.env'], 'b.env:1'],
  [
    'what is in the second file alone',
    unset,
    ['--env-file', 'b.env', '--env-file', 'c.env'],
    'b.env:1',
  ],
])('what holds is %s', async (_, shell, words, place) => {
  const world = await createWorld({ shell });
  nightly(world);
  world.write('b.env', 'WIRO_API_KEY=b\r\n');
  world.write('c.env', '');
  const { stdout } = await world.songbatch(...words, 'config', '--json');
  const { settings } = JSON.parse(stdout) as { settings: readonly { name: string }[] };
  expect(settings[0]).toEqual({
    name: 'WIRO_API_KEY',
    value: 'set',
    from: 'environment',
    ...(place !== undefined && { place }),
    variable: 'WIRO_API_KEY',
  });
});

test('it is heard where a variable is set to nothing: the run goes to the server that it names', async () => {
  const world = await createWorld({ environment: { WIRO_BASE_URL: '', WIRO_API_KEY: '' } });
  world.write('test.env', `WIRO_BASE_URL=${world.server.url}\nWIRO_API_KEY=test-key\n`);
  const { stdout } = await world.songbatch('--env-file', 'test.env', 'config', '--json');
  const { settings } = JSON.parse(stdout) as { settings: readonly object[] };
  expect(settings).toContainEqual(
    expect.objectContaining({ name: 'baseUrl', value: world.server.url, place: 'test.env:1' }),
  );
});

test('one that says nothing clearly is refused with its lines, which are not shown', async () => {
  const world = await createWorld();
  world.write('m.yaml', manifestText());
  world.write(
    '.env',
    'WIRO_API_KEY: marker-1\nA=1\n  marker-2\nB="two\nlines" marker-3\n2C=marker-4\nD=\'marker-5\n',
  );
  const { code, stdout, stderr } = await world.songbatch('run', 'm.yaml', '--env-file', '.env');
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatchInlineSnapshot(`
    "error: .env:1: this is not NAME=VALUE
    error: .env:3: this is not NAME=VALUE
    error: .env:4: the quotes have no end, or more than a comment behind it
    error: .env:5: this is not NAME=VALUE
    error: .env:6: this is not NAME=VALUE
    error: .env:7: the quotes have no end, or more than a comment behind it
    hint: a line is NAME=VALUE or a # comment; what stands there is not shown, as it may be a secret
    "
  `);
  expect(world.server.books().requests).toEqual({});
});

describe('one that is not there', () => {
  const words = ['config', '--env-file', 'no.env'];

  test('is refused by Node, before anything is started', async () => {
    const world = await createWorld();
    const { code, stdout, stderr } = await world.songbatch(...words);
    expect({ code, stdout }).toEqual({ code: 9, stdout: '' });
    expect(stderr).toContain('no.env: not found');
  });

  test('is refused by songbatch, where Node keeps to itself', () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, ['--', executable, ...words], {
      encoding: 'utf8',
    });
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain('--env-file no.env cannot be read: there is no such file');
  });
});

describe('a line means what it means to Node', () => {
  const piece = fc.constantFrom(
    ...[
      'A',
      'B_2',
      '=',
      ' ',
      '\t',
      '\n',
      '\r\n',
      '"',
      "'",
      '`',
      '#',
      'export ',
      'x',
      '\\n',
      '\\',
      '$A',
      'ä',
    ],
  );

  /** `A= ` takes the next line for its value, `export A=` at the end is "export A", ` #=` may be "#". */
  const slipOfNodes = /=[ \t]+\r?\n|export[ \t]+\w+[ \t]*=\s*(\n|$)|^[ \t]+#/m;

  test('or it is refused', () => {
    let accepted = 0;
    fc.assert(
      // Of mere pieces one text in a hundred has a variable.
      fc.property(fc.constantFrom('', 'A='), fc.array(piece, { maxLength: 20 }), (head, pieces) => {
        const text = head + pieces.join('');
        const { variables, faults } = parseEnvFile(text);
        if (faults.length > 0 || slipOfNodes.test(text)) return;
        if (variables.length > 0) accepted++;
        const read = Object.fromEntries(variables.map(({ name, value }) => [name, value]));
        expect(read).toEqual({ ...parseEnv(text) });
      }),
      { numRuns: 3000 },
    );
    expect(accepted).toBeGreaterThan(100);
  });

  test('with the line that it begins in', () => {
    const text = '\n# c\nA=1\nB="two\nlines"\n\nexport C=3 # c\n';
    expect(parseEnvFile(text)).toEqual({
      variables: [
        { name: 'A', value: '1', line: 3 },
        { name: 'B', value: 'two\nlines', line: 4 },
        { name: 'C', value: '3', line: 7 },
      ],
      faults: [],
    });
  });
});
