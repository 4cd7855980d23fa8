/**
 * Serves metrics and health to whoever reaches it:
 *
 *   GET /metrics    Prometheus' text format 0.0.4. Whoever asks for OpenMetrics takes this as well, and there
 *                   is nothing here that only that could say.
 *   GET /healthz    200 while the process answers at all
 *   GET /readyz     200 where it can work; 503 where not, and why: {"status":"unready","why":{"run":"..."}}
 *
 * Nobody is asked who he is, nor by which name he came: monitors use any. So nothing is told that is secret,
 * and nothing can be done.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { closeServer } from '../http/close-server.ts';
import { createReadiness, type Checks } from './readiness.ts';

export interface MetricsAddress {
  /** Name or address of this machine. */
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
}

export interface MetricsServer {
  /** `http://127.0.0.1:9464` */
  readonly url: string;
  readonly close: () => Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

/** Connections at once. */
const most = 64;
const limits = {
  /** Milliseconds that a request may take to come: half a one holds a connection. */
  requestTimeout: 10_000,
  connectionsCheckingInterval: 2_500,
  keepAliveTimeout: 5_000,
};

/** Rejects with the system's error where it cannot listen. */
export async function serveMetrics(
  { host, port }: MetricsAddress,
  text: () => string,
  checks: Checks,
): Promise<MetricsServer> {
  const unfit = createReadiness(checks);

  async function answerTo({ method = '', url = '' }: IncomingMessage): Promise<Answer> {
    if (method !== 'GET' && method !== 'HEAD') return words(405, `there is no ${method} here`);
    const [path = ''] = url.split('?', 1);
    switch (path) {
      case '/metrics':
        return { status: 200, type: 'text/plain; version=0.0.4', body: text() };
      case '/healthz':
        return json(200, { status: 'ok' });
      case '/readyz': {
        const why = await unfit();
        const isFit = Object.keys(why).length === 0;
        return isFit ? json(200, { status: 'ready' }) : json(503, { status: 'unready', why });
      }
      default:
        return words(404, 'there is /metrics, /healthz and /readyz');
    }
  }

  const server = createServer(limits, (request, response) => {
    answerTo(request).then(
      (answer) => {
        send(response, answer);
      },
      (error: unknown) => {
        const message = error instanceof Error ? error.message : String(error);
        send(response, words(500, `the server failed: ${message}`));
      },
    );
  });
  await listen(server, host, port);
  const bound = server.address() as AddressInfo;
  const name = bound.family === 'IPv6' ? `[${bound.address}]` : bound.address;
  return { url: `http://${name}:${bound.port}`, close: () => closeServer(server) };
}

async function listen(server: Server, host: string, port: number): Promise<void> {
  server.maxConnections = most;
  server.listen(port, host);
  await once(server, 'listening');
  // A connection that cannot be taken, for want of file descriptors perhaps, is a scrape that is missed.
  server.on('error', () => undefined);
}

function json(status: number, value: object): Answer {
  return { status, type: 'application/json', body: `${JSON.stringify(value)}\n` };
}

function words(status: number, text: string): Answer {
  return { status, type: 'text/plain', body: `${text}\n` };
}

/** Of a HEAD Node leaves the body out. */
function send(response: ServerResponse, { status, type, body }: Answer): void {
  const bytes = Buffer.from(body);
  response.writeHead(status, {
    'content-type': `${type}; charset=utf-8`,
    'content-length': bytes.length,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...(status === 405 && { allow: 'GET, HEAD', connection: 'close' }),
  });
  response.end(bytes);
}
