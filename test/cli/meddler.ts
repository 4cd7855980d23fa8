/**
 * A proxy between the CLI and the embedded server that does what networks and busy servers do: loses
 * answers, refuses, lags, answers nonsense. The server behind it keeps honest books.
 */
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { createServer, request as forward } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the client gets in place of an answer. */
export interface Reply {
  readonly status: number;
  /** JSON unless `headers` say otherwise. */
  readonly body: string | Buffer;
  readonly headers?: Readonly<Record<string, string | number>>;
  /** What follows the body: the end of the answer unless given, a cut connection, or nothing. */
  readonly then?: 'cut' | 'silence';
}

/** What the server answered. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** It comes late: to the server, or back to the client. */
export interface Hold {
  readonly holds: 'request' | 'answer';
  readonly until: Promise<unknown>;
}

/** What becomes of one request. */
export type Meddling =
  | 'pass'
  /** The server gets it and answers; the client's connection is cut before the answer. */
  | 'lose-answer'
  /** The server never gets it; the client's connection is cut. */
  | 'lose-request'
  /** The server gets it and answers; the client hears nothing, ever. */
  | 'silence'
  /** The server never gets it; the client gets this. */
  | Reply
  | Hold
  /** The server gets it; the client gets what is made of its answer. */
  | ((answer: Answer) => Reply);

export interface Met {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
}

/** @param path below the base: `/Run/wiro/...`; `nth` counts requests to it from 1 */
export type Intervention = (path: string, nth: number, request: Met) => Meddling;

export interface MeddlerOptions {
  /** Songs come through the meddler as well, as `/files/...`; else straight from the server. */
  readonly songs?: boolean;
}

export async function startMeddler(
  behind: string,
  intervene: Intervention,
  { songs = false }: MeddlerOptions = {},
): Promise<{ readonly url: string; readonly close: () => Promise<void> }> {
  const target = new URL(behind);
  const seen = new Map<string, number>();

  const server = createServer((request, response) => {
    const path = (request.url ?? '').replace(/^\/v1/, '');
    const nth = (seen.get(path) ?? 0) + 1;
    seen.set(path, nth);
    const { method = '', headers } = request;
    const meddling = intervene(path, nth, { method, headers });
    if (meddling === 'lose-request') {
      request.socket.destroy();
    } else if (typeof meddling === 'object' && !isHold(meddling)) {
      request.resume().on('end', () => {
        reply(response, meddling);
      });
    } else {
      // The server builds URLs from the host that it is asked under.
      const host = songs ? (headers.host ?? target.host) : target.host;
      const onwards = () => {
        pass(request, response, target, host, meddling);
      };
      if (isHold(meddling) && meddling.holds === 'request') void meddling.until.then(onwards);
      else onwards();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/v1`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

function isHold(meddling: Meddling): meddling is Hold {
  return typeof meddling === 'object' && 'holds' in meddling;
}

function pass(
  request: IncomingMessage,
  response: ServerResponse,
  to: URL,
  host: string,
  meddling: Exclude<Meddling, Reply | 'lose-request'>,
): void {
  const onwards = forward(
    {
      host: to.hostname,
      port: to.port,
      path: request.url,
      method: request.method,
      headers: { ...request.headers, host },
    },
    (answer) => {
      const onwards = () => {
        response.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(response);
      };
      if (isHold(meddling) && meddling.holds === 'answer') void meddling.until.then(onwards);
      else if (meddling === 'pass' || isHold(meddling)) onwards();
      if (meddling === 'pass' || isHold(meddling)) return;
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () => {
        if (meddling === 'lose-answer') request.socket.destroy();
        if (typeof meddling !== 'function') return;
        const { statusCode: status = 500, headers } = answer;
        reply(response, meddling({ status, headers, body: Buffer.concat(chunks) }));
      });
    },
  );
  onwards.on('error', () => request.socket.destroy());
  request.pipe(onwards);
}

function reply(response: ServerResponse, { status, headers, body, then }: Reply): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  if (then === undefined) {
    response.end(body);
    return;
  }
  // The head must go even where no body follows it.
  response.flushHeaders();
  response.write(body, () => {
    if (then === 'cut') response.socket?.end();
  });
}
