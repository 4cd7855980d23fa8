/**
 * A proxy between the CLI and the embedded server that does what networks and busy servers do: loses
 * answers, refuses, answers nonsense. The server behind it keeps honest books.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, request as forward } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What becomes of one request. */
export type Meddling =
  | 'pass'
  /** The server gets it and answers; the client's connection is cut before the answer. */
  | 'lose-answer'
  /** The server never gets it; the client's connection is cut. */
  | 'lose-request'
  | { readonly status: number; readonly body: string };

/** @param path below the base: `/Run/wiro/...`; `nth` counts requests to it from 1 */
export type Intervention = (path: string, nth: number) => Meddling;

export async function startMeddler(
  behind: string,
  intervene: Intervention,
): Promise<{ readonly url: string; readonly close: () => Promise<void> }> {
  const target = new URL(behind);
  const seen = new Map<string, number>();

  const server = createServer((request, response) => {
    const path = (request.url ?? '').replace(/^\/v1/, '');
    const nth = (seen.get(path) ?? 0) + 1;
    seen.set(path, nth);
    const meddling = intervene(path, nth);
    if (meddling === 'lose-request') {
      request.socket.destroy();
    } else if (typeof meddling === 'object') {
      request.resume().on('end', () => {
        response.writeHead(meddling.status, { 'content-type': 'application/json' });
        response.end(meddling.body);
      });
    } else {
      pass(request, response, target, meddling === 'lose-answer');
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

function pass(
  request: IncomingMessage,
  response: ServerResponse,
  to: URL,
  loseAnswer: boolean,
): void {
  const onwards = forward(
    {
      host: to.hostname,
      port: to.port,
      path: request.url,
      method: request.method,
      // The server builds URLs from the host it is asked under: songs come straight from it.
      headers: { ...request.headers, host: to.host },
    },
    (answer) => {
      if (loseAnswer) {
        answer.resume().on('end', () => request.socket.destroy());
        return;
      }
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    },
  );
  onwards.on('error', () => request.socket.destroy());
  request.pipe(onwards);
}
