/**
 * Ctrl-C in two stages. The first SIGINT or SIGTERM asks for an orderly end: requests under way
 * finish, the state is saved. A second one, or the watchdog, ends the process at once; what was on
 * disk by then is enough to go on from.
 */
import { exitCodes } from './exit-codes.ts';

/** Milliseconds from the first signal to the end of the process, whatever happens. */
const longestGoodbye = 5_000;

export interface Interrupt {
  readonly signal: AbortSignal;
  /** What to exit with; undefined while nobody interrupted. */
  readonly exitCode: () => 130 | 143 | undefined;
  readonly stopListening: () => void;
}

export function listenForInterrupt(tell: (text: string) => void): Interrupt {
  const controller = new AbortController();
  let code: 130 | 143 | undefined;

  const listener = (which: NodeJS.Signals) => {
    const own = which === 'SIGTERM' ? exitCodes.terminated : exitCodes.interrupted;
    if (code !== undefined) process.exit(own);
    code = own;
    tell(`${which}: saving the state; tasks in flight stay on the server (again: stop at once)`);
    setTimeout(() => process.exit(own), longestGoodbye).unref();
    controller.abort();
  };
  process.on('SIGINT', listener);
  process.on('SIGTERM', listener);
  return {
    signal: controller.signal,
    exitCode: () => code,
    stopListening: () => {
      process.off('SIGINT', listener);
      process.off('SIGTERM', listener);
    },
  };
}
