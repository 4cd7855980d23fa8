/**
 * One WebSocket, from dialling to its end, over undici's `WebSocket`. That one alone can neither be cut
 * (it waits for the other side to say goodbye) nor say why it failed nor show a pong, so the TCP socket
 * beneath it is made here and kept at hand. Messages larger than `largestMessage`, invalid UTF-8 and
 * broken frames end the connection.
 */
import { connect as dialPlain, isIP, type Socket } from 'node:net';
import { connect as dialSecure } from 'node:tls';
import { Client, ping, WebSocket } from 'undici';
import { describe } from './exchange.ts';

/** Bytes, before and after decompression. A whole log of a model is far below it. */
const largestMessage = 4 * 1024 * 1024;

export interface SocketConnection {
  /** Aborted when the connection is no more; the reason is a message. */
  readonly gone: AbortSignal;
  readonly send: (text: string) => void;
  readonly ping: () => void;
  /** Bytes that have come so far, pongs included. */
  readonly heard: () => number;
  /** Says goodbye and waits for no answer. */
  readonly close: () => void;
  /** For a connection that is dead already. */
  readonly cut: (why: string) => void;
}

export type Connecting =
  | { readonly kind: 'open'; readonly connection: SocketConnection }
  | { readonly kind: 'failed'; readonly message: string };

/**
 * Never rejects. Follows no redirect, sends no credentials.
 *
 * @param url ws or wss
 * @param onText told of every text message; binary ones are dropped
 * @param signal gives up while it is not open yet; its reason is the message
 */
export function connectSocket(
  url: URL,
  onText: (text: string) => void,
  signal: AbortSignal,
): Promise<Connecting> {
  return new Promise((resolve) => {
    const gone = new AbortController();
    let socket: Socket | undefined;
    let isOpen = false;
    let failure: string | undefined;

    const client = new Client(`${url.protocol === 'wss:' ? 'https' : 'http'}://${url.host}`, {
      allowH2: false,
      // Whoever asked sets the time, by the signal.
      headersTimeout: 0,
      webSocket: { maxPayloadSize: largestMessage },
      connect: (_options, callback) => {
        socket = dial(url, (...outcome) => {
          if (outcome[0]) failure = describe(outcome[0]);
          callback(...outcome);
        });
      },
    });
    const webSocket = new WebSocket(url, { dispatcher: client });
    webSocket.binaryType = 'arraybuffer';

    const end = (message: string) => {
      signal.removeEventListener('abort', giveUp);
      gone.abort(message);
      resolve({ kind: 'failed', message });
    };
    const cut = (message: string) => {
      end(message);
      webSocket.close();
      socket?.destroy();
    };
    const giveUp = () => {
      cut(String(signal.reason));
    };
    const close = () => {
      end('closed from here');
      webSocket.close(1000);
      // The goodbye goes out if it can; nothing waits for a peer that takes nothing any more.
      socket?.destroySoon();
      socket?.unref();
    };

    webSocket.addEventListener('open', () => {
      isOpen = true;
      signal.removeEventListener('abort', giveUp);
      const connection: SocketConnection = {
        gone: gone.signal,
        send: (text) => {
          webSocket.send(text);
        },
        ping: () => {
          ping(webSocket);
        },
        heard: () => socket?.bytesRead ?? 0,
        close,
        cut,
      };
      resolve({ kind: 'open', connection });
    });
    webSocket.addEventListener('message', ({ data }: { data: unknown }) => {
      if (typeof data === 'string') onText(data);
    });
    webSocket.addEventListener('close', ({ code }) => {
      void client.destroy();
      const silent = isOpen ? `the connection was closed (${code})` : 'it opens no WebSocket';
      end(failure ?? silent);
    });

    if (signal.aborted) giveUp();
    else signal.addEventListener('abort', giveUp, { once: true });
  });
}

type Dialled = [error: null, socket: Socket] | [error: Error, socket: null];

function dial(url: URL, done: (...outcome: Dialled) => void): Socket {
  const isSecure = url.protocol === 'wss:';
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const port = Number(url.port || (isSecure ? 443 : 80));
  const socket = isSecure
    ? dialSecure({ host, port, ...(isIP(host) === 0 && { servername: host }) })
    : dialPlain({ host, port });
  const fail = (error: Error) => {
    done(error, null);
  };
  socket.once('error', fail);
  socket.once(isSecure ? 'secureConnect' : 'connect', () => {
    socket.off('error', fail);
    // Its end is told by `close`; an error that nobody heard would end the process.
    socket.on('error', () => undefined);
    socket.setNoDelay(true);
    done(null, socket);
  });
  return socket;
}
