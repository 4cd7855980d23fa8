/** The command line: reads the process's world, runs a command, and turns what comes of it into an exit code. */
import { CommanderError } from 'commander';
import { ApiFault } from '../job/api-fault.ts';
import { DiskFault } from '../job/disk-fault.ts';
import { renderProblem } from '../manifest/frame.ts';
import { OutputError } from '../outputs/output-error.ts';
import { QueueError } from '../queue/queue-error.ts';
import { SandboxError } from '../sandbox/sandbox-error.ts';
import { StateError } from '../state/state-error.ts';
import { detectCi } from './ci.ts';
import type { ExitCode } from './exit-codes.ts';
import { exitCodes } from './exit-codes.ts';
import type { Invocation } from './invocation.ts';
import { ConfigError } from '../batch/config-error.ts';
import { ManifestError } from '../batch/manifest-error.ts';
import { createProgram } from './program.ts';
import type { Log } from './log.ts';
import { processTerminal } from './terminal.ts';
import type { Tell } from '../batch/surroundings.ts';
import { UsageError } from '../batch/usage-error.ts';
import { ownVersion } from '../batch/version.ts';

/** @param words what follows `songbatch` on the command line */
export async function main(words: readonly string[]): Promise<ExitCode> {
  const terminal = processTerminal(process.env);
  let code: ExitCode = exitCodes.done;
  let log: Log | undefined;
  const tell: Tell = (text, gravity) => {
    log?.tell(text, gravity);
    if (!log?.isOnStderr) terminal.tell(text);
  };
  try {
    const invocation: Invocation = {
      terminal,
      tell,
      environment: process.env,
      fromEnvFiles: new Map(),
      workingDirectory: process.cwd(),
      version: ownVersion(),
      exitWith: (chosen) => {
        code = chosen;
      },
      keepLog: (opened) => {
        log = opened;
      },
    };
    await createProgram(invocation).parseAsync(words, { from: 'user' });
  } catch (error) {
    // Of a log for machines every line is JSON.
    if (detectCi(process.env)?.log === 'github' && !log?.isOnStderr) {
      const { annotateError } = await import('./github.ts');
      const { env: environment } = process;
      annotateError(error, { environment, workingDirectory: process.cwd(), tell: terminal.tell });
    }
    code = explain(error, (text, gravity = 'error') => {
      tell(text, gravity);
    });
  }
  log?.exit(code);
  return code;
}

/** Errors of the user and of the world are explained; only a bug shows where it happened. */
function explain(error: unknown, tell: Tell): ExitCode {
  if (error instanceof CommanderError) {
    // Commander has printed its message; help and version are no errors.
    return error.exitCode === 0 ? exitCodes.done : exitCodes.refused;
  }
  if (error instanceof ManifestError || error instanceof ConfigError) {
    for (const problem of error.problems) {
      tell(`${renderProblem(problem)}\n`, problem.severity === 'warning' ? 'warn' : 'error');
    }
    const errors = error.problems.filter(({ severity }) => severity === 'error').length;
    tell(`${errors === 1 ? 'one error' : `${errors} errors`}: nothing was started`);
    return exitCodes.refused;
  }
  if (error instanceof UsageError || error instanceof QueueError) {
    tell(`error: ${error.message}`);
    if (error.hint !== undefined) tell(`hint: ${error.hint}`);
    return exitCodes.refused;
  }
  if (error instanceof StateError || error instanceof SandboxError) {
    tell(`error: ${error.message}`);
    return exitCodes.refused;
  }
  if (error instanceof DiskFault || error instanceof OutputError) {
    tell(`error: ${error.message}`);
    return exitCodes.stopped;
  }
  if (error instanceof ApiFault) {
    tell(`error: ${error.message}`);
    if (error.kind === 'denied') tell('hint: check WIRO_API_KEY and WIRO_API_SECRET');
    return error.kind === 'unreachable' ? exitCodes.stopped : exitCodes.refused;
  }
  tell('this is a bug in songbatch: please report it, with what follows, to its issue tracker');
  tell(error instanceof Error ? (error.stack ?? error.message) : String(error));
  return exitCodes.bug;
}
