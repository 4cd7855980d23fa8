/** The configuration: where it is found, how it is refused, and what `songbatch config` shows of it. */
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { schemaText } from '../../src/schemas/text.ts';
import { createWorld, manifestText, type World } from './rig.ts';

interface Shown {
  readonly configuration: string | null;
  readonly settings: readonly { readonly name: string; readonly value: unknown }[];
}

async function settings(world: World, ...words: string[]): Promise<Shown> {
  const { code, stdout, stderr } = await world.songbatch('config', '--json', ...words);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout) as Shown;
}

const setting = ({ settings }: Shown, wanted: string) =>
  settings.find(({ name }) => name === wanted);

/** What is told of a configuration. */
async function refusal(files: Readonly<Record<string, string | Uint8Array>>, ...words: string[]) {
  const world = await createWorld();
  for (const [path, text] of Object.entries(files)) world.write(path, text);
  world.write('m.yaml', manifestText({ seeds: 1 }));
  const { code, stdout, stderr } = await world.songbatch('run', 'm.yaml', ...words);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(world.server.books().created).toBe(0);
  return stderr.trimEnd();
}

describe('a configuration is found', () => {
  test.each([
    ['package.json', '{ "name": "x", "songbatch": { "limits": { "tasks": 7 } } }'],
    ['.songbatchrc', 'limits: { tasks: 7 }'],
    ['.songbatchrc.json', '{ "limits": { "tasks": 7 } }'],
    ['.songbatchrc.yaml', 'limits: { tasks: 7 }'],
    ['.songbatchrc.yml', 'limits: { tasks: 7 }'],
    ['songbatch.config.json', '\uFEFF{ "limits": { "tasks": 7 } }'],
    ['songbatch.config.yaml', 'limits: { tasks: 7 }'],
    ['songbatch.config.yml', 'limits: { tasks: 7 }'],
    ['songbatch.config.js', 'export default { limits: { tasks: 7, budget: undefined } };'],
    ['songbatch.config.mjs', 'export default { limits: { tasks: 7 } };'],
    ['songbatch.config.cjs', 'module.exports = { limits: { tasks: 7 } };'],
    ['songbatch.config.ts', 'const tasks: number = 7;\nexport default { limits: { tasks } };'],
  ])('in %s', async (file, text) => {
    const world = await createWorld();
    world.write(file, text);
    const shown = await settings(world);
    expect(shown.configuration).toBe(file);
    expect(setting(shown, 'limits.tasks')).toMatchObject({
      value: 7,
      from: 'configuration',
      place: expect.stringMatching(
        /\.[cm]?[jt]s$/.test(file) ? new RegExp(`^${file}$`) : new RegExp(`^${file}:1:\\d+$`),
      ) as string,
    });
  });

  test('above the working directory, up to the folder of a package.json', async () => {
    const world = await createWorld({ shell: () => 'cd a/b' });
    world.write('a/b/.keep', '');
    world.write('.songbatchrc', 'limits: { tasks: 7 }');
    expect((await settings(world)).configuration).toBe(join(world.folder, '.songbatchrc'));
    world.write('a/package.json', '{ "name": "a" }');
    expect((await settings(world)).configuration).toBeNull();
    world.write('a/songbatch.config.yaml', '# nothing is set here\n');
    expect((await settings(world)).configuration).toBe(
      join(world.folder, 'a/songbatch.config.yaml'),
    );
  });

  test('by its name, whatever there is besides', async () => {
    const world = await createWorld();
    world.write('.songbatchrc', 'limits: { tasks: 7 }');
    world.write('ci/songbatch.conf', 'limits: { tasks: 8 }');
    world.write('empty.yaml', '');
    const named = await settings(world, '--config', 'ci/songbatch.conf');
    expect(named.configuration).toBe('ci/songbatch.conf');
    expect(setting(named, 'limits.tasks')).toMatchObject({ value: 8 });
    expect(setting(await settings(world, '--config', 'empty.yaml'), 'limits.tasks')).toMatchObject({
      value: 20,
    });
  });
});

