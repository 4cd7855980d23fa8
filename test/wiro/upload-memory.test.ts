/**
 * How much of a large file is in memory while its upload waits. In a file of its own: what other tests
 * leave for the garbage collector would blur the count.
 */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'undici';
import { expect, onTestFinished, test } from 'vitest';
import type { LocalFile } from '../../src/manifest/parameters.ts';
import { exchange } from '../../src/wiro/exchange.ts';
import { uploadForm } from '../../src/wiro/upload-form.ts';

const bytes = 64 * 1024 * 1024;

/** An mp3 by its first bytes, and nothing else; made without a large buffer. */
function largeSong(): LocalFile {
  const folder = mkdtempSync(join(tmpdir(), 'songbatch-upload-'));
  onTestFinished(() => {
    rmSync(folder, { recursive: true });
  });
  const file = join(folder, 'large.mp3');
  const head = Buffer.from('ID3'.padEnd(1024, '\0'));
  writeFileSync(file, head);
  truncateSync(file, bytes);
  const hash = createHash('sha256').update(head);
  const nothing = Buffer.alloc(1024);
  for (let at = head.length; at < bytes; at += nothing.length) hash.update(nothing);
  return { file, sha256: hash.digest('hex'), bytes };
}

test('no more of a file is read ahead than the socket takes', async () => {
  let unread: IncomingMessage | undefined;
  const server = createServer((request, response) => {
    unread = request;
    request.on('end', () => response.end('{"result":true}'));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const client = new Client(`http://127.0.0.1:${port}`);
  onTestFinished(async () => {
    await client.close();
    server.close();
  });

  const form = await uploadForm(largeSong());
  let taken = 0;
  async function* counted(): AsyncGenerator<Uint8Array, void> {
    for await (const piece of form.body) {
      taken += piece.length;
      yield piece;
    }
  }
  const before = process.memoryUsage().arrayBuffers;
  const sending = exchange(client, { path: '/', headers: form.headers, body: counted() });

  // Until the client waits for the server, which does not read yet.
  for (let last = -1; last !== taken || taken < 100_000;) {
    last = taken;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  expect(taken).toBeLessThan(bytes / 2);
  // All that was ever read, whether it has been given back by now or not.
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(bytes / 2);

  unread?.resume();
  expect(await sending).toMatchObject({ kind: 'answered', status: 200 });
  expect(taken).toBeGreaterThan(bytes);
});
