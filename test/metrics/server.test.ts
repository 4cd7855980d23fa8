/** The server of metrics and health, asked as monitors ask, and as they should not. */
import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { createMetrics } from '../../src/metrics/metrics.ts';
import type { Checks } from '../../src/metrics/readiness.ts';
import { readExposition, valueOf } from './exposition.ts';

async function serve(checks: Checks = {}) {
  const metrics = createMetrics('1.2.3');
  const { url, close } = await metrics.listen({ host: '127.0.0.1', port: 0 }, checks);
  onTestFinished(close);
  return { metrics, url, port: Number(new URL(url).port) };
}

test('gives metrics in the text format, those of the process among them', async () => {
  const { metrics, url } = await serve();
  metrics.onCall('Task/List', 'ok');
  metrics.onCall('Run', 'concurrency-limit');
  metrics.onDownloaded(5_000_000);
  const answer = await fetch(`${url}/metrics`, {
    headers: {
      accept: 'application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5',
    },
  });
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  const read = readExposition(await answer.text());
  expect(valueOf(read, 'songbatch_build_info', { version: '1.2.3' })).toBe(1);
  const requests = (call: string, outcome: string) =>
    valueOf(read, 'songbatch_api_requests_total', { call, outcome });
  expect(requests('Task/List', 'ok')).toBe(1);
  expect(requests('Run', 'concurrency-limit')).toBe(1);
  expect(requests('Run', 'insufficient-balance')).toBe(0);
  expect(valueOf(read, 'songbatch_downloaded_bytes_total')).toBe(5_000_000);
  expect(valueOf(read, 'process_resident_memory_bytes')).toBeGreaterThan(1e6);
  expect(valueOf(read, 'process_cpu_seconds_total')).toBeGreaterThan(0);
  const startedAt = valueOf(read, 'process_start_time_seconds') ?? 0;
  expect(startedAt).toBeGreaterThan(Date.now() / 1000 - 86_400);
  expect(startedAt).toBeLessThan(Date.now() / 1000);
});

test('tells how late the event loop is', async () => {
  const { url } = await serve();
  const count = async () => {
    const read = readExposition(await (await fetch(`${url}/metrics`)).text());
    return valueOf(read, 'songbatch_event_loop_lag_seconds_count') ?? 0;
  };
  await expect.poll(count).toBeGreaterThan(1);
});

test('takes GET and HEAD, and has nothing else', async () => {
  const { url } = await serve();
  const head = await fetch(`${url}/metrics?x=1`, { method: 'HEAD' });
  expect([head.status, await head.text()]).toEqual([200, '']);
  expect(Number(head.headers.get('content-length'))).toBeGreaterThan(100);
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
    const answer = await fetch(`${url}/metrics`, { method });
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  }
  for (const path of ['/', '/metrics/', '/metrics/../healthz/x', '/state.sqlite', '//metrics']) {
    expect((await ask(new URL(url).port, path)).status).toBe(404);
  }
});

/** Asks for exactly this path, by a name of which nobody has heard. */
async function ask(port: string, path: string) {
  const headers = { host: 'songs.example.com' };
  const asked = request({ host: '127.0.0.1', port, path, headers, agent: false });
  asked.end();
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  return { status: response.statusCode, body: await text(response) };
}

test('is alive by whatever name it is asked', async () => {
  const { url } = await serve({ database: () => 'away' });
  const { status, body } = await ask(new URL(url).port, '/healthz');
  expect([status, JSON.parse(body)]).toEqual([200, { status: 'ok' }]);
});

test('is ready as long as every check says so, and tells what is not', async () => {
  let database: string | undefined = 'it does not answer';
  const { url } = await serve({
    database: () => database,
    queue: () => Promise.resolve(undefined),
  });
  const ready = async () => {
    const answer = await fetch(`${url}/readyz`);
    return [answer.status, await answer.json()];
  };
  expect(await ready()).toEqual([503, { status: 'unready', why: { database } }]);
  database = undefined;
  expect(await ready()).toEqual([200, { status: 'ready' }]);
});

test('a check that breaks down keeps its words to itself', async () => {
  const { url } = await serve({
    database: () => Promise.reject(new Error('postgres://me:hunter2@db')),
    queue: () => {
      throw new Error('hunter2');
    },
  });
  const answer = await fetch(`${url}/readyz`);
  const why = { database: 'it cannot be told', queue: 'it cannot be told' };
  expect([answer.status, await answer.json()]).toEqual([503, { status: 'unready', why }]);
});

test('a check that hangs is waited for no longer than monitors wait, and asked once for all of them', async () => {
  let asked = 0;
  const { url } = await serve({
    database: () => {
      asked++;
      return new Promise(() => undefined);
    },
  });
  const answers = await Promise.all([1, 2, 3].map(() => fetch(`${url}/readyz`)));
  expect(answers.map(({ status }) => status)).toEqual([503, 503, 503]);
  expect(await answers[0]?.json()).toEqual({
    status: 'unready',
    why: { database: 'no answer within 2 s' },
  });
  expect(asked).toBe(1);
});

test('closes at once, whoever is connected', async () => {
  const metrics = createMetrics('1.2.3');
  const { url, close } = await metrics.listen({ host: '127.0.0.1', port: 0 }, {});
  const half = connect(Number(new URL(url).port), '127.0.0.1');
  half.on('error', () => undefined);
  const gone = once(half, 'close');
  half.write('GET /metrics HTTP/1.1\r\n');
  await fetch(`${url}/healthz`);
  await close();
  await gone;
  await expect(fetch(`${url}/healthz`)).rejects.toThrow();
});

test('says why it cannot listen', async () => {
  const { port } = await serve();
  const other = createMetrics('1.2.3').listen({ host: '127.0.0.1', port }, {});
  await expect(other).rejects.toThrow('EADDRINUSE');
});
