/**
 * What goes over the wire to the API: requests of the real CLI and of our client, recorded, against the
 * schemas that the documents' own requests fit as well.
 */
import { expect, it } from 'vitest';

import { createWiroClient } from '../../src/wiro/client.ts';
import { createWorld, manifestText } from '../cli/rig.ts';
import { instant, later, lyrics, start } from '../sandbox/rig.ts';
import { type Reply, type ScriptedServer, scriptedServer } from '../wiro/scripted-server.ts';
import { localSong, model } from './cases.ts';
import { misfits } from './documents.ts';
import { ForeignClient } from './foreign-client.ts';
import { retyped } from './mutations.ts';
import { pageCommands } from './shell.ts';

const upload = '/v1/File/Upload';
const deletion = '/v1/Task/InputOutputDelete';

/** The schema for what is sent to a path; uploads are forms and have none. */
const shapes: ReadonlyMap<string, string> = new Map([
  [`/v1/Run/${model}`, 'run'],
  ['/v1/Task/Detail', 'task-detail'],
  ['/v1/Task/List', 'task-list'],
  ['/v1/Task/Cancel', 'task-cancel'],
  ['/v1/Task/Kill', 'task-kill'],
  ['/v1/Tool/Detail', 'tool-detail'],
  [deletion, 'input-output-delete'],
]);

/** A server that hands everything on to the embedded one, and keeps what it saw. */
async function recorder(behind: string): Promise<ScriptedServer> {
  const { origin } = new URL(behind);
  const server = await scriptedServer((...exchange) => void handOn(origin, ...exchange));
  later(async () => {
    await server[Symbol.asyncDispose]();
  });
  return server;
}

async function handOn(origin: string, ...[response, request]: Parameters<Reply>): Promise<void> {
  const headers = Object.entries(request.headers).filter(([name]) =>
    /^(x-.*|content-type)$/.test(name),
  );
  const answer = await fetch(`${origin}${request.path}`, {
    method: request.method,
    headers: headers.map(([name, value]): [string, string] => [name, String(value)]),
    body: new Uint8Array(request.body),
  });
  response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' });
  response.end(await answer.bytes());
}

/** Fails where anything but a documented request was sent; answers the paths. */
function checkRequests({ seen }: ScriptedServer): Set<string> {
  for (const { method, path, headers, body } of seen) {
    expect(method).toBe('POST');
    expect(headers).toMatchObject({
      'x-api-key': expect.stringMatching(/./) as unknown,
      'x-nonce': expect.stringMatching(/^\d+$/) as unknown,
      'x-signature': expect.stringMatching(/^[0-9a-f]{64}$/) as unknown,
    });
    if (path === upload) {
      expect(headers['content-type']).toMatch(/^multipart\/form-data; boundary=/);
      const parts = body.toString('latin1').match(/^content-disposition: .*$/gim);
      expect(parts).toEqual([expect.stringMatching(/form-data; name="file"; filename="[^"]+"/)]);
    } else {
      expect(headers['content-type']).toBe('application/json');
      checkBody(path, JSON.parse(body.toString()));
    }
  }
  return new Set(seen.map(({ path }) => path));
}

/** The body fits, and with anything in it of another type it would not. */
function checkBody(path: string, body: unknown): void {
  const shape = `requests#${shapes.get(path) ?? path}`;
  expect(misfits(shape, body)).toEqual([]);
  const loose = retyped(body).filter(({ value }) => misfits(shape, value).length === 0);
  expect(loose.map((mutation) => mutation.path)).toEqual([]);
}

it('is, of a whole batch, what the documents say', async () => {
  const environment: Record<string, string> = {
    WIRO_API_KEY: 'the-key',
    WIRO_API_SECRET: 'hush',
    // The recorder knows requests and answers only.
    WIRO_SOCKET_URL: 'none',
  };
  const world = await createWorld({ environment, key: 'the-key', secret: 'hush' });
  const recording = await recorder(world.server.url);
  environment['WIRO_BASE_URL'] = recording.baseUrl;

  world.write('voice.wav', 'RIFF....WAVE and so on');
  const manifest = manifestText({ seeds: 2, clones: ['vocal', 'instrumental', 'both'] });
  world.write(
    'm.yaml',
    manifest.replace('matrix:\n', 'matrix:\n  reference: [{ id: voice, file: voice.wav }]\n'),
  );
  expect(await world.songbatch('run', 'm.yaml')).toMatchObject({ code: 0 });

  const paths = checkRequests(recording);
  expect(Array.from(paths)).toEqual(
    expect.arrayContaining([`/v1/Run/${model}`, '/v1/Task/List', '/v1/Tool/Detail', upload]),
  );
});

it('is, of every call of our client, what the documents say', async () => {
  const sandbox = await start({ key: 'k', secret: 's', render: instant });
  const recording = await recorder(sandbox.url);
  const api = createWiroClient({
    baseUrl: recording.baseUrl,
    key: 'k',
    secret: 's',
    requestsPerSecond: 1000,
  });
  const reference = await api.upload(localSong());
  const parameters = { prompt: lyrics, inputAudioUrl: reference, genre: ['Pop'], seed: '7' };
  const accepted = await api.run(model, parameters);
  const { taskId, token } =
    accepted.kind === 'accepted' ? accepted : expect.unreachable('it was refused');
  await api.task(taskId);
  await api.taskByToken(token);
  await api.tasks(model, { start: 0, limit: 100 });
  await api.cancel(taskId);
  await api.kill(taskId);
  await api.killByToken(token);
  await api.deleteFiles(token);
  await api.price(model);
  await api.model(model);
  await api.close();

  expect(checkRequests(recording)).toEqual(new Set([upload, ...shapes.keys()]));
});

it("is, of another client and of the model page's commands, the same", async () => {
  const sandbox = await start({ key: 'k', secret: 's', faults: { rates: { 'task.hang': 1 } } });
  const recording = await recorder(sandbox.url);
  const other = new ForeignClient(recording.baseUrl, 'k', 's');
  const run = async () => other.run(model, { prompt: lyrics, genre: ['Pop'], seed: '7' });
  const { taskid, socketaccesstoken: tasktoken } = await run();
  await other.task({ taskid });
  await other.list(0, 20, model);
  await other.cancel({ tasktoken }).catch(() => undefined);
  await other.kill({ tasktoken }).catch(() => undefined);
  await other.model(model);
  const paths = checkRequests(recording);
  expect(paths).toEqual(new Set(Array.from(shapes.keys()).filter((path) => path !== deletion)));

  const page = pageCommands();
  for (const heading of page.headings) {
    const command = page.section(heading);
    const [, path = '', body = ''] =
      /"https:\/\/api\.wiro\.ai(\/[^"]*)".* -d '([^']*)';$/.exec(command.trim()) ?? [];
    if (heading !== 'Integration Header Prepare') checkBody(path, JSON.parse(body));
  }
});
