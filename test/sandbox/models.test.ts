/** Models beside YuE: what the server says of them, takes for them, and makes of it. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import type { ModelDescription, ModelParameter } from '../../src/manifest/model.ts';
import { yue } from '../../src/manifest/yue.ts';
import { renderSong } from '../../src/sandbox/engine/render.ts';
import { songOf } from '../../src/sandbox/run-input.ts';
import {
  call,
  detail,
  ended,
  first,
  lyrics,
  runPath,
  sing,
  start,
  temporaryFolder,
} from './rig.ts';

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
    { ...parameter, id: 'voice', type: 'select', default: 'low', options: ['low', 'high'] },
    { ...parameter, id: 'steps', type: 'range', required: true, default: '20' },
    { ...parameter, id: 'inputImage', type: 'fileinput', required: true },
  ],
};

const serve = (folder?: string) =>
  start({ models: [humming], ...(folder !== undefined && { folder }) });
const given = { prompt: 'hm hm', inputImage: 'https://example.com/a.png' };

const errorOf = async (body: object): Promise<string | undefined> =>
  (await call(await serve(), 'Run/acme/humming', body)).errors[0]?.message;

describe('a model beside YuE', () => {
  it('is described as it was given, by whatever case it is called', async () => {
    const slug = { slugowner: 'Acme', slugproject: 'Humming' };
    const tool = first((await call(await serve(), 'Tool/Detail', slug)).tool);
    expect(tool).toMatchObject({ slugowner: 'acme', slugproject: 'humming' });
    const items = (tool['parameters'] as { items: { id: string; options: unknown }[] }[]).flatMap(
      (group) => group.items,
    );
    expect(items.map(({ id }) => id)).toEqual(['prompt', 'voice', 'steps', 'inputImage']);
    expect(items[1]?.options).toEqual([
      { label: 'low', value: 'low' },
      { label: 'high', value: 'high' },
    ]);
  });

  it('of which nothing is told has no parameters, and takes what comes', async () => {
    const sandbox = await start({ models: [{ model: 'acme/dark', parameters: [] }] });
    const slug = { slugowner: 'acme', slugproject: 'dark' };
    expect(first((await call(sandbox, 'Tool/Detail', slug)).tool)['parameters']).toBeNull();
    const { taskid } = await call(sandbox, 'Run/acme/dark', { anything: ['a', 'b'] });
    expect(await ended(sandbox, taskid)).toMatchObject({ pexit: '0' });
  });

  it.each([
    [{ inputImage: 'x' }, 'Request parameter [prompt] required'],
    [{ prompt: 'x' }, 'Request parameter [inputImage] required'],
    [
      { ...given, voice: 'medium' },
      'Request parameters are invalid. [voice] has no option "medium"',
    ],
    [
      { ...given, voice: ['low', 'high'] },
      'Request parameters are invalid. [voice] takes one option',
    ],
    [{ ...given, steps: 'many' }, 'Request parameter [steps] must be integer or float'],
    [{ ...given, steps: '12.5', unheard: 'of' }, undefined],
    [{ prompt: 'x', inputImage: '', inputImageUrl: given.inputImage }, undefined],
  ])('answers %j with %s', async (body, message) => {
    expect(await errorOf(body)).toBe(message);
  });

  it('has its own tasks in the list, by its name with or without the owner', async () => {
    const sandbox = await serve();
    const { taskid } = await call(sandbox, 'Run/Acme/Humming', given);
    await sing(sandbox);
    const listed = async (fields: object) =>
      (await call(sandbox, 'Task/List', fields)).tasklist.map(({ id }) => id);
    expect(await listed({ modelName: 'ACME/humming' })).toEqual([taskid]);
    expect(await listed({ modelName: 'humming' })).toEqual([taskid]);
    expect(await listed({ modelName: 'wiro/text-to-song-with-reference-YuE' })).toHaveLength(1);
    expect(await listed({})).toHaveLength(2);
    expect(await listed({ modelName: 'acme/other' })).toEqual([]);
  });

  it('does not share what it was asked for with another: that is no duplicate', async () => {
    const sandbox = await start({ models: [{ ...humming, parameters: yue.parameters }] });
    await sing(sandbox);
    await call(sandbox, 'Run/acme/humming', { prompt: lyrics });
    expect(sandbox.books().duplicates).toBe(0);
  });

  it('keeps its tasks and songs over a restart, also one that serves it no longer', async () => {
    const folder = temporaryFolder();
    const before = await serve(folder);
    const { taskid } = await call(before, 'Run/acme/humming', given);
    const { url } = first((await ended(before, taskid)).outputs);
    const bytes = await (await fetch(url)).text();
    await before.close();

    const after = await start({ folder });
    const task = await detail(after, taskid);
    expect(await (await fetch(first(task.outputs).url)).text()).toBe(bytes);
    const list = await call(after, 'Task/List', { modelName: 'acme/humming' });
    expect(list.tasklist.map(({ id }) => id)).toEqual([taskid]);
  });
});

it('a journal from a time when only YuE was served tells of its tasks', async () => {
  const folder = temporaryFolder();
  const before = await start({ folder });
  const { id } = await sing(before);
  await before.close();
  const journal = join(folder, 'journal.jsonl');
  const older = readFileSync(journal, 'utf8').replace(/"model":"[^"]*",/g, '');
  writeFileSync(journal, older);

  const after = await start({ folder });
  const list = await call(after, 'Task/List', { modelName: yue.model });
  expect(list.tasklist.map((task) => task['id'])).toEqual([id]);
});

it('a journal whose task is of no model is damaged', async () => {
  const folder = temporaryFolder();
  const before = await start({ folder });
  await sing(before);
  await before.close();
  const journal = join(folder, 'journal.jsonl');
  const text = readFileSync(journal, 'utf8');
  writeFileSync(journal, text.replace(/"model":"[^"]*"/, '"model":{"a":1}'));
  await expect(start({ folder })).rejects.toThrow('line 2: this is not an entry of a journal');
});

it('YuE as somebody describes it takes the place of the usual one', async () => {
  const parameters = yue.parameters.map((each) =>
    each.id === 'genre' ? { ...each, options: ['Phonk'] } : each,
  );
  const sandbox = await start({ models: [{ ...yue, parameters }] });
  expect((await call(sandbox, runPath, { prompt: lyrics, genre: ['Phonk'] })).result).toBe(true);
  expect(
    (await call(sandbox, runPath, { prompt: lyrics, genre: ['Pop'] })).errors[0]?.message,
  ).toBe('Request parameters are invalid. [genre] has no option "Pop"');
});

it('the engine makes a song of nothing, and another of what it does not know', async () => {
  const render = async (sent: object) => {
    const { file } = await renderSong(songOf({ ...sent }, (url) => url));
    return Buffer.from(file);
  };
  const silent = await render({});
  expect(silent.length).toBeGreaterThan(1000);
  expect((await render({ steps: '10' })).equals(await render({ steps: '20' }))).toBe(false);
  const [one, other] = [await render({ b: '1', a: '2' }), await render({ a: '2', b: '1' })];
  expect(one.equals(other)).toBe(true);
});
