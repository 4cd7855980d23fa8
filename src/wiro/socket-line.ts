/**
 * A line to the socket server for some tasks at once: held as long as one of them is followed, dialled
 * again whenever it breaks, and then everything is registered anew.
 *
 * Protocol: `{"type":"task_info","tasktoken":"..."}` registers a task; then messages of the form
 * `{"type","id","tasktoken","message","result"}` come, `type` being a status. What happened while nobody
 * was registered is not told later. Only the two statuses that end a task are of interest here.
 */
import type { Clock } from './clock.ts';
import { createFollowers } from './followers.ts';
import { asObject, asText, parseJson } from './loose-json.ts';
import { connectSocket, type Connecting, type SocketConnection } from './socket-connection.ts';

/** On a socket `task_error` is no end, only a line of stderr. */
const endings: ReadonlySet<string> = new Set(['task_postprocess_end', 'task_cancel']);

/** Registrations that one connection carries. There is no way to take one back. */
const tasksPerConnection = 100;
/** Milliseconds until a connection must be open. */
const patience = 10_000;
/**
 * Milliseconds between pings. Where no byte came since the last one the connection is dead, though TCP
 * may not find that out for a quarter of an hour. Proxies commonly drop what is idle for a minute.
 */
const beat = 30_000;
/** Milliseconds between two guesses that ends may have been missed. */
const guessPause = 30_000;
/** Milliseconds; bounds of the first wait before dialling again and of any. */
const firstWait = 1_000;
const longestWait = 60_000;
/** Failures in a row that are worth a word. */
const remarkable = 3;

export interface SocketLineOptions {
  readonly url: URL;
  readonly clock: Clock;
  /** From 0 to below 1. */
  readonly random: () => number;
  readonly onTrouble: (message: string) => void;
  /** Nobody is followed here any more, and nobody will be. */
  readonly onOver: () => void;
}

export interface SocketLine {
  /** Whether another task may be followed here. */
  readonly hasRoom: () => boolean;
  /** Call what this returns when the task is of no interest any more. */
  readonly follow: (token: string, onEnd: () => void) => () => void;
  readonly close: () => void;
}

/** Dials at once. */
export function openSocketLine(options: SocketLineOptions): SocketLine {
  const { url, clock, random, onTrouble, onOver } = options;
  const followers = createFollowers();
  const over = new AbortController();
  const isOver = () => over.signal.aborted;
  let connection: SocketConnection | undefined;
  let registered = 0;
  let mayHaveMissed = false;
  let guessedAt = -Infinity;

  async function hold(): Promise<void> {
    let failures = 0;
    while (!isOver()) {
      const outcome = await dial();
      let why: string;
      if (outcome.kind === 'open') {
        ({ connection } = outcome);
        // Everybody may have left while it opened.
        if (isOver()) connection.close();
        for (const token of followers.tokens()) register(token);
        guessWhatWasMissed();
        if (await listen(connection)) failures = 0;
        why = String(connection.gone.reason);
        connection = undefined;
        registered = 0;
      } else {
        why = outcome.message;
      }
      // Also before the first connection: a task may end while nobody answers.
      mayHaveMissed = true;
      failures++;
      if (failures === remarkable && !isOver()) onTrouble(why);
      await pause(random() * Math.min(longestWait, firstWait * 2 ** (failures - 1)), over.signal);
    }
  }

  async function dial(): Promise<Connecting> {
    const tooLate = new AbortController();
    const answered = new AbortController();
    void pause(patience, answered.signal).then(() => {
      tooLate.abort(`no answer within ${patience / 1000} s`);
    });
    const outcome = await connectSocket(url, hear, AbortSignal.any([over.signal, tooLate.signal]));
    answered.abort();
    return outcome;
  }

  /** Until the connection is gone. True when it was good for longer than a moment. */
  async function listen({ gone, heard, ping, cut }: SocketConnection): Promise<boolean> {
    let heardBefore = 0;
    for (let beats = 0; ; beats++) {
      await pause(beat, gone);
      if (gone.aborted) return beats > 0;
      if (heard() === heardBefore) {
        cut('nothing is heard any more');
      } else {
        heardBefore = heard();
        ping();
        guessWhatWasMissed();
      }
    }
  }

  /** Never rejects; afterwards the signal says whether it was cut short. */
  async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
    await clock.sleep(milliseconds, signal).catch(() => undefined);
  }

  function register(token: string): void {
    registered++;
    connection?.send(JSON.stringify({ type: 'task_info', tasktoken: token }));
  }

  function hear(text: string): void {
    const message = asObject(parseJson(text));
    if (!message || !endings.has(asText(message['type']))) return;
    followers.tell(asText(message['tasktoken']));
  }

  /** After a gap every task may have ended; a line that keeps breaking does not make us ask all the time. */
  function guessWhatWasMissed(): void {
    if (!mayHaveMissed || clock.elapsed() - guessedAt < guessPause) return;
    mayHaveMissed = false;
    guessedAt = clock.elapsed();
    followers.tellAll();
  }

  function close(): void {
    if (isOver()) return;
    over.abort('not needed any more');
    connection?.close();
    onOver();
  }

  void hold();

  return {
    hasRoom: () => Math.max(registered, followers.count()) < tasksPerConnection,
    follow: (token, onEnd) => {
      const isNew = !followers.has(token);
      const leave = followers.add(token, onEnd);
      if (isNew && connection) register(token);
      return () => {
        leave();
        if (followers.count() === 0) close();
      };
    },
    close,
  };
}
