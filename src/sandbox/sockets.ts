/**
 * `GET /v1` with an upgrade to WebSocket: news of tasks, as they happen.
 *
 *   server: {"type":"connected","version":"1.0"}
 *   client: {"type":"task_info","tasktoken":"..."}      once for each task, as many as it likes
 *   server: what `socket-messages.ts` says, of each task until it has ended
 *
 * No key is asked for: who has a task's token may hear of it. Where the vendor says nothing of tasks,
 * this server does what it says of agents, and else what is harder on clients: nothing that happened
 * before a task was registered is told again, a task that has ended already is passed over in silence,
 * as are unknown tokens and whatever else is not understood.
 */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';

import { type RawData, WebSocket, WebSocketServer } from 'ws';

import type { Dice, FaultInjector } from './faults.ts';
import type { Ledger, TaskObserver } from './ledger.ts';
import { hasEnded } from './lifecycle.ts';
import { complaint, newsOf, type SocketMessage } from './socket-messages.ts';
import type { Task } from './task.ts';

export interface Sockets extends TaskObserver {
  /**
   * Takes over the connection of a request that wants to be a WebSocket.
   *
   * @param origin where this client reaches the server's files: `http://127.0.0.1:4710`
   */
  readonly admit: (
    request: IncomingMessage,
    connection: Duplex,
    head: Buffer,
    origin: string,
  ) => void;
  /** Says goodbye to all, and waits for their answer only shortly. */
  readonly close: () => Promise<void>;
}

interface Listener {
  readonly socket: WebSocket;
  readonly origin: string;
  readonly tasks: Set<Task>;
  /** Heard of since the last ping. */
  alive: boolean;
}

const mostListeners = 500;
const mostTasksOfOne = 1000;
const longestMessage = 64 * 1024;
/** Bytes that wait for a client which does not read; one with more is cut. */
const mostUnread = 8 * 1024 * 1024;
/** Milliseconds between pings, as documented; who has not answered one by the next is cut. */
const heartbeat = 30_000;
/** Milliseconds that a goodbye may stay unanswered. */
const goodbye = 500;

const closeGoingAway = 1001;
const closePolicyViolation = 1008;

export function openSockets(ledger: Ledger, faults: FaultInjector): Sockets {
  const protocol = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    // Answers to pings are sent below, where they are bounded like everything else.
    autoPong: false,
    maxPayload: longestMessage,
  });
  const listeners = new Set<Listener>();
  const listenersOf = new Map<Task, Set<Listener>>();

  const admit: Sockets['admit'] = (request, connection, head, origin) => {
    ledger.countRequest('socket');
    const isFull = listeners.size >= mostListeners;
    if (isFull || faults.dice?.strikes('socket.refuse')) {
      turnAway(connection);
      return;
    }
    protocol.handleUpgrade(request, connection, head, (socket) => {
      welcome({ socket, origin, tasks: new Set(), alive: true });
    });
  };

  const welcome = (listener: Listener): void => {
    const { socket } = listener;
    listeners.add(listener);
    socket.on('message', (data, isBinary) => {
      const token = isBinary ? undefined : readRegistration(data);
      const task = token === undefined ? undefined : ledger.findByToken(token);
      if (task && !hasEnded(task.status)) register(listener, task);
    });
    socket.on('ping', (payload) => {
      if (keepsUp(socket)) socket.pong(payload);
    });
    socket.on('pong', () => {
      listener.alive = true;
    });
    // What was wrong, too long a message for one, closes it; there is nothing more to do.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      listeners.delete(listener);
      for (const task of listener.tasks) leave(listener, task);
    });
    socket.send('{"type":"connected","version":"1.0"}');
  };

  const register = (listener: Listener, task: Task): void => {
    if (listener.tasks.size >= mostTasksOfOne && !listener.tasks.has(task)) {
      listener.socket.close(closePolicyViolation, `more than ${mostTasksOfOne} tasks`);
      return;
    }
    listener.tasks.add(task);
    const others = listenersOf.get(task);
    if (others) others.add(listener);
    else listenersOf.set(task, new Set([listener]));
  };

  const leave = (listener: Listener, task: Task): void => {
    listener.tasks.delete(task);
    const left = listenersOf.get(task);
    left?.delete(listener);
    if (left?.size === 0) listenersOf.delete(task);
  };

  const pulse = setInterval(() => {
    for (const listener of listeners) {
      if (listener.alive) {
        listener.alive = false;
        listener.socket.ping();
      } else {
        listener.socket.terminate();
      }
    }
  }, heartbeat);
  pulse.unref();

  return {
    admit,
    entered: (task, progress) => {
      for (const listener of listenersOf.get(task) ?? []) {
        const { socket, origin } = listener;
        for (const message of newsOf(task, progress, origin)) tell(socket, message, faults.dice);
        if (hasEnded(task.status)) leave(listener, task);
      }
    },
    complained: (task, line) => {
      for (const { socket } of listenersOf.get(task) ?? []) {
        tell(socket, complaint(task, line), faults.dice);
      }
    },
    close: async () => {
      clearInterval(pulse);
      await Promise.all([...listeners].map(({ socket }) => partFrom(socket)));
    },
  };
}

const troubles = ['socket.drop', 'socket.mute', 'socket.garbage', 'socket.binary'] as const;

function tell(socket: WebSocket, message: SocketMessage, dice: Dice | undefined): void {
  if (socket.readyState !== WebSocket.OPEN || !keepsUp(socket)) return;
  switch (dice?.first(troubles)) {
    case 'socket.drop':
      socket.terminate();
      return;
    case 'socket.mute':
      return;
    case 'socket.garbage':
      socket.send('{"type":"task_pos');
      return;
    case 'socket.binary':
      socket.send(Buffer.from([0x00, 0xff, 0x7b]));
      break;
    case undefined:
  }
  socket.send(JSON.stringify(message));
}

/** Cuts the connection of a client that sends, or lets send, and does not read. */
function keepsUp(socket: WebSocket): boolean {
  if (socket.bufferedAmount <= mostUnread) return true;
  socket.terminate();
  return false;
}

/** The token of a `task_info`; undefined where it is anything else. */
function readRegistration(data: RawData): string | undefined {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.isBuffer(data) ? data.toString('utf8') : '');
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  if (!('type' in value) || value.type !== 'task_info' || !('tasktoken' in value)) return undefined;
  return typeof value.tasktoken === 'string' ? value.tasktoken : undefined;
}

function turnAway(connection: Duplex): void {
  connection.on('error', () => undefined);
  connection.once('finish', () => connection.destroy());
  connection.end(
    'HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n',
  );
}

async function partFrom(socket: WebSocket): Promise<void> {
  await new Promise<void>((resolve) => {
    const impatience = setTimeout(() => {
      socket.terminate();
    }, goodbye);
    socket.on('close', () => {
      clearTimeout(impatience);
      resolve();
    });
    socket.close(closeGoingAway, 'the server ends');
  });
}
