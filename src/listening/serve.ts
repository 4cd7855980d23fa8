/**
 * Serves the listening page of one batch on this machine (`songbatch report --serve`):
 *
 *   GET /report/                 the page, with a token in it that lets it save ratings
 *   GET /report/page-2.html      a further page of a batch that is too large for one
 *   GET /report/page-2.json      what that page shows, as it is now; page-1.json for the first
 *   GET /report/data/*, /report/sound/*, and the songs by their paths below the output folder
 *   GET /live                    Server-Sent Events: live-line.ts
 *   GET, PUT /ratings            ratings-endpoint.ts
 *
 * Nothing else of the folder can be had: not the state, which has task tokens in it, nor what the user keeps
 * there. Who may ask is access.ts's.
 */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { closeServer } from '../http/close-server.ts';
import { hostsAt, refuseHost, refuseWriting } from './access.ts';
import { type Answer, send, setUsualHeaders, words } from './answer.ts';
import { createLiveLine } from './live-line.ts';
import { giveRatings, problem, takeRatings, type RatingsShelf } from './ratings-endpoint.ts';
import { type OfferedFile, sendFile } from './send-file.ts';

/** What is served; asked anew by every request, since it changes while a run goes on. */
export interface Offer {
  /** JSON: what the page of this number, from 1, shows. Undefined where there is none. */
  readonly data: (page: number) => Promise<string | undefined>;
  /** The page that shows it, and the Content-Security-Policy that it wants. */
  readonly page: (data: string, token: string) => PageAnswer;
  /** Another one whenever the data are others: digits. */
  readonly version: () => string;
  /** Opens what may be had under this path, decoded, `/` between folders. */
  readonly open: (path: string) => Promise<OfferedFile | undefined>;
  readonly ratings: RatingsShelf;
}

export interface PageAnswer {
  readonly html: string;
  readonly policy: string;
}

export interface ListeningServer {
  /** `http://127.0.0.1:4711/report/` */
  readonly url: string;
  /** Tells the pages that `data` has changed. */
  readonly tellBatch: () => void;
  readonly close: () => Promise<void>;
}

/** Connections at once; a page has six at most. */
const mostConnections = 256;
/** Milliseconds that the head of a request may take: half a request holds one of them. */
const longestHead = 10_000;

/**
 * Rejects with the system's error where it cannot listen.
 * @param port 0: any that is free
 */
export async function serveListening(offer: Offer, port: number): Promise<ListeningServer> {
  const token = randomBytes(16).toString('hex');
  const line = createLiveLine();
  let hosts: ReadonlySet<string> = new Set();

  const server = createServer({ headersTimeout: longestHead }, (request, response) => {
    setUsualHeaders(response);
    handle(request, response).catch((error: unknown) => {
      fail(response, error);
    });
  });

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '', headers } = request;
    const refusal = refuseHost(headers, hosts);
    if (refusal) {
      send(response, words(refusal.status, refusal.why));
      return;
    }
    const [target = ''] = url.split('?', 1);
    if (target === '/ratings' && method === 'PUT') {
      const stranger = refuseWriting(headers, hosts, token);
      const answer = stranger
        ? problem(stranger.status, stranger.why)
        : await takeRatings(request, offer.ratings, (etag) => {
            line.tell('ratings', etag);
          });
      send(response, answer);
      return;
    }
    if (method !== 'GET' && method !== 'HEAD') {
      const allow = target === '/ratings' ? 'GET, HEAD, PUT' : 'GET, HEAD';
      send(response, words(405, `there is no ${method} here`, { allow, connection: 'close' }));
      return;
    }
    await give(target, request, response);
  }

  async function give(
    target: string,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    switch (target) {
      case '/':
      case '/report':
        send(response, words(302, 'the page is at /report/', { location: '/report/' }));
        return;
      case '/favicon.ico':
        // Browsers ask everywhere.
        response.writeHead(204).end();
        return;
      case '/live':
        if (request.method === 'HEAD') response.writeHead(200).end();
        else line.join(response, offer.version());
        return;
      case '/ratings':
        await giveRatings(request, response, offer.ratings);
        return;
      default:
    }
    const wanted = pageOf(target);
    if (wanted) {
      const data = await offer.data(wanted.number);
      if (data === undefined) send(response, notThere);
      else if (wanted.asData) send(response, dataAnswer(data));
      else send(response, pageAnswer(offer.page(data, token)));
      return;
    }
    const path = pathOf(target);
    const file = path === undefined ? undefined : await offer.open(path);
    if (file) await sendFile(request, response, file);
    else send(response, notThere);
  }

  const address = await listen(server, port);
  hosts = hostsAt(address.port);
  return {
    url: `http://127.0.0.1:${address.port}/report/`,
    tellBatch: () => {
      line.tell('batch', offer.version());
    },
    close: async () => {
      line.close();
      await closeServer(server);
    },
  };
}

async function listen(server: Server, port: number): Promise<AddressInfo> {
  server.maxConnections = mostConnections;
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  // A connection that cannot be taken, for want of file descriptors perhaps, is tried again by its browser.
  server.on('error', () => undefined);
  return server.address() as AddressInfo;
}

/** `/vocal/dream%20pop.wav` -> `vocal/dream pop.wav`; undefined for what no browser makes of a link of ours. */
function pathOf(target: string): string | undefined {
  if (!target.startsWith('/')) return undefined;
  try {
    const segments = target.slice(1).split('/').map(decodeURIComponent);
    return segments.some((segment) => segment.includes('/')) ? undefined : segments.join('/');
  } catch {
    return undefined;
  }
}

const notThere = words(404, 'there is no such file in this report');

function pageOf(target: string): { readonly number: number; readonly asData: boolean } | undefined {
  if (target === '/report/' || target === '/report/index.html') return { number: 1, asData: false };
  const match = /^\/report\/page-([1-9]\d{0,6})\.(html|json)$/.exec(target);
  return match ? { number: Number(match[1]), asData: match[2] === 'json' } : undefined;
}

/** Its token is this server's: from a cache it would be another one's. */
function pageAnswer({ html, policy }: PageAnswer): Answer {
  const headers = {
    'cache-control': 'no-store',
    'content-security-policy': `${policy}; frame-ancestors 'none'`,
  };
  return { status: 200, type: 'text/html', body: html, headers };
}

function dataAnswer(json: string): Answer {
  const headers = { 'cache-control': 'no-store' };
  return { status: 200, type: 'application/json', body: json, headers };
}

/** A client that went away, or a fault of ours; either way nobody else is to suffer. */
function fail(response: ServerResponse, error: unknown): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  const message = error instanceof Error ? error.message : String(error);
  send(response, words(500, `the server failed: ${message}`, { connection: 'close' }));
}
