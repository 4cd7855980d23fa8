/** A WebSocket client of the sandbox that keeps all that it hears, in order; and tasks to hear of. */
import { once } from 'node:events';

import { type ClientOptions, WebSocket } from 'ws';

import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { call, held, later, lyrics, runPath, start, until } from './rig.ts';

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

/** The one of RFC 6455. */
export const key = 'dGhlIHNhbXBsZSBub25jZQ==';

export const isOver = (types: string[]) => types.includes('task_postprocess_end');

export interface Accepted {
  readonly taskid: string;
  readonly socketaccesstoken: string;
}

export async function run(sandbox: Sandbox, seed = 1): Promise<Accepted> {
  return call(sandbox, runPath, { prompt: lyrics, seed });
}

/** A task that executes until it is released, and another in the queue behind it. */
export async function twoTasks(options: Parameters<typeof start>[0] = {}) {
  const engine = held();
  const sandbox = await start({ ...engine, workers: 1, ...options });
  const running = await run(sandbox, 1);
  await until(sandbox, running.taskid, (status) => status === 'task_start');
  return { sandbox, engine, running, queued: await run(sandbox, 2) };
}
