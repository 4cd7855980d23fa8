/**
 * A real HTTP server on the loopback whose answers a test writes down, one for each request in the
 * order in which they come; the last one is repeated. It keeps what it was asked.
 */
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export type Reply = (response: ServerResponse, request: SeenRequest) => void;

export interface ScriptedServer extends AsyncDisposable {
  /** With a path, as the real base URL has one. */
  readonly baseUrl: string;
  readonly seen: readonly SeenRequest[];
  /** JSON bodies of what was seen. */
  readonly questions: () => unknown[];
}

export async function scriptedServer(...replies: Reply[]): Promise<ScriptedServer> {
  const seen: SeenRequest[] = [];
  const server = createServer((request, response) => {
    const answer = (body: Buffer) => {
      const entry = {
        method: request.method ?? '',
        path: request.url ?? '',
        headers: request.headers,
        body,
      };
      const reply = replies[Math.min(seen.length, replies.length - 1)];
      seen.push(entry);
      reply?.(response, entry);
    };
    buffer(request).then(answer, () => undefined);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    seen,
    questions: () => seen.map(({ body }) => JSON.parse(body.toString()) as unknown),
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

export function json(body: unknown, status = 200, headers: Record<string, string> = {}): Reply {
  return (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify(body));
  };
}

export function text(body: string, status: number, headers: Record<string, string> = {}): Reply {
  return (response) => {
    response.writeHead(status, headers);
    response.end(body);
  };
}

export function no(code: number, message: string, status = 200): Reply {
  return json({ result: false, errors: [{ code, message }] }, status);
}

/** Takes the request in and breaks the connection. */
export const hangUp: Reply = (response) => {
  response.destroy();
};

/** Takes the request in and says nothing, ever. */
export const silence: Reply = () => undefined;

/** Promises more than it sends. */
export function truncated(body: string): Reply {
  return (response) => {
    response.writeHead(200, { 'content-length': String(Buffer.byteLength(body) + 50) });
    response.write(body, () => response.destroy());
  };
}