describe('a configuration is refused', () => {
  test('with all that is wrong, each in its place', async () => {
    const text = `baseUrl: ftp://example.com
limits:
  task: 3
  budget: "5"
timeouts: { answer: 30 }
webhook: { listen: 8787 }
logFormat: jsn
sandbox: { workers: 0, format: [] }
`;
    expect(await refusal({ 'songbatch.config.yaml': text })).toMatchInlineSnapshot(`
      "songbatch.config.yaml:1:10 error: expected an http or https URL, but this is "ftp://example.com"
        1 | baseUrl: ftp://example.com
          |          ^~~~~~~~~~~~~~~~~

      songbatch.config.yaml:3:3 error: unknown key "task"
        3 |   task: 3
          |   ^~~~
      hint: did you mean "tasks"?

      songbatch.config.yaml:4:11 error: expected an amount of USD, but this is "5"
        4 |   budget: "5"
          |           ^~~
      hint: write it without quotes

      songbatch.config.yaml:5:21 error: expected a duration such as 30s, 2m or 1m30s, but this is the number 30
        5 | timeouts: { answer: 30 }
          |                     ^~
      hint: add the unit

      songbatch.config.yaml:6:12 error: the key "url" is missing
        6 | webhook: { listen: 8787 }
          |            ^~~~~~
      hint: for example "url: https://ci.example.com/songbatch"

      songbatch.config.yaml:6:20 error: expected host:port, or a port in quotes, but this is the number 8787
        6 | webhook: { listen: 8787 }
          |                    ^~~~

      songbatch.config.yaml:7:12 error: expected text or json, but this is "jsn"
        7 | logFormat: jsn
          |            ^~~
      hint: did you mean "json"?

      songbatch.config.yaml:8:21 error: expected a whole number, at least 1
        8 | sandbox: { workers: 0, format: [] }
          |                     ^

      songbatch.config.yaml:8:32 error: expected wav, mp3 or flac, but this is an empty list
        8 | sandbox: { workers: 0, format: [] }
          |                                ^~

      9 errors: nothing was started"
    `);
  });

  test.each([
    [
      'YAML',
      '.songbatchrc',
      'limits:\n\ttasks: 3\n',
      `.songbatchrc:2:1 error: a tab cannot indent YAML
  2 |   tasks: 3
    | ^~
hint: use spaces`,
    ],
    [
      'JSON',
      'songbatch.config.json',
      '{\n  "limits": { "tasks": 3 }\n  "logFormat": "json"\n}\n',
      `songbatch.config.json:3:3 error: not valid YAML: Missing , between flow map items
  3 |   "logFormat": "json"
    |   ^`,
    ],
    [
      'a list',
      '.songbatchrc.yaml',
      '- limits\n',
      `.songbatchrc.yaml:1:1 error: expected a configuration: keys such as baseUrl, limits and logFormat, but this is a list
  1 | - limits
    | ^~~~~~~~`,
    ],
    [
      'a key given twice',
      '.songbatchrc.yaml',
      'logFormat: text\nlogFormat: json\n',
      `.songbatchrc.yaml:2:1 error: the key "logFormat" is given twice
  2 | logFormat: json
    | ^~~~~~~~~`,
    ],
  ])('for its syntax: %s', async (_, file, text, frame) => {
    expect(await refusal({ [file]: text })).toBe(`${frame}\n\none error: nothing was started`);
  });

  test('in a package.json that is indented with tabs', async () => {
    const text = '{\n\t"name": "x",\n\t"songbatch": {\n\t\t"limits": { "tasks": "3" }\n\t}\n}\n';
    expect(await refusal({ 'package.json': text })).toMatchInlineSnapshot(`
      "package.json:4:24 error: expected a whole number, but this is "3"
        4 |     "limits": { "tasks": "3" }
          |                          ^~~
      hint: write it without quotes

      one error: nothing was started"
    `);
  });

  test('in a program, by the keys', async () => {
    const text = 'export default { limits: { task: 3, budget: "5" }, webhook: { url: "here" } };';
    expect(await refusal({ 'songbatch.config.mjs': text })).toMatchInlineSnapshot(`
      "songbatch.config.mjs error: limits: unknown key "task"
      hint: did you mean "tasks"?

      songbatch.config.mjs error: limits.budget: expected an amount of USD, but this is "5"
      hint: write it without quotes

      songbatch.config.mjs error: webhook.url: expected an http or https URL, but this is "here"

      3 errors: nothing was started"
    `);
  });

  test.each([
    [
      'that throws',
      'throw new Error("no network");',
      'songbatch.config.mjs error: cannot read the configuration: no network',
    ],
    [
      'with a slip',
      'export default { limits: { ; };',
      "songbatch.config.mjs error: cannot read the configuration: Unexpected token ';'",
    ],
    [
      'without a default export',
      'export const limits = {};',
      'it has no default export\nhint: begin with "export default {"',
    ],
    [
      'that exports a function',
      'export default () => ({});',
      'what it exports is no plain data: it is a function',
    ],
    [
      'that exports a circle',
      'const a = {}; a.a = a; export default a;',
      'what it exports is no plain data: ',
    ],
    [
      'that exports a promise',
      'export default Promise.resolve({ limits: { budget: 1 } });',
      'what it exports is no plain data: ',
    ],
    [
      'whose limits JSON knows no form for',
      'export default { limits: new Map([["budget", 1]]) };',
      'what it exports is no plain data: ',
    ],
  ])('which is a program %s', async (_, text, message) => {
    const told = await refusal({ 'songbatch.config.mjs': text });
    expect(told).toContain(message);
    expect(told).not.toMatch(/^\s+at .+:\d+:\d+\)?$/m);
  });

  test.each([
    [
      'that is not there',
      'no.yaml',
      'no.yaml error: cannot read the configuration: there is no such file',
    ],
    ['that is a folder', '.', '. error: cannot read the configuration: it is a folder'],
    [
      'that is no program and should be',
      'no.mjs',
      'no.mjs error: cannot read the configuration: there is no such file',
    ],
    ['that is no text', 'noise', 'it is not UTF-8 text'],
    [
      'that is the package of something else',
      'package.json',
      'package.json error: there is no key "songbatch" in it',
    ],
  ])('as a file %s', async (_, file, message) => {
    const told = await refusal(
      { 'package.json': '{}', noise: Uint8Array.of(0xff) },
      '--config',
      file,
    );
    expect(told).toContain(message);
  });

  test('without a look at the secret that somebody keeps in it', async () => {
    const text = 'limits: { tasks: 3, accessToken: "marker-3141" }\nWIRO_API_KEY:\n  marker-2718\n';
    const told = await refusal({ 'songbatch.config.yaml': text });
    expect(told).not.toContain('marker');
    expect(told).toMatchInlineSnapshot(`
      "songbatch.config.yaml:1:21 error: "accessToken" is no key of a configuration, and secrets have no place in one
        1 | limits: { tasks: 3, accessToken: ************* }
          |                     ^~~~~~~~~~~
      hint: set WIRO_API_KEY and WIRO_API_SECRET in the environment, or name a file of them with --env-file

      songbatch.config.yaml:2:1 error: "WIRO_API_KEY" is no key of a configuration, and secrets have no place in one
        2 | WIRO_API_KEY:
          | ^~~~~~~~~~~~
      hint: set WIRO_API_KEY and WIRO_API_SECRET in the environment, or name a file of them with --env-file

      2 errors: nothing was started"
    `);
  });
});

