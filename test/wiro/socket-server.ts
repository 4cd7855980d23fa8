/**
 * A real WebSocket server on the loopback that does what a test tells it to. It keeps, for each
 * connection, the tokens that were registered there.
 */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';

export interface Caller {
  /** In the order in which they came. */
  readonly tokens: readonly string[];
  /** Texts that are no registration. */
  readonly others: readonly string[];
  readonly webSocket: WebSocket;
  /** Beneath it, for bytes that no WebSocket would send. */
  readonly socket: Duplex;
  readonly tell: (type: string, token: string, message?: unknown) => void;
  /** The code of the client's goodbye; undefined while it is there. */
  readonly goodbye: () => number | undefined;
}

/** `deaf`: it is open, and nothing that is said on it is heard, a goodbye neither. */
export type Answer = 'welcome' | 'in one breath' | 'deaf' | 'silence' | { readonly status: number };

export interface SocketServer extends AsyncDisposable {
  readonly url: string;
  /** Every connection there ever was. */
  readonly callers: readonly Caller[];
  /** Upgrades asked for, answered or not. */
  readonly upgrades: () => number;
  /** TCP connections that there ever were, and those that the client has not ended. */
  readonly connections: () => number;
  readonly open: () => number;
  /** Decides on upgrades from now on. */
  readonly answer: (how: Answer) => void;
}

/** @param secure certificate and key of `localhost`: it is wss then */
export async function socketServer(secure?: {
  readonly cert: string;
  readonly key: string;
}): Promise<SocketServer> {
  const http = secure ? createSecureServer({ ...secure }) : createServer();
  const webSockets = new WebSocketServer({ noServer: true, perMessageDeflate: true });
  const callers: Caller[] = [];
  const sockets = new Set<Socket>();
  let how: Answer = 'welcome';
  let ended = 0;
  let upgrades = 0;

  http.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('end', () => ended++);
    // A client that gives up may reset it.
    socket.on('error', () => undefined);
  });
  http.on('upgrade', (request, socket, head) => {
    upgrades++;
    if (how === 'silence') return;
    if (how === 'deaf') {
      socket.resume().write(handshake(request.headers['sec-websocket-key'] ?? ''));
    } else if (typeof how === 'object') {
      socket.end(`HTTP/1.1 ${how.status} No\r\ncontent-length: 0\r\n\r\n`);
    } else {
      // What is said at once arrives with the handshake.
      if (how === 'in one breath') socket.cork();
      webSockets.handleUpgrade(request, socket, head, (webSocket) => {
        const caller = listenTo(webSocket, socket);
        callers.push(caller);
        if (how === 'in one breath') caller.tell('task_cancel', 'a');
      });
      socket.uncork();
    }
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');

  const { port } = http.address() as AddressInfo;
  return {
    url: secure ? `wss://localhost:${port}/v1` : `ws://127.0.0.1:${port}/v1`,
    callers,
    upgrades: () => upgrades,
    connections: () => sockets.size,
    open: () => sockets.size - ended,
    answer: (choice) => {
      how = choice;
    },
    [Symbol.asyncDispose]: async () => {
      const closed = once(http, 'close');
      http.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function handshake(key: string): string {
  const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`);
  return `HTTP/1.1 101 Deaf\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-accept: ${accept.digest('base64')}\r\n\r\n`;
}

function listenTo(webSocket: WebSocket, socket: Duplex): Caller {
  const tokens: string[] = [];
  const others: string[] = [];
  let goodbye: number | undefined;
  webSocket.on('message', (text: Buffer) => {
    const message = JSON.parse(text.toString()) as { type?: unknown; tasktoken?: unknown };
    const isRegistration = message.type === 'task_info' && typeof message.tasktoken === 'string';
    if (isRegistration) tokens.push(String(message.tasktoken));
    else others.push(text.toString());
  });
  webSocket.on('close', (code) => {
    goodbye = code;
  });
  // What a test breaks on purpose.
  webSocket.on('error', () => undefined);
  return {
    tokens,
    others,
    webSocket,
    socket,
    tell: (type, token, message = null) => {
      webSocket.send(JSON.stringify({ type, id: '1', tasktoken: token, message, result: true }));
    },
    goodbye: () => goodbye,
  };
}
