import { expect, onTestFinished, test } from 'vitest';
import { createFilePresence } from '../../src/wiro/file-presence.ts';
import { hangUp, scriptedServer, silence, text, type Reply } from './scripted-server.ts';

const never = new AbortController().signal;

function presence() {
  const files = createFilePresence();
  onTestFinished(files.close);
  return files;
}

test.each<[string, boolean, Reply]>([
  ['the byte that was asked for', false, text('R', 206)],
  ['the whole file', false, text('RIFF'.repeat(100_000), 200)],
  ['HTTP 403', true, text('', 403)],
  ['HTTP 404', true, text('<html>', 404)],
  ['HTTP 410', true, text('', 410)],
  ['HTTP 416, as for an empty file', false, text('', 416)],
  ['HTTP 500', false, text('', 500)],
  ['HTTP 429', false, text('', 429)],
  ['a broken connection', false, hangUp],
])('%s: gone is %s', async (_name, isGone, reply) => {
  await using server = await scriptedServer(reply);
  expect(await presence().isGone(`${server.baseUrl}/a.wav`, never)).toBe(isGone);
  expect(server.seen).toHaveLength(1);
  const { method, headers } = server.seen[0] ?? {};
  expect(method).toBe('GET');
  expect(headers?.range).toBe('bytes=0-0');
  expect(Object.keys(headers ?? {})).not.toContain('x-api-key');
});

test('a file that has moved is followed to where it is', async () => {
  await using there = await scriptedServer(text('', 404));
  await using here = await scriptedServer(text('', 302, { location: `${there.baseUrl}/b.wav` }));
  expect(await presence().isGone(`${here.baseUrl}/a.wav`, never)).toBe(true);
  expect(there.seen).toHaveLength(1);
});

test('a URL in a circle, and one that is none, count as good', async () => {
  await using server = await scriptedServer(text('', 302, { location: '/v1/a.wav' }));
  expect(await presence().isGone(`${server.baseUrl}/a.wav`, never)).toBe(false);
  expect(server.seen.length).toBeLessThan(10);
  expect(await presence().isGone('nowhere', never)).toBe(false);
});

test('ends with its signal', async () => {
  const stop = new AbortController();
  await using server = await scriptedServer((response, request) => {
    stop.abort(new Error('enough'));
    silence(response, request);
  });
  const looking = presence().isGone(`${server.baseUrl}/a.wav`, stop.signal);
  await expect(looking).rejects.toThrow('enough');
});
