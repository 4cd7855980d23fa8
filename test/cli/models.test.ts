/** Batches of models beside YuE, and parameters that songbatch does not know by heart. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { modelFileText } from '../../src/manifest/model-file.ts';
import type { ModelDescription, ModelParameter } from '../../src/manifest/model.ts';
import type { BookedTask } from '../../src/sandbox/ledger.ts';
import { createWorld, manifestText, until, type World } from './rig.ts';

const parameter: Omit<ModelParameter, 'id'> = {
  type: 'text',
  label: '',
  required: false,
  default: '',
  options: undefined,
  note: '',
};

const humming: ModelDescription = {
  model: 'acme/humming',
  parameters: [
    { ...parameter, id: 'prompt', type: 'textarea', required: true },
    { ...parameter, id: 'voice', type: 'select', options: ['low', 'high'] },
    { ...parameter, id: 'steps', type: 'range', default: '20' },
    { ...parameter, id: 'loop', type: 'checkbox' },
  ],
};
const hummingFile = '.songbatch/models/acme/humming.json';

/** Two lyrics, three sets of parameters: six jobs. */
const hum = (more = '') => `name: hum
model: Acme/Humming
parameters: { voice: low, loop: true ${more} }
matrix:
  lyrics: [{ id: fox, text: a red fox }, { id: owl, text: an owl }]
  parameters:
    - { id: quick, steps: 10 }
    - { id: fine, steps: 50, voice: high }
    - { id: odd, steps: "10", loop: false }
output: { dir: out, name: "{lyrics}/{parameters}" }
`;

const sent = (world: World): readonly BookedTask['parameters'][] =>
  world.server.books().tasks.map(({ parameters }) => parameters);

const sixParameters = ['a red fox', 'an owl'].flatMap((prompt) => [
  { prompt, loop: 'true', steps: '10', voice: 'low' },
  { prompt, loop: 'true', steps: '50', voice: 'high' },
  { prompt, loop: 'false', steps: '10', voice: 'low' },
]);

