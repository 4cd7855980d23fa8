/** A file on its way to the API: whole or not at all, as it was hashed, and never in memory. */
import { hash } from 'node:crypto';
import { once } from 'node:events';
import {
  appendFileSync,
  closeSync,
  mkdtempSync,
  openSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { LocalFile } from '../../src/manifest/parameters.ts';
import { boundaryOf, readMultipart } from '../../src/sandbox/multipart.ts';
import { clientOf, faultOf } from './client-rig.ts';
import { hangUp, json, no, scriptedServer } from './scripted-server.ts';

const uploaded = json({ result: true, list: [{ url: 'https://files.example/a.mp3' }] });

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'songbatch-upload-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const id3 = Buffer.from('ID3\x04\0\0\0\0\0\0', 'latin1');

/** An mp3 of so many bytes, by its first ones. */
function song(bytes: number, filler = 'la'): Buffer {
  return Buffer.concat([id3, Buffer.alloc(bytes - id3.length, filler)]);
}

function fileOf(content: Buffer, name = 'my private name.MP3'): LocalFile {
  const file = join(folder, name);
  writeFileSync(file, content);
  return { file, sha256: hash('sha256', content), bytes: content.length };
}

interface RawServer extends AsyncDisposable {
  readonly baseUrl: string;
}

/** A server that gets requests before their bodies. */
async function rawServer(
  handle: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<RawServer> {
  const server = createServer(handle).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

test('a song goes as a form, again after a fault, and its URL is the answer', async () => {
  const content = song(300_000);
  const source = fileOf(content);
  await using server = await scriptedServer(hangUp, uploaded);
  await using api = clientOf(server);
  expect(await api.upload(source)).toBe('https://files.example/a.mp3');

  expect(server.seen).toHaveLength(2);
  const { path, headers, body } = server.seen[1] ?? {};
  expect(path).toBe('/v1/File/Upload');
  expect(headers?.['x-api-key']).toBe('k');
  expect(headers?.['transfer-encoding']).toBeUndefined();
  expect(Number(headers?.['content-length'])).toBe(body?.length);
  const boundary = boundaryOf(headers?.['content-type'] ?? '') ?? '';
  const parts = readMultipart(body ?? Buffer.alloc(0), boundary) ?? [];
  expect(parts.map(({ name, filename }) => [name, filename])).toEqual([
    ['file', `${source.sha256.slice(0, 32)}.mp3`],
  ]);
  expect(hash('sha256', parts[0]?.content ?? '')).toBe(source.sha256);
});

test('is named and typed by what it is, not by what it is called', async () => {
  const wav = Buffer.from('RIFF\0\0\0\0WAVEfmt ', 'latin1');
  await using server = await scriptedServer(uploaded);
  await using api = clientOf(server);
  await api.upload(fileOf(wav, 'voice.mp3'));
  const head = server.seen[0]?.body.toString('latin1');
  expect(head).toMatch(/filename="[0-9a-f]{32}\.wav"\r\nContent-Type: audio\/wav\r\n/);
});

test('nothing is sent of a file that is not there, not audio, too large, or another by now', async () => {
  await using server = await scriptedServer(uploaded);
  await using api = clientOf(server);
  const refused = async (source: LocalFile, words: string) => {
    const fault = await faultOf(api.upload(source));
    expect(fault).toMatchObject({ kind: 'refused', reason: 'unfit-file' });
    expect(fault.message).toContain(words);
  };
  await refused(fileOf(Buffer.from('%PDF-1.7'), 'a.mp3'), 'is no mp3, wav or m4a');
  await refused(fileOf(Buffer.alloc(0), 'empty.mp3'), 'is no mp3, wav or m4a');
  const source = fileOf(song(1000));
  await refused({ ...source, bytes: 999 }, 'has changed since the manifest was read');
  truncateSync(source.file, 100_000_001);
  await refused({ ...source, bytes: 100_000_001 }, '100000000 are the most that is taken');
  rmSync(source.file);
  await refused(source, `cannot read ${source.file}`);
  expect(server.seen).toHaveLength(0);
});

/** More than any two sockets hold between them. */
const large = 48 * 1024 * 1024;

test.each([
  [
    'its last byte changes',
    ({ file, bytes }: LocalFile) => {
      const descriptor = openSync(file, 'r+');
      writeSync(descriptor, '!', bytes - 1);
      closeSync(descriptor);
    },
  ],
  [
    'it grows',
    ({ file }: LocalFile) => {
      appendFileSync(file, '!');
    },
  ],
  [
    'it shrinks',
    ({ file, bytes }: LocalFile) => {
      truncateSync(file, bytes - 1);
    },
  ],
])('the server never has a whole form when, on its way, %s', async (_name, change) => {
  const source = fileOf(song(large));
  let requests = 0;
  let whole = 0;
  await using server = await rawServer((request) => {
    requests += 1;
    // By now the form is on its way, and it cannot end before somebody reads it.
    change(source);
    request.on('end', () => (whole += 1)).on('error', () => undefined);
    request.resume();
  });
  await using api = clientOf(server);
  const fault = await faultOf(api.upload(source));
  expect(fault.message).toContain('has changed since the manifest was read');
  expect(fault.reason).toBe('unfit-file');
  expect({ requests, whole }).toEqual({ requests: 1, whole: 0 });
});

test('an answer that comes before the form is through is heard', async () => {
  const source = fileOf(song(large));
  await using server = await rawServer((_request, response) => {
    response.writeHead(401, { 'content-type': 'application/json' });
    response.end('{"result":false,"errors":[{"code":0,"message":"Project authorization"}]}');
  });
  await using api = clientOf(server);
  expect(await faultOf(api.upload(source))).toMatchObject({ reason: 'denied', code: 0 });
});

test('an upload that is cancelled in the middle is broken off', async () => {
  const source = fileOf(song(large));
  const stop = new AbortController();
  const brokenOff = Promise.withResolvers<undefined>();
  await using server = await rawServer((request) => {
    request.on('close', () => {
      brokenOff.resolve(undefined);
    });
    request.on('error', () => undefined);
    stop.abort(new Error('enough'));
  });
  await using api = clientOf(server);
  await expect(api.upload(source, stop.signal)).rejects.toThrow('enough');
  await brokenOff.promise;
});

test('a refusal of the API is passed on with its code', async () => {
  await using server = await scriptedServer(no(0, 'Request files [file] required'));
  await using api = clientOf(server);
  const fault = await faultOf(api.upload(fileOf(song(1000))));
  expect(fault).toMatchObject({ kind: 'refused', reason: 'general', code: 0 });
  expect(server.seen).toHaveLength(1);
});
