import { describe, expect, it } from 'vitest';

import { call, detail, ended, first, instant, lyrics, post, runPath, sing, start } from './rig.ts';

const refused = (code: number, message: string) => ({ result: false, errors: [{ code, message }] });

describe('Run', () => {
  it('takes a song and answers the id and the token of its task', async () => {
    const sandbox = await start();
    const answer = await call(sandbox, runPath, { prompt: lyrics });
    expect(answer).toMatchObject({ result: true, errors: [] });
    expect(answer.taskid).toMatch(/^\d+$/);
    expect(answer.socketaccesstoken).toMatch(/^[A-Za-z0-9]{30}$/);
  });

  it('finds the model without regard to case, and no other', async () => {
    const sandbox = await start();
    const body = { prompt: lyrics };
    const mixed = await call(sandbox, 'Run/Wiro/text-to-song-with-reference-YuE', body);
    expect(mixed.result).toBe(true);
    const other = await post(sandbox, 'Run/wiro/other', body);
    expect(other).toEqual({ status: 200, answer: refused(1, 'slug-owner-project-not-exist') });
  });

  it('gives every task a greater id than the one before', async () => {
    const sandbox = await start();
    const ids: number[] = [];
    for (let i = 0; i < 5; i++) {
      ids.push(Number((await call(sandbox, runPath, { prompt: lyrics })).taskid));
    }
    expect(ids).toEqual(ids.toSorted((a, b) => a - b));
    expect(new Set(ids).size).toBe(5);
  });

  it('does not give out again the ids of a server before it', async () => {
    const id = async (now: number): Promise<number> =>
      Number((await call(await start({ now: () => now }), runPath, { prompt: lyrics })).taskid);
    const now = Date.UTC(2026, 10, 1);
    expect(await id(now + 5000)).toBeGreaterThan((await id(now)) + 1000);
  });

  it('echoes parameters as they were sent', async () => {
    const sandbox = await start();
    const sent = {
      prompt: lyrics,
      inputAudioUrl: '',
      audio_prompt_type: ['vocal'],
      genre: ['Pop', 'rock'],
      mood: 'adventure, emotion',
      seed: 7,
      callbackUrl: 'http://127.0.0.1:1/done',
      somethingNew: ['x', 1, null],
    };
    const { taskid } = await call(sandbox, runPath, sent);
    const task = await detail(sandbox, taskid);
    expect(task.parameters).toEqual(sent);
    expect(task['callbackurl']).toBe('http://127.0.0.1:1/done');
  });

  it.each([
    [{}, 'Request parameter [prompt] required'],
    [{ prompt: ' \n ' }, 'Request parameter [prompt] required'],
    [{ prompt: null }, 'Request parameter [prompt] required'],
    [{ prompt: 3 }, 'Request parameters are invalid. [prompt] is not a text'],
    [
      { prompt: lyrics, audio_prompt_type: 'all' },
      'Request parameters are invalid. [audio_prompt_type] has no option "all"',
    ],
    [
      { prompt: lyrics, audio_prompt_type: ['vocal', 'both'] },
      'Request parameters are invalid. [audio_prompt_type] takes one option',
    ],
    [
      { prompt: lyrics, genre: ['pop'] },
      'Request parameters are invalid. [genre] has no option "pop"',
    ],
    [{ prompt: lyrics, mood: [1] }, 'Request parameters are invalid. [mood] has no option 1'],
    [
      { prompt: lyrics, seed: true },
      'Request parameters are invalid. [seed] is neither a text nor a number',
    ],
    [
      { prompt: lyrics, inputAudioUrl: ['x'] },
      'Request parameters are invalid. [inputAudioUrl] is neither a text nor a number',
    ],
    [
      { prompt: lyrics, x: { y: 1 } },
      'Request parameters are invalid. [x] is neither a text nor a list',
    ],
  ])('refuses %j', async (body, message) => {
    const sandbox = await start();
    const { status, answer } = await post(sandbox, runPath, body);
    expect({ status, answer }).toEqual({ status: 200, answer: refused(0, message) });
    expect(sandbox.books().created).toBe(0);
  });

  it('survives parameters that are too deep to be written out again', async () => {
    const sandbox = await start();
    const deep = `{"prompt":"x","seed":${'['.repeat(200_000)}${']'.repeat(200_000)}}`;
    expect(await call(sandbox, runPath, deep)).toMatchObject({ result: false });
    expect((await call(sandbox, 'Task/List', {})).result).toBe(true);
  });
});