describe('another model', () => {
  test('is asked about, bought, told in the metadata, and not bought again', async () => {
    const world = await createWorld({ models: [humming] });
    world.write('m.yaml', hum());
    const first = await world.songbatch('run', 'm.yaml', '--tasks', '1');
    expect(first).toMatchObject({ code: 0 });
    expect(first.stderr).not.toContain('warning');
    expect(sent(world)).toEqual(sixParameters);
    expect(world.server.books().tasks.every(({ model }) => model === 'acme/humming')).toBe(true);
    const jobs = (world.json('out/metadata.json') as { jobs: object[] }).jobs;
    expect(jobs[1]).toMatchObject({
      model: 'acme/humming',
      status: 'done',
      coordinates: { lyrics: 'fox', parameters: 'fine' },
      parameters: { prompt: 'a red fox', loop: 'true', steps: '50', voice: 'high' },
      outputs: [{ path: 'fox/fine.wav' }],
    });

    expect((await world.songbatch('run', 'm.yaml')).stdout).toContain('6 done · 0 submissions');
    expect(world.server.books()).toMatchObject({ created: 6, duplicates: 0 });
  });

  test('is checked before anything is bought', async () => {
    const world = await createWorld({ models: [humming] });
    world.write('m.yaml', hum().replace('voice: low', 'voice: medium').replace('50', 'many'));
    for (const command of ['plan', 'run']) {
      const { code, stderr } = await world.songbatch(command, 'm.yaml');
      expect(code).toBe(2);
      expect(stderr).toContain('"medium" is not an option of voice');
      expect(stderr).toContain('steps is a number, but this is "many"');
    }
    world.write(
      'm.yaml',
      hum()
        .replace(/ {2}lyrics: .*\n/, '')
        .replace('{lyrics}/', ''),
    );
    const { code, stderr } = await world.songbatch('run', 'm.yaml');
    expect(code).toBe(2);
    expect(stderr).toContain('a job has no prompt, which acme/humming requires: parameters=quick');
    expect(world.server.books().created).toBe(0);
  });

  test('is the same batch whether or not it could be asked about', async () => {
    let isDown = true;
    const world = await createWorld({
      models: [humming],
      meddle: (path) =>
        isDown && path === '/Tool/Detail' ? { status: 200, body: '{"result":false}' } : 'pass',
    });
    world.write('m.yaml', hum());
    const blind = await world.songbatch('run', 'm.yaml', '--max-jobs', '2');
    expect(blind.stderr).toContain('warning: nothing is known of the model acme/humming (');
    expect(blind.stderr).toContain('songbatch schema --refresh --model acme/humming --write');
    isDown = false;
    expect((await world.songbatch('run', 'm.yaml')).stdout).toContain('6 done · 4 submissions');
    world.write(hummingFile, modelFileText(humming));
    expect((await world.songbatch('run', 'm.yaml')).stdout).toContain('6 done · 0 submissions');
    const status = await world.songbatch('status', 'm.yaml', '--json');
    expect(JSON.parse(status.stdout)).toMatchObject({ tally: { done: 6, gone: 0 } });
    expect(world.server.books()).toMatchObject({ created: 6, duplicates: 0 });
  });

  test('that takes less than it did loses nothing that was bought, and nothing more is', async () => {
    let isOlder = true;
    const world = await createWorld({
      models: [humming],
      speed: 20,
      meddle: (path) =>
        isOlder || path !== '/Tool/Detail'
          ? 'pass'
          : ({ body, status }) => ({
              status,
              body: body.toString().replaceAll('"high"', '"deep"'),
            }),
    });
    world.write('m.yaml', hum());
    const first = await world.songbatch('run', 'm.yaml', '--max-jobs', '3', '--deadline', '1s');
    expect(first.code).toBe(3);
    expect(world.server.books()).toMatchObject({ created: 3 });

    isOlder = false;
    expect((await world.songbatch('plan', 'm.yaml')).code).toBe(2);
    const home = await world.songbatch('run', 'm.yaml');
    expect(home.stderr).not.toContain('warning');
    expect(home.stdout).toContain('3 done · 3 waiting · 0 submissions');
    expect(home.stdout).toContain('stopped: "high" is not an option of voice');
    expect(home.code).toBe(3);

    // Nothing is in flight any more: now there is only the manifest to be mended.
    expect(await world.songbatch('run', 'm.yaml')).toMatchObject({ code: 2, stdout: '' });
    expect(await world.songbatch('run', 'm.yaml', '--max-jobs', '3', '--out', 'new')).toMatchObject(
      {
        code: 2,
      },
    );
    expect(existsSync(join(world.folder, 'new'))).toBe(false);
    isOlder = true;
    world.write('m.yaml', hum());
    expect((await world.songbatch('run', 'm.yaml')).stdout).toContain('6 done · 3 submissions');
    isOlder = false;
    expect((await world.songbatch('run', 'm.yaml')).stdout).toContain('6 done · 0 submissions');
    expect(world.server.books()).toMatchObject({ created: 6, duplicates: 0 });
  });

  test('that does not exist is said before its jobs are refused one by one', async () => {
    const world = await createWorld();
    world.write('m.yaml', hum());
    const { code, stderr } = await world.songbatch('run', 'm.yaml');
    expect(code).toBe(2);
    expect(stderr).toContain('error: the model acme/humming cannot be run: ');
    expect(world.server.books()).toMatchObject({ created: 0 });
    expect(world.server.books().requests).not.toHaveProperty('Run');
    expect((await world.songbatch('plan', 'm.yaml')).stderr).toContain('has no such model');
  });

  test('is planned without a key, unchecked, and from a file, checked', async () => {
    const world = await createWorld({ environment: { WIRO_API_KEY: '' } });
    world.write('m.yaml', hum(', stepz: 3'));
    const blind = await world.songbatch('plan', 'm.yaml');
    expect(blind).toMatchObject({ code: 0 });
    expect(blind.stderr).toContain('(WIRO_API_KEY is not set, so the API was not asked)');
    world.write(hummingFile, modelFileText(humming));
    const seen = await world.songbatch('plan', 'm.yaml');
    expect(seen).toMatchObject({ code: 0 });
    expect(seen.stderr).toContain('warning: "stepz" is not a parameter that acme/humming is known');
    expect(seen.stderr).not.toContain('nothing is known');
    expect(world.server.books().requests).toEqual({});
  });

  test('is made by the embedded server, with its file and without', async () => {
    const world = await createWorld();
    world.write('m.yaml', hum());
    const blind = await world.songbatch('run', 'm.yaml', '--sandbox', '--out', 'blind');
    expect(blind.stdout).toContain('6 done · 6 submissions');
    expect(blind.stderr).toContain('(the embedded server knows it only from a file)');
    world.write(hummingFile, modelFileText(humming));
    const seen = await world.songbatch('run', 'm.yaml', '--sandbox', '--out', 'seen');
    expect(seen.stdout).toContain('6 done · 6 submissions');
    expect(seen.stderr).not.toContain('nothing is known');
    expect(world.read('seen/SHA256SUMS')).toBe(world.read('blind/SHA256SUMS'));
    const sums = world.read('seen/SHA256SUMS').trim().split('\n');
    expect(new Set(sums.map((line) => line.slice(0, 64))).size).toBe(6);
  });

  test('is settled by all that it was sent when answers are lost', async () => {
    const world = await createWorld({
      models: [humming],
      faults: { rates: { 'run.dropAfter': 0.6 }, seed: 4 },
    });
    world.write('m.yaml', hum());
    const { code, stdout } = await world.songbatch('run', 'm.yaml', '--settle-grace', '1s');
    expect({ code, stdout }).toMatchObject({ code: 0 });
    expect(world.server.books()).toMatchObject({ created: 6, duplicates: 0 });
    expect(world.server.books().faults['run.dropAfter']).toBeGreaterThan(1);
    const tasks = new Map(world.server.books().tasks.map(({ id, parameters }) => [id, parameters]));
    const { jobs } = world.json('out/metadata.json') as {
      jobs: { parameters: object; attempts: { taskId: string }[] }[];
    };
    for (const { parameters, attempts } of jobs) {
      expect(tasks.get(attempts.at(-1)?.taskId ?? '')).toEqual(parameters);
    }
  });
});

