/**
 * The commands of the model's page and of the public docs, run with the real bash, curl and openssl
 * against the embedded server. Only the host and the ids in them are ours.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { beforeAll, describe, expect, it, vi } from 'vitest';

import type { RenderedSong } from '../../src/sandbox/engine/pool.ts';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import {
  type Envelope,
  first,
  instant,
  lyrics,
  runPath,
  start,
  temporaryFolder,
} from '../sandbox/rig.ts';
import { bash, needPrograms, pageCommands } from './shell.ts';

const patience = { timeout: 60_000 };

beforeAll(needPrograms);

describe("the model page's own commands", () => {
  const { section: page } = pageCommands();
  const prepare = page('Integration Header Prepare');
  const run = page('Run Command - Make HTTP Post Request');
  const detailById = page('Get Task Detail - Make HTTP Post Request with Task ID');
  const detailByToken = page('Get Task Detail - Make HTTP Post Request with Socket Access Token');
  const killById = page('Kill Task - Make HTTP Post Request with Task ID');
  const killByToken = page('Kill Task - Make HTTP Post Request with Socket Access Token');
  const cancel = page('Cancel Task - Make HTTP Post Request (For tasks on queue)');

  const account = { key: exported('YOUR_API_KEY'), secret: exported('YOUR_API_SECRET') };

  /** The credentials are those that the page exports. */
  function exported(name: string): string {
    const value = new RegExp(`^export ${name}="(.*?)"`, 'm').exec(prepare)?.[1];
    if (value === undefined) throw new Error(`the page exports no ${name}`);
    return value;
  }

  async function answerTo(sandbox: Sandbox, command: string): Promise<Envelope> {
    const sent = `${prepare}\n${command}`.replaceAll('https://api.wiro.ai/v1', sandbox.url);
    return JSON.parse(await bash(sent)) as Envelope;
  }

  it('make a song and show it, by the id and by the token of its task', async () => {
    const sandbox = await start(account);
    const { taskid, socketaccesstoken, ...rest } = await answerTo(sandbox, run);
    expect(rest).toEqual({ errors: [], result: true });
    await vi.waitUntil(() => sandbox.books().statuses.task_postprocess_end === 1, patience);

    const byId = await answerTo(sandbox, detailById.replace('2221', taskid));
    expect(byId).toMatchObject({ total: '1', errors: [], result: true });
    const task = first(byId.tasklist);
    expect(task).toMatchObject({ id: taskid, socketaccesstoken, pexit: '0' });
    expect((await fetch(first(task.outputs).url)).status).toBe(200);

    const token = 'eDcCm5yyUfIvMFspTwww49OUfgXkQt';
    expect(await answerTo(sandbox, detailByToken.replace(token, socketaccesstoken))).toEqual(byId);
  });

  it('send lyrics, a reference and a callback that come through as they are written', async () => {
    const sandbox = await start(account);
    const { taskid } = await answerTo(sandbox, run);
    const task = first((await answerTo(sandbox, detailById.replace('2221', taskid))).tasklist);
    expect(task.parameters).toMatchObject({
      inputAudioUrl: 'input-speech-1-audio.mp3',
      audio_prompt_type: ['vocal'],
      genre: ['Pop'],
      timbre: ['bright vocal'],
      seed: '42',
    });
    const prompt = String(task.parameters['prompt']);
    expect(prompt.split('\n\n')).toHaveLength(5);
    expect(prompt.split('\n').slice(0, 2)).toEqual([
      '[verse]',
      'We’ve been through storms, we’ve lost our way',
    ]);
    expect(task['callbackurl']).toMatch(/^You can provide a callback URL; /);
  });

  it('cancel a task that waits, and kill one that runs by its id or its token', async () => {
    // One worker that never comes to an end: the first task runs, those after it wait.
    const render = () => new Promise<RenderedSong>(() => undefined);
    const sandbox = await start({ ...account, workers: 1, render });
    const one = await answerTo(sandbox, run);
    const two = await answerTo(sandbox, run);
    const three = await answerTo(sandbox, run);
    const come = (statuses: object) =>
      vi.waitFor(() => {
        expect(sandbox.books().statuses).toEqual(statuses);
      }, patience);
    await come({ task_start: 1, task_queue: 2 });

    const stopped = [
      await answerTo(sandbox, cancel.replace('634574', three.taskid)),
      await answerTo(sandbox, killById.replace('534574', one.taskid)),
    ];
    await come({ task_start: 1, task_cancel: 2 });
    const token = 'ZpYote30on42O4jjHXNiKmrWAZqbRE';
    stopped.push(await answerTo(sandbox, killByToken.replace(token, two.socketaccesstoken)));

    const ids = [three, one, two].map(({ taskid }) => taskid);
    expect(stopped.map(({ tasklist }) => tasklist.map(({ id }) => id))).toEqual(
      ids.map((id) => [id]),
    );
    for (const answer of stopped) {
      expect(answer).toMatchObject({ errors: [], result: true });
      expect(first(answer.tasklist)['status']).toBe('task_cancel');
    }
  });

  it('are turned away when they are signed with another secret', async () => {
    const sandbox = await start({ ...account, secret: 'another' });
    expect(await answerTo(sandbox, run)).toMatchObject({ result: false });
    expect(sandbox.books().created).toBe(0);
  });
});

