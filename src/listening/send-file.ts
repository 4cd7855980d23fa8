/** Sends a file, or the part of it that a player asks for when somebody clicks into the wave. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { readRange } from '../http/byte-range.ts';
import { isKnown, sendUnchanged } from './answer.ts';

/** A file that is open. */
export interface OfferedFile {
  readonly mediaType: string;
  readonly bytes: number;
  /** Strong, with its quotes. */
  readonly etag: string;
  /** Bytes `first` to `last`, both included. */
  readonly read: (first: number, last: number) => Readable;
  readonly close: () => Promise<void>;
}

/** Answers a GET or HEAD, and closes the file. Resolves also where the client goes away meanwhile. */
export async function sendFile(
  request: IncomingMessage,
  response: ServerResponse,
  file: OfferedFile,
): Promise<void> {
  try {
    await sendOpened(request, response, file);
  } finally {
    await file.close();
  }
}

async function sendOpened(
  { method, headers, socket }: IncomingMessage,
  response: ServerResponse,
  { mediaType, bytes, etag, read }: OfferedFile,
): Promise<void> {
  if (isKnown(headers['if-none-match'], etag)) {
    sendUnchanged(response, etag);
    return;
  }
  response.setHeader('accept-ranges', 'bytes');
  response.setHeader('content-type', mediaType);
  response.setHeader('etag', etag);
  // A range means something with GET only.
  const range = method === 'GET' ? headers.range : undefined;
  const wanted = readRange(range, headers['if-range']?.toString(), bytes, etag);
  if (wanted.kind === 'unsatisfiable') {
    response.writeHead(416, { 'content-range': `bytes */${bytes}`, 'content-length': 0 }).end();
    return;
  }
  const { first, last } = wanted.kind === 'part' ? wanted : { first: 0, last: bytes - 1 };
  const length = last - first + 1;
  response.statusCode = wanted.kind === 'part' ? 206 : 200;
  response.setHeader('content-length', length);
  if (wanted.kind === 'part') {
    response.setHeader('content-range', `bytes ${first}-${last}/${bytes}`);
  }
  if (method === 'HEAD' || length === 0) {
    response.end();
    return;
  }
  const sent = await stream(read(first, last), response);
  // Less than was announced, or a client that has left: nothing more can be said on this connection.
  if (sent !== length) socket.destroy();
}

async function stream(source: Readable, response: ServerResponse): Promise<number> {
  let sent = 0;
  source.on('data', (piece: Buffer) => (sent += piece.length));
  try {
    await pipeline(source, response);
  } catch {
    return -1;
  }
  return sent;
}