describe('YuE', () => {
  test('is sent other parameters too, with a warning, and is never asked what it takes', async () => {
    const world = await createWorld();
    const more = 'parameters: { cfg: 2.50, stages: [1, two] }';
    world.write('m.yaml', manifestText({ seeds: 1, more }));
    const { code, stderr } = await world.songbatch('run', 'm.yaml');
    expect(code).toBe(0);
    expect(stderr).toContain('"cfg" is not a parameter that wiro/text-to-song-with-reference-yue');
    expect(sent(world)).toMatchObject([{ seed: '1', cfg: '2.5', stages: ['1', 'two'] }]);
    // The price, and nothing else.
    expect(world.server.books().requests['Tool/Detail']).toBe(1);
  });

  test('has the jobs that it had, where nothing more is said', async () => {
    const world = await createWorld();
    world.write('m.yaml', manifestText({ seeds: 3 }));
    expect((await world.songbatch('run', 'm.yaml')).stdout).toContain('3 done · 3 submissions');
    // One of them with a parameter more is another song.
    world.write(
      'm.yaml',
      manifestText({ seeds: 3, more: 'include: [{ seed: 1, parameters: { id: a, cfg: 1 } }]' }),
    );
    expect((await world.songbatch('run', 'm.yaml')).stdout).toContain('1 submission');
    expect(world.server.books()).toMatchObject({ created: 4, duplicates: 0 });
  });
});

describe('songbatch sandbox --model', () => {
  test('serves what the file describes', async () => {
    const world = await createWorld();
    const file = world.write('humming.json', modelFileText(humming));
    const words = ['sandbox', '--port', '0', '--json', '--speed', '1000000'];
    const { child, ended } = world.start(...words, '--model', 'humming.json', '--model', file);
    let line = '';
    child.stdout?.on('data', (text: string) => (line += text));
    await until(() => line.endsWith('\n'));
    const { url } = JSON.parse(line) as { url: string };
    const client = await createWorld({ environment: { WIRO_BASE_URL: url, WIRO_API_KEY: 'any' } });
    client.write('m.yaml', hum());
    expect((await client.songbatch('plan', 'm.yaml')).stderr).toBe('');
    client.write('m.yaml', hum().replace('voice: low', 'voice: medium'));
    expect((await client.songbatch('plan', 'm.yaml')).code).toBe(2);
    child.kill('SIGINT');
    expect((await ended).code).toBe(0);
  });

  test.each([
    ['nowhere.json', 'there is no such file'],
    ['broken.json', 'it is not JSON'],
    ['odd.json', 'it has an unknown key "parameter"'],
  ])('refuses %s', async (file, why) => {
    const world = await createWorld();
    world.write('broken.json', '{');
    world.write(
      'odd.json',
      '{"model": "a/b", "parameters": [{"id": "a", "type": "b"}], "parameter": 1}',
    );
    const { code, stderr } = await world.songbatch('sandbox', '--model', join('.', file));
    expect(stderr).toContain(`error: --model ${file} cannot be used: ${why}`);
    expect(code).toBe(2);
  });
});
