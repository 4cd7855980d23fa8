/**
 * Word over Wiro's WebSocket that a task has ended: a reason to look, never the truth. Tasks share
 * connections; there is one only while a task is followed. Without a socket everything works, only later:
 * what cannot be connected is said once and tried again in silence.
 *
 * Nothing documents that one connection takes several tasks (for Wiro's agents it does, on the same
 * server). Where it takes only one, the others are without a word and are found by polling, as they are
 * without a socket. No credentials go over it: a task's token is the right to listen.
 */
import { systemClock, type Clock } from './clock.ts';
import { oneLine } from './server-words.ts';
import { openSocketLine, type SocketLine } from './socket-line.ts';

/** Beyond what these carry tasks are not followed. */
const mostLines = 20;

export interface SocketOptions {
  /** `wss://socket.wiro.ai/v1` */
  readonly url: string;
  /** Told once, when it cannot be connected again and again. */
  readonly onTrouble?: (message: string) => void;
  readonly clock?: Clock;
  /** From 0 to below 1. */
  readonly random?: () => number;
}

export interface SocketHints {
  /** Does nothing for a task without a token. */
  readonly follow: (task: { readonly token: string }, onEnd: () => void) => () => void;
  readonly close: () => Promise<void>;
}

/** @throws TypeError when the URL is none */
export function createSocketHints(options: SocketOptions): SocketHints {
  const { onTrouble, clock = systemClock, random = Math.random } = options;
  const url = new URL(options.url);
  const lines = new Set<SocketLine>();
  let isTold = false;
  let isClosed = false;

  function lineWithRoom(): SocketLine | undefined {
    for (const line of lines) if (line.hasRoom()) return line;
    if (lines.size >= mostLines) return undefined;
    const line = openSocketLine({
      url,
      clock,
      random,
      onTrouble: (message) => {
        if (!isTold) onTrouble?.(oneLine(message));
        isTold = true;
      },
      onOver: () => lines.delete(line),
    });
    lines.add(line);
    return line;
  }

  return {
    follow: ({ token }, onEnd) => {
      const line = token === '' || isClosed ? undefined : lineWithRoom();
      return line?.follow(token, onEnd) ?? (() => undefined);
    },
    close: () => {
      isClosed = true;
      for (const line of [...lines]) line.close();
      return Promise.resolve();
    },
  };
}
