/**
 * Word by webhook that a task has ended: a small HTTP server behind the public URL that Runs carry as
 * `callbackUrl`. Anybody can post to it, so nothing that comes is believed: the token of a task that is
 * followed is a reason to look, and the body is not even read.
 *
 * The answer is 200, the one that Wiro is known to take for "received" (otherwise it calls its agents'
 * webhooks three times, 2 s apart), and it is given before the body has come.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { closeServer } from '../http/close-server.ts';
import { callbackToken } from '../job/callback.ts';
import { createFollowers } from './followers.ts';

/** Bytes of a body that are taken and thrown away before the connection is cut. */
const largestBody = 1024 * 1024;
/** Tokens that are remembered, of each kind. */
const mostRemembered = 1_000;
const mostConnections = 256;
const defaultPatience = 20_000;

export interface WebhookOptions {
  /** Name or address of this machine. */
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  /** Milliseconds that a request may take to come. */
  readonly patience?: number;
}

export interface WebhookHints {
  readonly port: number;
  /** Does nothing for a task whose Run carried no callback URL of ours. */
  readonly follow: (task: { readonly callbackUrl?: string }, onEnd: () => void) => () => void;
  readonly close: () => Promise<void>;
}

/** Rejects with the system's error where it cannot listen. */
export async function createWebhookHints(options: WebhookOptions): Promise<WebhookHints> {
  const { host, port, patience = defaultPatience } = options;
  const followers = createFollowers();
  /** Called for before anybody followed them: a webhook may be faster than the answer of its Run. */
  const early = createMemory(mostRemembered);
  /** Not followed any more: there is nothing to look at, and no reason to call again. */
  const past = createMemory(mostRemembered);

  function take({ method, url = '' }: IncomingMessage): 200 | 404 | 405 {
    if (method !== 'POST') return 405;
    const token = callbackToken(url);
    if (token === undefined) return 404;
    if (followers.tell(token) || past.has(token)) return 200;
    early.add(token);
    return 404;
  }

  const limits = {
    requestTimeout: patience,
    connectionsCheckingInterval: patience / 4,
    keepAliveTimeout: 5_000,
  };
  const server = createServer(limits, (request, response) => {
    discardBody(request);
    const status = take(request);
    if (status === 405) response.setHeader('allow', 'POST');
    response.writeHead(status, { 'content-length': 0 }).end();
  });
  server.maxConnections = mostConnections;
  server.listen(port, host);
  await once(server, 'listening');
  // A call that cannot be taken, for want of file descriptors perhaps, is a hint that is missed.
  server.on('error', () => undefined);

  return {
    port: (server.address() as AddressInfo).port,
    follow: ({ callbackUrl }, onEnd) => {
      const token = callbackUrl === undefined ? undefined : callbackToken(callbackUrl);
      if (token === undefined) return () => undefined;
      let isFollowed = true;
      const leave = followers.add(token, onEnd);
      if (early.delete(token)) {
        // Not before the caller knows how to leave.
        queueMicrotask(() => {
          if (isFollowed) onEnd();
        });
      }
      return () => {
        isFollowed = false;
        leave();
        past.add(token);
      };
    },
    close: () => closeServer(server),
  };
}

/** Keeps the last tokens. */
function createMemory(most: number): Pick<Set<string>, 'has' | 'add' | 'delete'> {
  const tokens = new Set<string>();
  return {
    has: (token) => tokens.has(token),
    delete: (token) => tokens.delete(token),
    add: (token) => {
      tokens.delete(token);
      tokens.add(token);
      for (const oldest of tokens) {
        if (tokens.size <= most) break;
        tokens.delete(oldest);
      }
      return tokens;
    },
  };
}

function discardBody(request: IncomingMessage): void {
  let bytes = 0;
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > largestBody) request.destroy();
  });
}
