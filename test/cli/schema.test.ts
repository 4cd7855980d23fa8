/** `songbatch schema`: the formats, and what a model takes today against what is known of it. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { modelFileText } from '../../src/manifest/model-file.ts';
import type { ModelDescription, ModelParameter } from '../../src/manifest/model.ts';
import { yue, yueModel } from '../../src/manifest/yue.ts';
import { schemaNames, schemaText } from '../../src/schemas/text.ts';
import { createWorld, manifestText } from './rig.ts';

const schemas = join(import.meta.dirname, '../../schemas');
const yueFile = `.songbatch/models/${yueModel}.json`;

const parameter: Omit<ModelParameter, 'id'> = {
  type: 'text',
  label: '',
  required: false,
  default: '',
  options: undefined,
  note: '',
};

/** Another genre, one less, another default, a new parameter, and no timbre any more. */
const newYue: ModelDescription = {
  model: yueModel,
  parameters: [
    ...yue.parameters.flatMap((each) => {
      if (each.id === 'timbre') return [];
      if (each.id === 'seed') return [{ ...each, default: '7', required: true }];
      if (each.id !== 'genre') return [each];
      const options = each.options?.filter((option) => option !== 'tejano') ?? [];
      return [{ ...each, options: [...options, 'Phonk', 'Jersey Club'] }];
    }),
    { ...parameter, id: 'tempo', type: 'range', default: '120' },
  ],
};

const humming: ModelDescription = {
  model: 'acme/humming',
  parameters: [{ ...parameter, id: 'voice', type: 'select', options: ['low', 'high'] }],
};

const shipped = (name: string) => readFileSync(join(schemas, `${name}.schema.json`), 'utf8');

test('prints a schema as it ships, that of a manifest unless another is named', async () => {
  const world = await createWorld();
  for (const [words, name] of [
    [[], 'manifest'],
    [['log'], 'log'],
  ] as const) {
    expect(await world.songbatch('schema', ...words)).toEqual({
      code: 0,
      stdout: shipped(name),
      stderr: '',
    });
  }
  for (const name of schemaNames) expect(schemaText(name)).toBe(shipped(name));
  const { stdout: help } = await world.songbatch('schema', '--help');
  for (const name of schemaNames) expect(help).toContain(`"${name}"`);
});

