/**
 * The contract: every answer that the documents show, what our client makes of it, and what makes the
 * embedded server give such an answer.
 */
import { hash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect } from 'vitest';

import type { LocalFile } from '../../src/manifest/parameters.ts';
import type { WiroClient } from '../../src/wiro/client.ts';
import {
  call,
  instant,
  lyrics,
  post,
  runPath,
  sing,
  start,
  temporaryFolder,
  until,
} from '../sandbox/rig.ts';

export interface ContractCase {
  readonly name: string;
  /** In `documented/`. */
  readonly documented: string;
  /** In `schemas/answers.schema.json`. */
  readonly shape: string;
  /** HTTP; 200 unless given. */
  readonly status?: number;
  readonly ask: (api: WiroClient) => Promise<unknown>;
  /** What comes of `ask`, or is in it. */
  readonly taken: unknown;
  /** A real request that the embedded server answers in this way. */
  readonly provoke: () => Promise<{ readonly status: number; readonly answer: object }>;
  /** Documented fields that the embedded server does not show. */
  readonly without?: readonly string[];
}

export const model = 'wiro/text-to-song-with-reference-yue';
const [slugowner = '', slugproject = ''] = model.split('/');
const song = { prompt: lyrics };

/** A song on disk, as the manifest hands it on. */
export function localSong(): LocalFile {
  const content = 'RIFF....WAVE and so on';
  const file = join(temporaryFolder(), 'song.wav');
  writeFileSync(file, content);
  return { file, sha256: hash('sha256', content), bytes: content.length };
}

async function describeModel(): Promise<{ status: number; answer: object }> {
  return post(await start(), 'Tool/Detail', { slugowner, slugproject });
}

/** What concerns a market place. */
const marketPlace = [
  'image',
  'computingtime',
  'readme',
  'inspire',
  'samples',
  'marketplace',
  'onlymembers',
  'averagepoint',
  'commentcount',
  'ratedusercount',
  'taskstat',
  'seotitle',
  'seodescription',
];

/** A rejection with these words in its message. */
function fault(words: string): unknown {
  const message: unknown = expect.stringContaining(words);
  return expect.objectContaining({ message });
}

