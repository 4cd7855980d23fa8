/**
 * A database server of the tests' own: a process on loopback with a folder under the system's temporary
 * one. Both are gone when the process that started it is, however that ends, SIGKILL included.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

export interface ServerCommand {
  readonly program: string;
  readonly words: readonly string[];
  /** Whom it runs as; the user of the tests where nobody is named. */
  readonly user?: { readonly uid: number; readonly gid: number } | undefined;
  /** The server's own, removed at the end. */
  readonly folder: string;
  /** Ends the server and all of its processes at once. */
  readonly abort: 'SIGKILL' | 'SIGQUIT';
  /** Resolves when it answers; rejects while it does not. */
  readonly ask: () => Promise<void>;
}

export interface ServerProcess {
  /** Resolves when it answers. */
  readonly start: () => Promise<void>;
  /** Resolves when the process has ended. */
  readonly end: (signal: NodeJS.Signals) => Promise<void>;
  /** Ends it where it still runs, and removes the folder. */
  readonly remove: () => Promise<void>;
}

/** Milliseconds within which a server answers, on a machine that is busy with other tests. */
const longestStart = 60_000;

export function serverProcess(command: ServerCommand): ServerProcess {
  const watchdog = startWatchdog(command);
  const log = join(command.folder, 'log');
  let child: ChildProcess | undefined;

  const start = async () => {
    const output = openSync(log, 'a');
    // Out of the terminal's reach: Ctrl-C is for the tests, which end it.
    const started = spawn(command.program, command.words, {
      cwd: command.folder,
      stdio: ['ignore', output, output],
      detached: true,
      ...command.user,
    });
    closeSync(output);
    child = started;
    await once(started, 'spawn');
    watchdog.stdin?.write(`${started.pid ?? ''}\n`);
    const end = performance.now() + longestStart;
    for (;;) {
      try {
        await command.ask();
        return;
      } catch (error) {
        if (hasEnded(started) || performance.now() > end) {
          throw new Error(`${command.program}: ${readFileSync(log, 'utf8')}`, { cause: error });
        }
        await delay(50);
      }
    }
  };

  const end = async (signal: NodeJS.Signals) => {
    if (!child || hasEnded(child)) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
    watchdog.stdin?.write('\n');
  };

  const remove = async () => {
    await end(command.abort);
    const removed = once(watchdog, 'exit');
    watchdog.stdin?.end();
    await removed;
  };

  return { start, end, remove };
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

/**
 * Reads the id of the process that it watches, an empty line for none. When its input ends, the tests have,
 * or need the server no more.
 */
function startWatchdog({ folder, abort }: ServerCommand): ChildProcess {
  const script = `
    while read -r line; do server=$line; done
    [ -z "$server" ] || kill -${abort.slice('SIG'.length)} "$server"
    # What still ends may still write.
    for turn in $(seq 50); do rm -rf "$0" && sleep 0.1 && [ ! -e "$0" ] && break; done`;
  return spawn('sh', ['-c', script, folder], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
}

export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