describe('schema --refresh', () => {
  test('says that nothing has changed, and leaves no trace', async () => {
    const world = await createWorld();
    const { code, stdout } = await world.songbatch('schema', '--refresh', '--check');
    expect(code).toBe(0);
    expect(stdout.replace(world.server.url, 'URL')).toMatchInlineSnapshot(`
      "wiro/text-to-song-with-reference-yue, as URL describes it, against what ships with songbatch
        the parameters are the same
        a task is said to cost $0.0614
      "
    `);
    expect(existsSync(join(world.folder, '.songbatch'))).toBe(false);
    expect(world.server.books()).toMatchObject({ created: 0, requests: { 'Tool/Detail': 1 } });
  });

  test('shows what is new and what is gone', async () => {
    const world = await createWorld({ models: [newYue] });
    const { code, stdout } = await world.songbatch('schema', '--refresh');
    expect(code).toBe(0);
    expect(stdout.replace(world.server.url, 'URL')).toMatchInlineSnapshot(`
      "wiro/text-to-song-with-reference-yue, as URL describes it, against what ships with songbatch
        + "tempo": range, default "120"
        - "timbre": the model does not take it any more
        ~ "genre": 2 options new: "Phonk", "Jersey Club"
        ~ "genre": 1 option gone: "tejano"
        ~ "seed": it is required now
        ~ "seed": its default is "7", not "42" any more
        a task is said to cost $0.0614
      with --write it is kept, and manifests are checked against it
      "
    `);
    expect((await world.songbatch('schema', '--refresh', '--check')).code).toBe(1);
    const json = await world.songbatch('schema', '--refresh', '--json', '--check');
    expect(json.code).toBe(1);
    expect(JSON.parse(json.stdout)).toMatchObject({
      model: yueModel,
      service: world.server.url,
      comparedWith: { from: 'songbatch' },
      unchanged: false,
      parameters: {
        new: [{ id: 'tempo', type: 'range', default: '120' }],
        gone: [{ id: 'timbre' }],
        changed: [
          { id: 'genre', options: { new: ['Phonk', 'Jersey Club'], gone: ['tejano'] } },
          { id: 'seed', required: { was: false, now: true }, default: { was: '42', now: '7' } },
        ],
      },
      priceUsd: { was: null, now: '0.061425' },
      written: null,
    });
  });

  test('--write keeps it; from then on it is what manifests are checked against', async () => {
    const world = await createWorld({ models: [newYue] });
    const text = (genre: string) =>
      manifestText({ seeds: 1 })
        .replace('[Pop]', `[${genre}]`)
        .replace(', timbre: [bright vocal]', '');
    world.write('batches/new.yaml', text('phonk'));
    world.write('batches/old.yaml', text('tejano'));
    expect((await world.songbatch('plan', 'batches/new.yaml')).code).toBe(2);

    const { code, stdout } = await world.songbatch('schema', '--refresh', '--write');
    expect(code).toBe(0);
    expect(stdout).toContain(`written: ${yueFile} (it holds for manifests`);
    expect(await world.songbatch('schema', '--refresh', '--check')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(
        /against \.songbatch\/.* of 20.*\n {2}the parameters are/,
      ) as unknown,
    });

    const old = await world.songbatch('plan', 'batches/old.yaml');
    expect(old.code).toBe(2);
    expect(old.stderr).toContain('"tejano" is not a genre that Wiro knows');
    expect(await world.songbatch('run', 'batches/new.yaml')).toMatchObject({ code: 0 });
    expect(world.server.books().tasks[0]?.parameters).toMatchObject({ genre: ['Phonk'] });
    // The embedded server serves what the file says.
    const sandbox = ['--sandbox', '--out', 'try'];
    expect(await world.songbatch('run', 'batches/new.yaml', ...sandbox)).toMatchObject({ code: 0 });
  });

  test('tells another price than the one in the file, and writes into the nearest file', async () => {
    const world = await createWorld();
    world.write(yueFile, modelFileText({ ...yue, price: '0.05' }));
    world.write('deep/down/m.yaml', manifestText());
    const deep = await createWorld({
      shell: () => `cd ${join(world.folder, 'deep/down')}`,
    });
    const changed = await deep.songbatch('schema', '--refresh', '--check');
    expect(changed.code).toBe(1);
    expect(changed.stdout).toContain('a task is said to cost $0.0614; before it was $0.05');
    expect((await deep.songbatch('schema', '--refresh', '--write')).code).toBe(0);
    expect(world.json(yueFile)).toMatchObject({ price: '0.061425' });
    expect((await deep.songbatch('schema', '--refresh', '--check')).code).toBe(0);
  });

  test('of a model that nobody knew yet shows all that it takes', async () => {
    const world = await createWorld({ models: [humming] });
    const { stdout } = await world.songbatch(
      'schema',
      '--refresh',
      '--model',
      'Acme/Humming',
      '--write',
    );
    expect(stdout).toContain('against nothing: this model was not known so far');
    expect(stdout).toContain('+ "voice": select, 2 options: "low", "high"');
    expect(world.json('.songbatch/models/acme/humming.json')).toMatchObject({
      model: 'acme/humming',
      parameters: [{ id: 'voice', type: 'select', options: ['low', 'high'] }],
    });
  });

  test('shows what a server says as text, whatever it says', async () => {
    const evil = '\u001b[2J\u202egnihtyna\n- "seed"';
    const parameters = [{ ...parameter, id: evil, type: evil, options: [evil], default: evil }];
    const world = await createWorld({ models: [{ model: 'acme/evil', parameters }] });
    const words = ['schema', '--refresh', '--model', 'acme/evil'];
    const { code, stdout } = await world.songbatch(...words, '--write');
    expect(code).toBe(0);
    expect(['\u001b', '\u202e'].filter((mark) => stdout.includes(mark))).toEqual([]);
    expect(stdout.split('\n')).toHaveLength(5);
    expect((await world.songbatch(...words, '--check')).code).toBe(0);
  });

  test.each([
    ['an answer never comes', 'silence' as const, 3, /no answer within 1 s/],
    ['the key is wrong', { status: 401, body: '{"result":false,"errors":[]}' }, 2, /WIRO_API_KEY/],
    [
      'it has no such model',
      { status: 200, body: '{"result":true,"errors":[],"tool":[]}' },
      2,
      /has no model wiro\//,
    ],
    [
      'it lists nothing',
      { status: 200, body: '{"result":true,"errors":[],"tool":[{"parameters":null}]}' },
      2,
      /lists no parameters of wiro\//,
    ],
  ])('where %s, nothing is written', async (_, answer, code, words) => {
    const world = await createWorld({ meddle: () => answer });
    world.write('.songbatchrc.yaml', 'timeouts: { answer: 1s }');
    const ended = await world.songbatch('schema', '--refresh', '--write');
    expect(ended.stderr).toMatch(words);
    expect(ended).toMatchObject({ code, stdout: '' });
    expect(existsSync(join(world.folder, '.songbatch'))).toBe(false);
  });

  test('an answer that is too long for a file is not kept', async () => {
    const options = Array.from({ length: 50_000 }, (_, at) => `${at}${'-'.repeat(90)}`);
    const parameters = [{ ...parameter, id: 'voice', type: 'select', options }];
    const world = await createWorld({ models: [{ model: 'acme/huge', parameters }] });
    const words = ['schema', '--refresh', '--model', 'acme/huge'];
    expect((await world.songbatch(...words)).code).toBe(0);
    const { code, stderr } = await world.songbatch(...words, '--write');
    expect(stderr).toMatch(/what the API says cannot be kept in a file: it has \d+ bytes, and/);
    expect(code).toBe(2);
    expect(existsSync(join(world.folder, '.songbatch'))).toBe(false);
  });

  test('a broken file is refused, unless it is to be written anew', async () => {
    const world = await createWorld();
    world.write(yueFile, '{"model": 3}');
    world.write('m.yaml', manifestText());
    const plan = await world.songbatch('plan', 'm.yaml');
    expect(plan.code).toBe(2);
    expect(plan.stderr).toContain('"songbatch schema --refresh --write" writes it anew');
    const refused = await world.songbatch('schema', '--refresh');
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain(`${yueFile} cannot be used: `);
    expect((await world.songbatch('schema', '--refresh', '--write')).code).toBe(0);
    expect((await world.songbatch('plan', 'm.yaml')).code).toBe(0);
  });

  test('a place that cannot be written to is said', async () => {
    const world = await createWorld();
    world.write('.songbatch', 'a file');
    const { code, stderr } = await world.songbatch('schema', '--refresh', '--write');
    expect(code).toBe(2);
    expect(stderr).toMatch(/error: cannot write .*\.songbatch/);
  });
});

test.each([
  [['schema', '--write'], '--write goes with --refresh'],
  [['schema', 'model', '--check'], '--check goes with --refresh'],
  [['schema', 'config', '--refresh'], 'not both'],
  [['schema', 'manifests'], 'Allowed choices are manifest, config,'],
  [['schema', '--refresh', '--model', '../../x'], '--model ../../x: expected owner/name'],
])('%j is bad usage', async (words, message) => {
  const world = await createWorld();
  const { code, stdout, stderr } = await world.songbatch(...words);
  expect(stderr).toContain(message);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
});
