/**
 * Ctrl-C in two stages. The first SIGINT or SIGTERM asks for an orderly end: nothing more is submitted,
 * requests under way finish, the state is saved. A second one ends the process at once, and so does the
 * watchdog where nothing is to be waited for; what is on disk by then is enough to go on from. SIGHUP
 * (the terminal is gone, the service is reloaded) always waits for what is in flight.
 */
import type { Tell } from '../batch/surroundings.ts';
import type { InFlightChoice } from '../run/events.ts';
import { exitCodes } from './exit-codes.ts';

/** Milliseconds from the first signal to the end of the process, whatever happens. */
const longestGoodbye = 5_000;

export interface Interrupt {
  /** Aborted by the first signal; its reason is the `InFlightChoice`. */
  readonly signal: AbortSignal;
  /** What to exit with; undefined while nobody interrupted, and after SIGHUP. */
  readonly exitCode: () => 130 | 143 | undefined;
  readonly stopListening: () => void;
}

const meaning: Record<InFlightChoice, string> = {
  leave: 'saving the state; tasks in flight stay on the server',
  drain: 'no more submissions; waiting for tasks in flight',
  cancel: 'no more submissions; cancelling tasks in flight',
};

/** @param choice what a SIGINT or SIGTERM means for tasks in flight */
export function listenForInterrupt(choice: InFlightChoice, tell: Tell): Interrupt {
  const controller = new AbortController();
  let code: 130 | 143 | undefined;

  const begin = (which: NodeJS.Signals, inFlight: InFlightChoice) => {
    tell(`\n${which}: ${meaning[inFlight]} (again: at once)`, 'warn');
    if (inFlight === 'leave') {
      const end = code ?? exitCodes.interrupted;
      setTimeout(() => process.exit(end), longestGoodbye).unref();
    }
    controller.abort(inFlight);
  };
  const listener = (which: NodeJS.Signals) => {
    const own = which === 'SIGTERM' ? exitCodes.terminated : exitCodes.interrupted;
    if (controller.signal.aborted) process.exit(own);
    code = own;
    begin(which, choice);
  };
  const onHangup = () => {
    if (!controller.signal.aborted) begin('SIGHUP', 'drain');
  };
  process.on('SIGINT', listener);
  process.on('SIGTERM', listener);
  process.on('SIGHUP', onHangup);
  return {
    signal: controller.signal,
    exitCode: () => code,
    stopListening: () => {
      process.off('SIGINT', listener);
      process.off('SIGTERM', listener);
      process.off('SIGHUP', onHangup);
    },
  };
}