test.each([
  ['of a variable, as in a file of those', '.songbatchrc', 'WIRO_API_KEY=marker-2718\n'],
  ['of a text that is no YAML', '.songbatchrc', 'apiKey: marker-2718\n bad: indent\n'],
  ['in quotes without an end', '.songbatchrc', '{ apiKey: "marker-2718, limits: {} }\n'],
  ['in a list', '.songbatchrc', 'webhook: [{ token: marker-2718 }]\n'],
  [
    'in a list of variables',
    '.songbatchrc',
    'env: [{ apiKey: marker-2718 }, WIRO_SECRET=marker]\n',
  ],
  ['in JSON', '.songbatchrc.json', '[{ "wiro-api-key" : "marker-2718",, "a": 1 }]'],
  ['of a program', 'songbatch.config.mjs', 'export default { env: ["WIRO_API_KEY=marker"] };'],
])('no refusal shows a secret that stands behind its name: %s', async (_, file, text) => {
  const told = await refusal({ [file]: text });
  expect(told).toContain(file);
  expect(told).not.toContain('marker');
});

describe('a configuration that is there and cannot be read is not taken for none:', () => {
  const path = (world: World, name: string) => join(world.folder, name);
  test.each<[string, (world: World) => void, string]>([
    [
      'a link to nowhere',
      (world) => {
        symlinkSync('unmounted/limits.yaml', path(world, 'songbatch.config.yaml'));
      },
      'songbatch.config.yaml error: cannot read the configuration: ',
    ],
    [
      'a folder that was mounted in its place',
      (world) => {
        mkdirSync(path(world, '.songbatchrc.json'));
      },
      '.songbatchrc.json error: cannot read the configuration: it is a folder',
    ],
    [
      'a package.json with a slip',
      (world) => world.write('package.json', '{ "songbatch": { "limits": { "budget": 1 } }, }'),
      'package.json error: cannot read the configuration: it is no JSON, and may have a key "songbatch"',
    ],
  ])('%s', async (_, make, message) => {
    for (const shell of ['true', 'mkdir -p below && cd below']) {
      const world = await createWorld({ shell: () => shell });
      make(world);
      world.write('m.yaml', manifestText({ seeds: 1 }));
      const run = await world.songbatch('run', path(world, 'm.yaml'));
      expect(run).toMatchObject({ code: 2, stdout: '' });
      expect(run.stderr).toContain(message);
      expect(world.server.books().created).toBe(0);
    }
  });
});

