/**
 * Who may submit, and when, where many machines share an account: the books are in the database, and they say
 * no only when an intent is to be entered (`ClaimingStore`). What is here keeps a worker from asking in vain.
 */
import { afterRefusal, startingConcurrency } from '../../job/concurrency.ts';
import { exactUsd } from '../../job/money.ts';
import type { Admission } from '../../run/admission.ts';
import type { StopReason } from '../../run/events.ts';
import type { Gate } from '../../run/gate.ts';
import type { Clock } from '../../run/ports.ts';
import type { Allowance } from '../../state/postgres/accounts.ts';
import type { NoRoom } from '../../state/postgres/ledger.ts';

export interface SharedAdmission extends Admission {
  /** An intent was not taken. */
  readonly noRoom: (why: NoRoom) => void;
  /** Something has changed: there may be room now. */
  readonly mayHaveRoom: () => void;
}

export interface SharedAdmissionOptions {
  /** Whether Runs may be sent by this process at all. */
  readonly isAlive: () => boolean;
  /** As the database last said. */
  readonly allowance: () => Allowance;
  /** Code 96: lowers the limit for all. */
  readonly onRefused: (message: string) => void;
  readonly onHeld: () => void;
  /** Whether this worker has more tasks in flight than falls to it. */
  readonly isBeyondShare: () => boolean;
  /** Milliseconds without a refusal before more tasks are tried. */
  readonly probeInterval: () => number;
  /** Runs of this worker that are on their way at once, at most. */
  readonly runs: () => number;
}

/** Milliseconds between two tries while there is no room, at first and at most. */
const firstPause = 100;
const longestPause = 1500;
/**
 * Milliseconds that a worker with more than its share leaves to others: whose task ends is the first to know of the
 * room, and would have it again each time. What nobody takes is his.
 */
const courtesy = 400;

export function createSharedAdmission(
  gate: Gate,
  clock: Clock,
  options: SharedAdmissionOptions,
): SharedAdmission {
  let pause = firstPause;
  let waitUntil = 0;
  let isHeld = false;
  let unanswered = 0;
  let change = new AbortController();
  gate.signal.addEventListener('abort', () => {
    change.abort('the gate is closed');
  });

  const wait = async (until: number) => {
    if (change.signal.aborted && !gate.closed()) change = new AbortController();
    await clock.sleep(Math.max(10, until - clock.now()), change.signal);
  };

  const later = (milliseconds: number) => {
    // Many workers that were told no together must not come back together.
    waitUntil = clock.now() + milliseconds * (0.5 + Math.random());
  };

  return {
    admit: async () => {
      let hasWaited = false;
      while (await gate.pass()) {
        if (!options.isAlive()) await wait(clock.now() + firstPause);
        else if (clock.now() < waitUntil) await wait(waitUntil);
        else if (unanswered >= options.runs()) await wait(clock.now() + longestPause);
        else if (!hasWaited && options.isBeyondShare()) {
          hasWaited = true;
          await clock.sleep(courtesy, gate.signal);
        } else {
          unanswered++;
          return true;
        }
      }
      return false;
    },
    noRoom: (why) => {
      switch (why.kind) {
        case 'full':
        case 'held':
          if (why.kind === 'held' && !isHeld) options.onHeld();
          isHeld = why.kind === 'held';
          later(pause);
          pause = Math.min(2 * pause, longestPause);
          break;
        case 'paused':
          waitUntil = Math.max(waitUntil, why.until);
          break;
        case 'turn':
          // It is this job alone that waits.
          break;
        case 'too-dear':
        case 'enough':
        case 'halted':
        case 'stopped':
          gate.close(reasonOf(why));
          break;
      }
    },
    mayHaveRoom: () => {
      pause = firstPause;
      if (waitUntil - clock.now() > firstPause) later(firstPause);
      change.abort('something has changed');
    },
    refused: (message) => {
      options.onRefused(message);
      const interval = options.probeInterval();
      gate.pauseUntil(clock.now() + interval);
      const { ceiling, open } = options.allowance();
      const before = startingConcurrency(Math.max(1, ceiling));
      return afterRefusal(before, message, open, clock.now(), interval).limit;
    },
    answered: () => {
      unanswered--;
      change.abort('one less is on its way');
    },
    // What follows the books do by themselves, with each event.
    lineGone: () => Promise.resolve(),
    readmit: () => undefined,
    forsake: () => undefined,
    release: () => undefined,
  };
}

type Final = Exclude<NoRoom, { kind: 'full' | 'held' | 'paused' | 'turn' }>;

/** Why nothing more is submitted, in the words of a run on one machine. */
function reasonOf(why: Final): StopReason {
  switch (why.kind) {
    case 'too-dear': {
      const next =
        why.worst === undefined ? '' : `, and another song may cost $${exactUsd(why.worst)}`;
      const what = why.isApproved ? 'the approved budget' : 'the budget';
      return {
        kind: 'budget',
        message: `${what} of $${exactUsd(why.budget)} is used up: $${exactUsd(why.spent)} spent${next}`,
      };
    }
    case 'enough':
      return {
        kind: 'max-jobs',
        message: `${why.jobs} ${why.jobs === 1 ? 'job' : 'jobs'} submitted, as many as --max-jobs allows`,
      };
    case 'halted':
      return { kind: 'halt', message: why.message };
    case 'stopped':
      return readReason(why.reason);
  }
}

export function writeReason(reason: StopReason): string {
  return JSON.stringify(reason);
}

/** Written by `writeReason`, by the same version. */
export function readReason(written: string): StopReason {
  return JSON.parse(written) as StopReason;
}