export const cases: readonly ContractCase[] = [
  {
    name: 'Run',
    documented: 'run',
    shape: 'run',
    ask: (api) => api.run(model, song),
    taken: { kind: 'accepted', taskId: '2221', token: 'eDcCm5yyUfIvMFspTwww49OUfgXkQt' },
    provoke: async () => post(await start(), runPath, song),
  },
  {
    name: 'Task/Detail of a task that ended well',
    documented: 'task-detail',
    shape: 'one-task',
    ask: (api) => api.task('2221'),
    taken: {
      id: '2221',
      token: 'eDcCm5yyUfIvMFspTwww49OUfgXkQt',
      state: { kind: 'succeeded', outputs: [{ name: '0.png', bytes: 202_472 }] },
      createdAt: 1_734_513_807,
      seconds: 6,
    },
    provoke: async () => {
      const sandbox = await start();
      const { id } = await sing(sandbox);
      return post(sandbox, 'Task/Detail', { taskid: id });
    },
  },
  {
    name: 'Task/Detail of a task that failed',
    documented: 'task-detail-failed',
    shape: 'one-task',
    ask: (api) => api.task('534574'),
    taken: { id: '534574', state: { kind: 'failed', reason: 'exit-code', exit: '1' }, cost: 0n },
    provoke: async () => {
      const sandbox = await start({ faults: { rates: { 'task.fail': 1 } } });
      const { id } = await sing(sandbox);
      return post(sandbox, 'Task/Detail', { taskid: id });
    },
  },
  {
    name: 'Task/Detail with what it cost',
    documented: 'task-detail-docs',
    shape: 'one-task',
    ask: (api) => api.task('534574'),
    taken: {
      state: { kind: 'succeeded', outputs: [{ name: '0.png', contentType: 'image/png' }] },
      cost: 3_510_000_000n,
      parameters: { prompt: 'Hello, world!' },
    },
    provoke: async () => {
      const sandbox = await start();
      const { socketaccesstoken } = await sing(sandbox);
      return post(sandbox, 'Task/Detail', { tasktoken: socketaccesstoken });
    },
  },
  {
    name: 'Task/List',
    documented: 'task-list',
    shape: 'tasks',
    ask: (api) => api.tasks(model, { start: 0, limit: 100 }),
    taken: {
      total: 2,
      tasks: [
        { id: '2221', state: { kind: 'succeeded' } },
        { id: '634574', state: { kind: 'failed', reason: 'cancelled' } },
      ],
    },
    provoke: async () => {
      const sandbox = await start();
      await sing(sandbox);
      await call(sandbox, runPath, song);
      return post(sandbox, 'Task/List', { start: '0', limit: '100', modelName: model });
    },
  },
  {
    name: 'Task/Cancel',
    documented: 'task-cancel',
    shape: 'stopped-task',
    ask: (api) => api.cancel('634574'),
    taken: { kind: 'stopped' },
    provoke: async () => {
      const sandbox = await start({ speed: 0.001 });
      const { taskid } = await call(sandbox, runPath, song);
      return post(sandbox, 'Task/Cancel', { taskid });
    },
  },
  {
    name: 'Task/Cancel of a task that is no longer queued',
    documented: 'error-not-cancellable',
    shape: 'refusal',
    ask: (api) => api.cancel('634574'),
    taken: { kind: 'refused', code: 1, message: 'Task is not in a cancellable state.' },
    provoke: async () => {
      const sandbox = await start();
      const { id } = await sing(sandbox);
      return post(sandbox, 'Task/Cancel', { taskid: id });
    },
  },
  {
    name: 'Task/Kill',
    documented: 'task-kill',
    shape: 'stopped-task',
    ask: (api) => api.kill('534574'),
    taken: { kind: 'stopped' },
    provoke: async () => {
      const sandbox = await start({ faults: { rates: { 'task.hang': 1 } } });
      const { taskid } = await call(sandbox, runPath, song);
      await until(sandbox, taskid, (status) => status === 'task_start');
      return post(sandbox, 'Task/Kill', { taskid });
    },
  },
  {
    name: 'Task/Kill of a task that does not run',
    documented: 'error-not-killed',
    shape: 'refusal',
    ask: (api) => api.kill('534574'),
    taken: { kind: 'refused', code: 1, message: 'Task could not be killed: {reason}' },
    provoke: async () => {
      const sandbox = await start();
      const { socketaccesstoken } = await sing(sandbox);
      return post(sandbox, 'Task/Kill', { socketaccesstoken });
    },
  },
  {
    name: 'Task/InputOutputDelete',
    documented: 'input-output-delete',
    shape: 'nothing-more',
    ask: (api) => api.deleteFiles('eDcCm5yyUfIvMFspTwww49OUfgXkQt'),
    taken: { kind: 'deleted' },
    provoke: async () => {
      const sandbox = await start();
      const { socketaccesstoken } = await sing(sandbox);
      return post(sandbox, 'Task/InputOutputDelete', { tasktoken: socketaccesstoken });
    },
  },
  {
    name: 'a task that is not known',
    documented: 'error-no-task',
    shape: 'refusal',
    ask: (api) => api.task('1'),
    taken: undefined,
    provoke: async () => post(await start(), 'Task/Detail', { taskid: '1' }),
  },
  {
    name: 'Tool/Detail',
    documented: 'tool-detail',
    shape: 'model',
    ask: (api) => api.price(model),
    taken: { perTask: 90_000_000_000n },
    provoke: describeModel,
    without: marketPlace,
  },
  {
    name: 'Tool/Detail with what the model takes',
    documented: 'tool-detail-parameters',
    shape: 'model',
    ask: (api) => api.model(model),
    taken: {
      parameters: [
        { id: 'prompt', type: 'textarea', label: 'Prompt', required: true },
        { id: 'inputImage', type: 'fileinput', label: 'Input Image', required: true },
      ],
      perTask: 90_000_000_000n,
    },
    provoke: describeModel,
    // A hint in an empty input.
    without: ['placeholder', ...marketPlace],
  },
  {
    name: 'a model that does not exist',
    documented: 'error-no-model',
    shape: 'refusal',
    ask: (api) => api.run(model, song),
    taken: { kind: 'refused', code: 1, message: 'slug-owner-project-not-exist' },
    provoke: async () => post(await start(), 'Run/wiro/another', song),
  },
  {
    name: 'File/Upload',
    documented: 'file-upload',
    shape: 'upload',
    ask: (api) => api.upload(localSong()),
    taken: 'https://cdn1.wiro.ai/...',
    provoke: async () => {
      const form = new FormData();
      form.append('file', new Blob(['RIFF....WAVE and so on']), 'song.wav');
      return post(await start({ render: instant }), 'File/Upload', form);
    },
  },
  {
    name: 'more tasks than the balance allows',
    documented: 'error-96',
    shape: 'refusal',
    ask: (api) => api.run(model, song),
    taken: {
      kind: 'refused',
      code: 96,
      message: expect.stringContaining('you can run up to 5 tasks at the same time') as unknown,
    },
    provoke: async () => {
      const sandbox = await start({ balance: 29, speed: 0.001 });
      await call(sandbox, runPath, song);
      await call(sandbox, runPath, song);
      return post(sandbox, runPath, song);
    },
  },
  {
    name: 'no balance',
    documented: 'error-97',
    shape: 'refusal',
    ask: (api) => api.run(model, song),
    taken: { kind: 'refused', code: 97, message: 'Insufficient balance' },
    provoke: async () => post(await start({ balance: 0 }), runPath, song),
  },
  {
    name: 'an input that is missing',
    documented: 'error-required',
    shape: 'refusal',
    ask: (api) => api.run(model, {}),
    taken: { kind: 'refused', code: 0, message: 'Request parameter [prompt] required' },
    provoke: async () => post(await start(), runPath, {}),
  },
  {
    name: 'a key that is not known',
    documented: 'error-unauthorized',
    shape: 'refusal',
    status: 401,
    ask: (api) => api.task('1'),
    taken: fault('Project authorization is not founded.'),
    provoke: async () => post(await start({ key: 'another' }), 'Task/Detail', { taskid: '1' }),
  },
  {
    name: 'a path that does not exist',
    documented: 'error-wrong-path',
    shape: 'refusal',
    status: 404,
    ask: (api) => api.task('1'),
    taken: fault('Error parsing url.'),
    provoke: async () => post(await start(), 'Task/Nothing', {}),
  },
];