describe('songbatch config', () => {
  const files = (world: World) => {
    world.write('m.yaml', manifestText({ more: 'limits: { tasks: 8, requests: 5/s }' }));
    world.write('songbatch.config.yaml', 'limits:\n  tasks: 3\n  budget: 10\nlogFormat: json\n');
    world.write('.env', '# nightly\nWIRO_API_SECRET=marker-2718\nWIRO_SOCKET_URL=none\n');
  };

  test('shows what holds and where it was said, secrets as set', async () => {
    const world = await createWorld({
      environment: { WIRO_API_KEY: 'marker-3141', WIRO_BASE_URL: 'http://127.0.0.1:4710/v1' },
    });
    files(world);
    const { code, stdout, stderr } = await world.songbatch(
      'config',
      'm.yaml',
      '--env-file',
      '.env',
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).not.toContain('marker');
    expect(stdout).toMatchInlineSnapshot(`
      "configuration: songbatch.config.yaml

        WIRO_API_KEY              set                       environment
        WIRO_API_SECRET           set                       .env:2
        baseUrl                   http://127.0.0.1:4710/v1  environment (WIRO_BASE_URL)
        socketUrl                 none                      .env:3 (WIRO_SOCKET_URL)
        webhook.url               not set
        webhook.listen            not set
        limits.tasks              3                         songbatch.config.yaml:2:10, instead of 8 (m.yaml:7:18)
        limits.requestsPerSecond  5                         m.yaml:7:31
        limits.budget             10 USD                    songbatch.config.yaml:3:11
        limits.deadline           not set
        timeouts.answer           30s                       default
        timeouts.download         30s                       default
        s3.endpoint               not set
        s3.region                 not set
        s3.pathStyle              not set
        env                       not set
        logFormat                 json                      songbatch.config.yaml:4:12
        logFile                   not set
        logLevel                  not set
        metrics                   not set
        failOn                    any                       default
        junit                     not set
        summary                   not set
        sandbox.workers           2                         default
        sandbox.speed             100                       default
        sandbox.format            wav                       default
      "
    `);
  });

  test('for machines fits its schema, and has every key that a configuration may have', async () => {
    const world = await createWorld();
    files(world);
    const shown = await settings(world, 'm.yaml');
    const validate = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(
      JSON.parse(schemaText('settings')) as object,
    );
    expect(validate(shown), JSON.stringify(validate.errors)).toBe(true);
    expect(shown.settings.map(({ name }) => name)).toEqual(
      expect.arrayContaining(Array.from(leaves(JSON.parse(schemaText('config')) as Schema))),
    );
    expect(setting(shown, 'limits.tasks')).toEqual({
      name: 'limits.tasks',
      value: 3,
      from: 'configuration',
      place: 'songbatch.config.yaml:2:10',
      instead: { value: 8, from: 'manifest', place: 'm.yaml:7:18' },
      flag: '--tasks',
    });
  });

  test('names flags of run that there are', async () => {
    const world = await createWorld();
    const { stdout: help } = await world.songbatch('run', '--help');
    const { settings: all } = await settings(world);
    for (const { flag } of all as readonly { readonly flag?: string }[]) {
      if (flag !== undefined) expect(help).toContain(`${flag} <`);
    }
  });

  test('is refused what a run is refused', async () => {
    const world = await createWorld({
      environment: { WIRO_BASE_URL: 'http://me:marker@example.com' },
    });
    const { code, stdout, stderr } = await world.songbatch('config');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('WIRO_BASE_URL (or baseUrl in the configuration) is not');
    expect(stderr).not.toContain('marker');
  });
});

