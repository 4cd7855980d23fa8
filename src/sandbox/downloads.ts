/**
 * `GET /files/<access key>/<name>`: songs and uploads, to whoever knows the key, for as long as they
 * are kept. No credentials.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream';

import { readRange } from '../http/byte-range.ts';
import type { IsExpired } from './expiry.ts';
import type { Dice, FaultName } from './faults.ts';
import type { Ledger } from './ledger.ts';
import type { SongShelf } from './song-shelf.ts';
import { outputFile } from './task-answer.ts';
import type { UploadStore } from './uploads.ts';

/** A file that can be served; its bytes are fetched only when they are to be sent. */
export interface ServedFile {
  readonly contentType: string;
  readonly bytes: number;
  readonly sha256: string;
  /** No longer kept: there was such a file, and that is all. */
  readonly isGone: boolean;
  /** Sends bytes `first` to `last`, both included; false when they are no more. */
  readonly send: (response: ServerResponse, first: number, last: number) => Promise<boolean>;
}

export function fileFinder(
  ledger: Ledger,
  shelf: SongShelf,
  uploads: UploadStore,
  isExpired: IsExpired,
) {
  return (accessKey: string, name: string): ServedFile | undefined => {
    const found = ledger.byAccessKey(accessKey);
    const song = found && outputFile(found.output);
    if (found && song?.name === name) {
      return {
        ...found.output,
        isGone: isExpired(found.output),
        contentType: song.contentType,
        send: async (response, first, last) => {
          const file = await shelf.fetch(found.task, found.output);
          if (!file) return false;
          response.end(file.subarray(first, last + 1));
          return true;
        },
      };
    }
    const upload = ledger.upload(accessKey);
    if (upload?.name !== name) return undefined;
    return {
      ...upload,
      isGone: isExpired(upload),
      send: (response, first, last) => {
        const file = uploads.open(upload, first, last);
        // A client that goes away in the middle is no trouble of ours.
        if (file) pipeline(file, response, () => undefined);
        return Promise.resolve(file !== undefined);
      },
    };
  };
}

/** Faults of a file on its way; those in place of a file are `server.ts`'s. */
const deliveryFaults = [
  'download.truncate',
  'download.wrongLength',
  'download.noRange',
] as const satisfies readonly FaultName[];

/** Answers a GET or HEAD for a file; false when its bytes are no more. */
export async function serveFile(
  request: IncomingMessage,
  response: ServerResponse,
  file: ServedFile,
  dice?: Dice,
): Promise<boolean> {
  const fault = dice?.first(deliveryFaults);
  const etag = `"${file.sha256.slice(0, 32)}"`;
  const headers = {
    'accept-ranges': 'bytes',
    'content-type': file.contentType,
    etag,
    'x-content-type-options': 'nosniff',
  };
  const head = request.method === 'HEAD';
  // A range means something with GET only.
  const range = head || fault === 'download.noRange' ? undefined : request.headers.range;
  const ifRange = request.headers['if-range']?.toString();
  const wanted = readRange(range, ifRange, file.bytes, etag);
  if (wanted.kind === 'unsatisfiable') {
    const contentRange = `bytes */${file.bytes}`;
    response.writeHead(416, { ...headers, 'content-range': contentRange, 'content-length': 0 });
    response.end();
    return true;
  }
  const first = wanted.kind === 'part' ? wanted.first : 0;
  const end = wanted.kind === 'part' ? wanted.last : file.bytes - 1;
  const last = fault === 'download.wrongLength' ? Math.max(first, end - 1) : end;
  response.statusCode = wanted.kind === 'part' ? 206 : 200;
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  response.setHeader('content-length', last - first + 1);
  if (wanted.kind === 'part') {
    response.setHeader('content-range', `bytes ${first}-${last}/${file.bytes}`);
  }
  if (head || file.bytes === 0) {
    response.end();
    return true;
  }
  if (fault === 'download.truncate') {
    const sent = await file.send(response, first, first + Math.floor((last - first) / 2));
    if (sent) cutWhenFlushed(request, response);
    return sent;
  }
  return file.send(response, first, last);
}

function cutWhenFlushed({ socket }: IncomingMessage, response: ServerResponse): void {
  if (response.writableFinished) socket.destroy();
  else response.once('finish', () => socket.destroy());
}