describe('Task/Detail', () => {
  it('tells a finished song with every number as a string', async () => {
    const now = Date.UTC(2026, 10, 22, 12);
    const sandbox = await start({ now: () => now });
    const task = await sing(sandbox);
    const unix = String(now / 1000);
    expect(task).toMatchObject({
      status: 'task_postprocess_end',
      pexit: '0',
      elapsedseconds: '3.0000',
      cps: '0.000585000000',
      totalcost: '0.001755000000',
      createtime: unix,
      accepttime: unix,
      preprocessstarttime: unix,
      preprocessendtime: unix,
      assigntime: unix,
      starttime: unix,
      endtime: unix,
      postprocessstarttime: unix,
      postprocessendtime: unix,
      canceltime: '0',
      debugerror: '',
      size: '1000',
      modelslugowner: 'wiro',
      modelslugproject: 'text-to-song-with-reference-yue',
    });
    expect(task['modeldescription']).toContain('not by YuE');
    const output = first(task.outputs);
    expect(output).toMatchObject({ name: '0.wav', contenttype: 'audio/wav', size: '1000' });
    expect(output.url).toBe(`${sandbox.url.replace('/v1', '')}/files/${output.accesskey}/0.wav`);
  });

  it('finds a task by its token, and by an id that came as a number', async () => {
    const sandbox = await start();
    const { taskid, socketaccesstoken } = await call(sandbox, runPath, { prompt: lyrics });
    for (const body of [
      { tasktoken: socketaccesstoken },
      { socketaccesstoken },
      { taskid: Number(taskid) },
    ]) {
      const answer = await call(sandbox, 'Task/Detail', body);
      expect(answer).toMatchObject({ total: '1', errors: [], result: true });
      expect(first(answer.tasklist)['id']).toBe(taskid);
    }
  });

  it('says that there is no task, or that none was named', async () => {
    const sandbox = await start();
    const nothing = await post(sandbox, 'Task/Detail', { taskid: '1' });
    expect(nothing).toEqual({ status: 200, answer: refused(1, 'There is no task yet.') });
    expect(await call(sandbox, 'Task/Detail', { tasktoken: 'x' })).toEqual(nothing.answer);
    expect(await call(sandbox, 'Task/Detail', {})).toEqual(
      refused(0, 'taskid or socketaccesstoken is required'),
    );
  });

  it('tells a failed rendering as exit code 1, without outputs and unbilled', async () => {
    const sandbox = await start({ render: () => Promise.reject(new Error('out of tune')) });
    const task = await sing(sandbox);
    expect(task).toMatchObject({
      status: 'task_postprocess_end',
      pexit: '1',
      totalcost: '0',
      debugerror: 'out of tune',
      outputs: [],
    });
    expect(sandbox.books().billed).toBe('0.000000000000');
  });
});

describe('Task/List', () => {
  const seeds = (answer: {
    tasklist: readonly { parameters: Readonly<Record<string, unknown>> }[];
  }) => answer.tasklist.map((task) => task.parameters['seed']);

  it('pages through tasks, newest first or oldest first', async () => {
    const sandbox = await start();
    for (let seed = 0; seed < 7; seed++) await call(sandbox, runPath, { prompt: lyrics, seed });
    const page = (fields: object) =>
      call(sandbox, 'Task/List', { type: 'model', sort: 'id', ...fields });
    const newest = await page({ order: 'DESC', start: 0, limit: 3 });
    expect(newest).toMatchObject({ total: '7', result: true });
    expect(seeds(newest)).toEqual([6, 5, 4]);
    expect(seeds(await page({ order: 'DESC', start: '5', limit: '3' }))).toEqual([1, 0]);
    expect(seeds(await page({ order: 'DESC', start: 7 }))).toEqual([]);
    expect(seeds(await page({ order: 'ASC', start: 5, limit: '3.0' }))).toEqual([5, 6]);
    expect(seeds(await page({}))).toEqual([6, 5, 4, 3, 2, 1, 0]);
  });

  it('knows the model by name, and no task of another', async () => {
    const sandbox = await start();
    await call(sandbox, runPath, { prompt: lyrics });
    const total = async (modelName: string): Promise<string> =>
      (await call(sandbox, 'Task/List', { modelName })).total;
    expect(await total('wiro/text-to-song-with-reference-YuE')).toBe('1');
    expect(await total('text-to-song-with-reference-yue')).toBe('1');
    expect(await total('wiro/other')).toBe('0');
  });

  it('shows each account its own tasks only', async () => {
    const sandbox = await start();
    const mine = await call(sandbox, runPath, { prompt: lyrics });
    const other = { 'x-api-key': 'other' };
    expect((await post(sandbox, 'Task/List', {}, other)).answer).toMatchObject({
      total: '0',
      tasklist: [],
    });
    for (const body of [{ taskid: mine.taskid }, { tasktoken: mine.socketaccesstoken }]) {
      const { answer } = await post(sandbox, 'Task/Detail', body, other);
      expect(answer).toEqual(refused(1, 'There is no task yet.'));
    }
  });

  it.each([
    [{ limit: 101 }, 'Request parameter [limit] must be between 1 and 100'],
    [{ limit: 0 }, 'Request parameter [limit] must be between 1 and 100'],
    [{ start: 'x' }, 'Request parameter [start] must be integer or float'],
    [{ order: 'up' }, 'Request parameters are invalid. [order] is not DESC or ASC'],
    [{ type: 'agent' }, 'Request parameters are invalid. [type] is not model'],
  ])('refuses %j', async (body, message) => {
    const sandbox = await start();
    expect(await call(sandbox, 'Task/List', body)).toEqual(refused(0, message));
  });
});