test('a run goes by what is shown', async () => {
  const world = await createWorld({ environment: { WIRO_BASE_URL: '' } });
  world.write('m.yaml', manifestText({ seeds: 2 }));
  world.write(
    'other.json',
    JSON.stringify({ baseUrl: world.server.url, limits: { budget: 0 }, logFormat: 'json' }),
  );
  const shown = await settings(world, '--config', 'other.json');
  expect(setting(shown, 'baseUrl')).toMatchObject({
    value: world.server.url,
    from: 'configuration',
  });
  expect(setting(shown, 'limits.budget')).toMatchObject({ value: '0', from: 'configuration' });
  const run = await world.songbatch('--config', 'other.json', 'run', 'm.yaml', '--budget', '5');
  expect(run.code).toBe(3);
  expect(run.stdout).toContain('budget');
  expect(
    run.stderr
      .trim()
      .split('\n')
      .map((line) => typeof JSON.parse(line)),
  ).toContain('object');
  expect(world.server.books()).toMatchObject({ created: 0, requests: { 'Tool/Detail': 1 } });
});

test.each(['run', 'plan', 'config'])('%s says that a variable looks like ours', async (command) => {
  const world = await createWorld({ environment: { WIRO_API_KEY: '', WIRO_API_KYE: 'marker' } });
  world.write('m.yaml', manifestText({ seeds: 1 }));
  const { stderr } = await world.songbatch(command, 'm.yaml');
  expect(stderr).toContain('WIRO_API_KYE means nothing to songbatch: did you mean WIRO_API_KEY?');
  expect(stderr).not.toContain('marker');
});

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
}

/** The keys that hold a value, with the keys above them. */
function* leaves({ properties = {} }: Schema, above = ''): Generator<string> {
  for (const [key, part] of Object.entries(properties)) {
    if (part.properties) yield* leaves(part, `${above}${key}.`);
    else if (key !== '$schema') yield above + key;
  }
}