describe('curl as the docs use it', () => {
  const key = `-H 'x-api-key: k'`;
  const curl = async (sandbox: Sandbox, path: string, options: string): Promise<Envelope> =>
    JSON.parse(await bash(`curl -sS -X POST '${sandbox.url}/${path}' ${options}`)) as Envelope;

  async function parametersOf(sandbox: Sandbox, taskid: string): Promise<unknown> {
    const body = `-H 'Content-Type: application/json' ${key} -d '{"taskid": "${taskid}"}'`;
    return first((await curl(sandbox, 'Task/Detail', body)).tasklist).parameters;
  }

  it('runs a model with a JSON body, whatever the case of its name', async () => {
    const sandbox = await start();
    const body = JSON.stringify({ prompt: lyrics, mood: ['adventure, emotion'] });
    const options = `-H 'Content-Type: application/json' ${key} -d '${body}'`;
    for (const path of [runPath, 'Run/wiro/text-to-song-with-reference-YuE']) {
      const { taskid } = await curl(sandbox, path, options);
      expect(await parametersOf(sandbox, taskid)).toEqual(JSON.parse(body));
    }
  });

  it('runs a model with a real form, in which a list is a field that comes again', async () => {
    const sandbox = await start();
    const form = [
      ['prompt', lyrics],
      ['inputAudioUrl', ''],
      ['audio_prompt_type', 'both'],
      ['genre', 'Pop'],
      ['genre', 'rock'],
      ['mood', 'adventure, emotion'],
      ['seed', '7'],
    ] as const;
    const fields = form.map(([name, value]) => `-F '${name}=${value}'`).join(' ');
    const { taskid } = await curl(sandbox, runPath, `${key} ${fields}`);
    expect(await parametersOf(sandbox, taskid)).toEqual({
      prompt: lyrics,
      inputAudioUrl: '',
      audio_prompt_type: 'both',
      genre: ['Pop', 'rock'],
      mood: 'adventure, emotion',
      seed: '7',
    });
  });

  it('uploads a song that can then be sung after', async () => {
    const references: string[] = [];
    const sandbox = await start({
      render: (song) => {
        references.push(song.reference);
        return instant(song);
      },
    });
    const file = join(temporaryFolder(), 'song.wav');
    writeFileSync(file, 'RIFF....WAVE and so on');
    const form = `${key} -F 'file=@${file}' -F 'folderid=folder-id-here'`;
    const uploaded = first((await curl(sandbox, 'File/Upload', form)).list);
    expect(uploaded).toMatchObject({ name: 'song.wav', contenttype: 'audio/wav', size: '22' });

    const body = JSON.stringify({ prompt: lyrics, inputAudioUrl: uploaded.url });
    await curl(sandbox, runPath, `-H 'Content-Type: application/json' ${key} -d '${body}'`);
    await vi.waitUntil(() => references.length > 0, patience);
    expect(references).toEqual([expect.stringMatching(/^sha256:[0-9a-f]{64}$/)]);
  });
});