describe('Task/InputOutputDelete', () => {
  it('deletes the song of an ended task, again and again', async () => {
    const sandbox = await start();
    const task = await sing(sandbox);
    const { url } = first(task.outputs);
    const tasktoken = task['socketaccesstoken'];
    for (let i = 0; i < 2; i++) {
      expect(await call(sandbox, 'Task/InputOutputDelete', { tasktoken })).toMatchObject({
        result: true,
      });
    }
    expect((await fetch(url)).status).toBe(404);
    expect(await detail(sandbox, task['id'] ?? '')).toMatchObject({
      status: 'task_postprocess_end',
      outputs: [],
    });
  });

  it('refuses a task that has not ended, or that it does not know', async () => {
    const sandbox = await start({ speed: 1 });
    const { socketaccesstoken } = await call(sandbox, runPath, { prompt: lyrics });
    const remove = (tasktoken?: string) => call(sandbox, 'Task/InputOutputDelete', { tasktoken });
    expect(await remove(socketaccesstoken)).toEqual(
      refused(1, 'Task must be completed or cancelled before deleting files'),
    );
    expect(await remove('x')).toEqual(refused(1, 'task-not-exist'));
    expect(await remove()).toEqual(refused(0, 'Request parameter [tasktoken] required'));
  });
});

describe('Tool/Detail', () => {
  it('tells what the model takes and costs', async () => {
    const sandbox = await start();
    const slug = { slugowner: 'wiro', slugproject: 'text-to-song-with-reference-YuE' };
    const tool = first((await call(sandbox, 'Tool/Detail', slug)).tool);
    expect(tool).toMatchObject({ cps: '0.000585000000', dynamicprice: null });
    expect(tool['approximatelycost']).toMatch(/^0\.0\d{11}$/);
    const groups = tool['parameters'] as {
      items: { id: string; options: { value: string }[] | null }[];
    }[];
    const items = groups.flatMap((group) => group.items);
    expect(items.map((item) => item.id)).toEqual([
      'prompt',
      'inputAudioUrl',
      'audio_prompt_type',
      'genre',
      'instrument',
      'mood',
      'gender',
      'timbre',
      'seed',
    ]);
    const mood = items.find((item) => item.id === 'mood');
    expect(mood?.options).toContainEqual({
      label: 'adventure, emotion',
      value: 'adventure, emotion',
    });
  });

  it('knows no other model', async () => {
    const sandbox = await start();
    const slug = { slugowner: 'wiro', slugproject: 'other' };
    expect(await call(sandbox, 'Tool/Detail', slug)).toEqual(
      refused(1, 'slug-owner-project-not-exist'),
    );
  });
});

describe('paths and methods', () => {
  it.each([
    ['POST', '/v1/Task/Nothing'],
    ['POST', '/v1/Run/wiro'],
    ['POST', '/v1/Run/a/b/c'],
    ['POST', '/Task/List'],
    ['GET', '/v1/Task/List'],
    ['PUT', '/v1/Task/List'],
    ['GET', '/'],
    ['GET', '/files/nothing/0.wav'],
    ['POST', '/sandbox/books'],
  ])('answers %s %s with 404', async (method, path) => {
    const sandbox = await start();
    const response = await fetch(new URL(path, sandbox.url), {
      method,
      headers: { 'x-api-key': 'k' },
    });
    expect(response.status).toBe(404);
    expect(await response.json()).toEqual(refused(0, 'Error parsing url.'));
  });
});

describe('the books', () => {
  it('count tasks, money, duplicates and requests', async () => {
    const sandbox = await start();
    await sing(sandbox, { seed: 1 });
    await sing(sandbox, { seed: 1, callbackUrl: 'http://127.0.0.1:1/' });
    await post(sandbox, runPath, { prompt: lyrics, seed: 1 }, { 'x-api-key': 'other' });
    await call(sandbox, runPath, {});
    await expect.poll(() => sandbox.books().statuses.task_postprocess_end).toBe(3);
    const books = sandbox.books();
    expect(books).toMatchObject({
      created: 3,
      statuses: { task_postprocess_end: 3 },
      billed: '0.005265000000',
      duplicates: 1,
    });
    expect(books.requests['Run']).toBe(4);
    expect(books.tasks.map((task) => task.billed)).toEqual(Array(3).fill('0.001755000000'));

    const page = await fetch(new URL('/sandbox/books?start=1&limit=1', sandbox.url));
    expect(await page.json()).toMatchObject({
      created: 3,
      start: 1,
      limit: 1,
      tasks: [books.tasks[1]],
    });
  });
});

it('sends tasks to the renderer as the page would: defaults filled in', async () => {
  const asked: unknown[] = [];
  const sandbox = await start({
    render: (song) => {
      asked.push(song);
      return instant(song);
    },
  });
  const { taskid } = await call(sandbox, runPath, { prompt: lyrics, mood: [] });
  await ended(sandbox, taskid);
  expect(asked).toEqual([
    {
      lyrics,
      reference: '',
      clone: 'vocal',
      genre: ['Pop'],
      instrument: ['guitar'],
      mood: ['happy'],
      gender: ['female'],
      timbre: ['bright vocal'],
      seed: '42',
    },
  ]);
});
