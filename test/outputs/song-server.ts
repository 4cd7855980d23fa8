/**
 * A real HTTP server on the loopback that serves one song, with Range, If-Range and ETag as a CDN
 * does, and misbehaves as told: one behaviour for each request in the order in which they come, the
 * last one repeated.
 */
import { once } from 'node:events';
import { statSync } from 'node:fs';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Song {
  readonly content: Buffer;
  readonly etag?: string;
  readonly contentType?: string;
}

export type Behaviour = (response: ServerResponse, request: IncomingMessage) => void;

export interface SongServer extends AsyncDisposable {
  readonly url: string;
  readonly seen: readonly { readonly url: string; readonly headers: IncomingHttpHeaders }[];
}

export async function songServer(...behaviours: Behaviour[]): Promise<SongServer> {
  const seen: { url: string; headers: IncomingHttpHeaders }[] = [];
  const server = createServer((request, response) => {
    const behaviour = behaviours[Math.min(seen.length, behaviours.length - 1)];
    seen.push({ url: request.url ?? '', headers: request.headers });
    behaviour?.(response, request);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/some/song.mp3`,
    seen,
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

export function serve(song: Song): Behaviour {
  return send(song, (response, body) => response.end(body));
}

/**
 * Sends so many bytes and breaks the connection when all of them have arrived in `part`: what is
 * on its way when a connection breaks may or may not count, and tests want to know.
 */
export function serveSome(song: Song, bytes: number, part: string): Behaviour {
  return send(song, (response, body, start) => {
    response.write(body.subarray(0, bytes));
    const look = () => {
      const { size } = statSync(part, { throwIfNoEntry: false }) ?? { size: 0 };
      if (size < start + bytes) setTimeout(look, 2);
      else response.destroy();
    };
    look();
  });
}

function send(
  song: Song,
  finish: (response: ServerResponse, body: Buffer, start: number) => void,
): Behaviour {
  return (response, request) => {
    const start = wantedStart(song, request.headers);
    if (start > song.content.length) {
      response.writeHead(416, { 'content-range': `bytes */${song.content.length}` }).end();
      return;
    }
    const body = song.content.subarray(start);
    response.writeHead(start > 0 ? 206 : 200, {
      'content-length': body.length,
      'content-type': song.contentType ?? 'audio/mpeg',
      ...(song.etag !== undefined && { etag: song.etag }),
      ...(start > 0 && {
        'content-range': `bytes ${start}-${song.content.length - 1}/${song.content.length}`,
      }),
    });
    finish(response, body, start);
  };
}

/** As many servers do: no Range, no ETag, always the whole. */
export function serveWhole(song: Song, headers: Record<string, string> = {}): Behaviour {
  return (response) => {
    response.writeHead(200, { 'content-length': song.content.length, ...headers });
    response.end(song.content);
  };
}

export function status(code: number, headers: Record<string, string> = {}): Behaviour {
  return (response) => {
    response.writeHead(code, headers).end('<html>');
  };
}

function wantedStart(song: Song, headers: IncomingHttpHeaders): number {
  const match = /^bytes=(\d+)-$/.exec(headers.range ?? '');
  return match && headers['if-range'] === song.etag ? Number(match[1]) : 0;
}
