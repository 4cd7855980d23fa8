/** A batch with songs, made and served by this process; the requests are those of a browser, or worse. */
import { once } from 'node:events';
import { request, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import { loadBatch } from '../../src/batch/batch.ts';
import { serveReport, type ServeOptions } from '../../src/batch/serve-report.ts';
import { stateInFile } from '../../src/batch/shown-state.ts';
import { loadManifest, run } from '../../src/index.ts';
import { createWorld, manifestText, type World, type WorldOptions } from '../cli/rig.ts';

export interface Answered {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Served {
  /** `http://127.0.0.1:4711/report/` */
  readonly url: string;
  readonly port: number;
  /** Asks for exactly this path: nothing makes it shorter on the way. */
  readonly get: (path: string, headers?: Readonly<Record<string, string>>) => Promise<Answered>;
  readonly ask: (
    method: string,
    path: string,
    headers?: Readonly<Record<string, string>>,
    body?: string,
  ) => Promise<Answered>;
  /** Writes this to a connection, and answers what comes until it is closed. */
  readonly say: (text: string) => Promise<string>;
  /** What the page has for writing. */
  readonly token: () => Promise<string>;
  readonly told: readonly string[];
  readonly close: () => Promise<void>;
}

/** So many songs, `out/vocal/1.wav` and on; with 0 the batch is still to be begun. */
export async function createSongs(seeds: number, options: WorldOptions = {}): Promise<World> {
  const world = await createWorld(options);
  world.write('m.yaml', manifestText({ seeds: Math.max(1, seeds) }));
  if (seeds > 0) await makeSongs(world);
  return world;
}

export async function makeSongs({ folder, server }: World): Promise<void> {
  const batch = await loadManifest('m.yaml', { workingDirectory: folder });
  await run(batch, { service: { key: 'test-key', baseUrl: server.url } });
}

export async function serve(
  { folder }: World,
  options: Partial<Omit<ServeOptions, 'tell'>> = {},
): Promise<Served> {
  const place = { environment: {}, workingDirectory: folder, config: {} };
  const batch = await loadBatch('m.yaml', {}, place, () => undefined);
  const told: string[] = [];
  const { url, close } = await serveReport(batch, {
    version: '0.1.0',
    port: 0,
    listener: undefined,
    state: stateInFile(batch.statePath),
    ...options,
    tell: (line) => told.push(line),
  });
  onTestFinished(close);
  const port = Number(new URL(url).port);
  const ask: Served['ask'] = async (method, path, headers = {}, body = '') => {
    const asked = request({ host: '127.0.0.1', port, method, path, headers, agent: false });
    asked.end(body);
    const [response] = (await once(asked, 'response')) as [IncomingMessage];
    const { statusCode: status = 0 } = response;
    return { status, headers: response.headers, body: await text(response) };
  };
  const get: Served['get'] = (path, headers) => ask('GET', path, headers);
  return {
    url,
    port,
    ask,
    get,
    say: (words) => text(connect(port, '127.0.0.1').end(words)),
    token: async () => {
      const { body } = await get('/report/');
      return /name="songbatch-live" content="([0-9a-f]{32})"/.exec(body)?.[1] ?? '';
    },
    told,
    close,
  };
}
