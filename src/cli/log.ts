/**
 * The log of a command: NDJSON through pino, on stderr, in a file, or on both. It is opened before anything
 * else is done, so that it also has why nothing was.
 */
import { resolve } from 'node:path';
import { shownPath } from '../batch/batch.ts';
import type { Config } from '../batch/config.ts';
import type { Gravity, Tell } from '../batch/surroundings.ts';
import { UsageError } from '../batch/usage-error.ts';
import { createLogReport } from '../report/log-report.ts';
import type { RunView } from '../report/run-picture.ts';
import { runStatusJson } from '../report/run-status.ts';
import type { RunEvent } from '../run/events.ts';
import { exitCodes, type ExitCode } from './exit-codes.ts';
import type { Invocation } from './invocation.ts';
import { openLogFile } from './log-file.ts';

export interface LogFlags {
  readonly logFormat?: 'text' | 'json';
  readonly logFile?: string;
  readonly logLevel?: 'error' | 'warn' | 'info' | 'debug';
}

export interface Log {
  /** Whether stderr is the log: then nothing else is written there. */
  readonly isOnStderr: boolean;
  /** Its file, absolute; undefined where it goes to none. */
  readonly file: string | undefined;
  readonly see: (event: RunEvent) => void;
  readonly tell: Tell;
  readonly showStatus: (view: RunView | undefined) => void;
  /** Every line from here on names the batch. */
  readonly nameBatch: (name: string) => void;
  /** The last line. */
  readonly exit: (code: ExitCode) => void;
}

/** Undefined where none is wanted: pino is not loaded then. Throws `UsageError`. */
export async function openLog(
  flags: LogFlags,
  config: Config,
  { terminal, workingDirectory, tell }: Invocation,
): Promise<Log | undefined> {
  const isOnStderr = (flags.logFormat ?? config.logFormat) === 'json';
  const written = flags.logFile ?? config.logFile;
  const file = written === undefined ? undefined : resolve(workingDirectory, written);
  if (!isOnStderr && file === undefined) {
    if (flags.logLevel === undefined) return undefined;
    throw new UsageError(
      '--log-level is about a log, and none is written',
      'add --log-file run.ndjson, or --log-format json for stderr',
    );
  }
  const level = flags.logLevel ?? config.logLevel;
  const streams = [
    ...(isOnStderr ? [{ level: level ?? 'info', stream: terminal.screen }] : []),
    ...(file === undefined ? [] : [{ level: level ?? 'debug', stream: fileStream(file) }]),
  ];
  const { pino } = await import('pino');
  let logger = pino(
    { name: 'songbatch', level: 'debug', timestamp: pino.stdTimeFunctions.isoTime },
    pino.multistream(streams),
  );
  let see = createLogReport(logger);

  return {
    isOnStderr,
    file,
    see: (event) => {
      see(event);
    },
    tell: (text, gravity = 'info') => {
      // On a terminal a blank line sets some messages apart, and a mark others.
      logger[gravity]({ event: 'message' }, text.trim().replace(/^! /, ''));
    },
    showStatus: (view) => {
      logger.info({ event: 'status', status: runStatusJson(view) }, 'status');
    },
    nameBatch: (batch) => {
      logger = logger.child({ batch });
      see = createLogReport(logger);
    },
    exit: (exitCode) => {
      logger[gravityOf(exitCode)]({ event: 'exit', exitCode }, `exit with ${exitCode}`);
    },
  };

  function fileStream(path: string) {
    const { write } = openLogFile(path, shownPath(path, workingDirectory), (message) => {
      tell(message, 'warn');
    });
    return {
      write: (line: string) => {
        write(terminal.redact(line));
      },
    };
  }
}

function gravityOf(code: ExitCode): Gravity {
  switch (code) {
    case exitCodes.done:
      return 'info';
    case exitCodes.failed:
    case exitCodes.stopped:
    case exitCodes.interrupted:
    case exitCodes.terminated:
      return 'warn';
    case exitCodes.refused:
    case exitCodes.bug:
      return 'error';
  }
}
