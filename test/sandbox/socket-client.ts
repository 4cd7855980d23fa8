/** A WebSocket client of the sandbox that keeps all that it hears, in order. */
import { once } from 'node:events';

import { type ClientOptions, WebSocket } from 'ws';

import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { later } from './rig.ts';

export interface Message {
  readonly type: string;
  readonly id: string;
  readonly tasktoken: string;
  readonly message: unknown;
  readonly result: boolean;
}

export interface SocketClient {
  readonly socket: WebSocket;
  /** Whatever came, as it came; binary frames as `<hex>`. */
  readonly frames: readonly string[];
  /** What was said about tasks. */
  readonly news: () => Message[];
  readonly types: () => string[];
  /** Registers tasks; resolves when the server has taken all in. */
  readonly register: (...tokens: string[]) => Promise<void>;
  /** Resolves when the server has read what was sent before, and its answers have come. */
  readonly settle: () => Promise<void>;
  readonly until: (reached: (types: string[]) => boolean) => Promise<void>;
  /** The code with which it was closed; 1006 when it was cut. */
  readonly closed: Promise<number>;
}

export const connected = '{"type":"connected","version":"1.0"}';

export function socketUrl(sandbox: Sandbox): string {
  return sandbox.url.replace(/^http/, 'ws');
}

/** Resolves when the server has welcomed it. */
export async function connect(
  sandbox: Sandbox,
  { url = socketUrl(sandbox), ...options }: ClientOptions & { url?: string } = {},
): Promise<SocketClient> {
  const socket = new WebSocket(url, options);
  later(() => {
    socket.terminate();
  });
  const frames: string[] = [];
  socket.on('message', (data, isBinary) => {
    if (!Buffer.isBuffer(data)) throw new Error('the message is not in one piece');
    frames.push(isBinary ? `<${data.toString('hex')}>` : data.toString());
  });
  const closed = new Promise<number>((resolve) => socket.on('close', resolve));
  await once(socket, 'message');

  const news = (): Message[] =>
    frames
      .filter((frame) => frame !== connected && frame.endsWith('}'))
      .map((frame) => JSON.parse(frame) as Message);
  const types = (): string[] => news().map(({ type }) => type);
  const settle = async (): Promise<void> => {
    socket.ping();
    await once(socket, 'pong');
  };
  return {
    socket,
    frames,
    news,
    types,
    settle,
    closed,
    register: async (...tokens) => {
      for (const tasktoken of tokens) socket.send(JSON.stringify({ type: 'task_info', tasktoken }));
      await settle();
    },
    until: async (reached) => {
      while (!reached(types())) await once(socket, 'message');
    },
  };
}
