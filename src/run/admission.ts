/**
 * Who may submit, and when: the gate, the number of tasks in flight and the budget in one place, so
 * that what was checked is reserved in the same tick.
 */
import type { Affordability } from '../job/budget.ts';
import { canAfford, dearer } from '../job/budget.ts';
import { afterQuiet, afterRefusal, startingConcurrency } from '../job/concurrency.ts';
import type { Picodollars } from '../job/money.ts';
import { exactUsd } from '../job/money.ts';
import type { Gate } from './gate.ts';
import type { Clock } from './ports.ts';

export interface Admission {
  /**
   * Resolves with true when one task may be bought, and reserves its place and its money. Say
   * `answered` when its Run has been answered, or was not sent after all.
   */
  readonly admit: () => Promise<boolean>;
  readonly answered: () => void;
  /**
   * A task that was bought in an earlier run, or may have been: it takes its place as well.
   * `refunded`: what is counted as spent for it, and will be counted again when it ends.
   */
  readonly readmit: (refunded: Picodollars) => void;
  /** A submission stays in doubt: its place is free for others, its money is not. */
  readonly forsake: () => void;
  /** A place is free again. `cost`: what the attempt was billed. */
  readonly release: (cost: Picodollars) => void;
  /** Code 96: the API allows fewer tasks at once. Returns the limit that holds now. */
  readonly refused: (message: string) => number;
}

export interface AdmissionOptions {
  readonly tasks: number;
  readonly budget?: Picodollars;
  /** It comes from a plan that somebody approved. */
  readonly isBudgetApproved?: true;
  readonly spent: Picodollars;
  /** The dearest song of this batch so far. */
  readonly dearest?: Picodollars;
  /** What the API says that a song costs. */
  readonly price?: Picodollars;
  /** A song was dearer than all before. */
  readonly onDearest: (cost: Picodollars) => void;
  /** One task more is tried after a quiet time. */
  readonly onRaised: (limit: number) => void;
  /** Told once, when the next song must wait for the bills of those in flight. */
  readonly onHeld: () => void;
  /** Milliseconds without a refusal before one more task is tried; at most one refusal in each. */
  readonly probeInterval: () => number;
}

export function createAdmission(gate: Gate, clock: Clock, options: AdmissionOptions): Admission {
  let concurrency = startingConcurrency(options.tasks);
  let inFlight = 0;
  let unanswered = 0;
  let forsaken = 0;
  let spent = options.spent;
  let dearest = options.dearest;
  let isHeld = false;
  let change = new AbortController();

  const affordable = (): Affordability =>
    canAfford(options.budget, {
      spent,
      inFlight,
      unsettled: forsaken,
      dearest,
      stated: options.price,
    });

  /** Where the API has named or shown a limit Runs go out one by one, so that one at most is refused. */
  const isFull = () =>
    inFlight >= concurrency.limit || (concurrency.limit < concurrency.ceiling && unanswered > 0);

  const tryOneMore = () => {
    const before = concurrency.limit;
    concurrency = afterQuiet(concurrency, clock.now(), options.probeInterval());
    if (concurrency.limit > before) options.onRaised(concurrency.limit);
  };

  const changed = () => {
    // With a reason: an abort without one makes an error, and its stack.
    change.abort('changed');
    change = new AbortController();
  };

  /** Until a task ends, the gate closes, or it is time to try one more. */
  const waitForChange = async () => {
    const probeIn =
      concurrency.limit < concurrency.ceiling ? concurrency.probeAt - clock.now() : Infinity;
    const signal = AbortSignal.any([change.signal, gate.signal]);
    await clock.sleep(Math.max(1, Math.min(probeIn, 60_000)), signal);
  };

  return {
    admit: async () => {
      while (await gate.pass()) {
        tryOneMore();
        const answer = isFull() ? 'full' : affordable();
        switch (answer) {
          case 'yes':
            isHeld = false;
            inFlight++;
            unanswered++;
            return true;
          case 'wait':
            if (!isHeld) options.onHeld();
            isHeld = true;
            await waitForChange();
            break;
          case 'full':
            await waitForChange();
            break;
          case 'no':
            gate.close({
              kind: 'budget',
              message: budgetMessage(options, spent, dearer(dearest, options.price)),
            });
            return false;
        }
      }
      return false;
    },
    answered: () => {
      unanswered--;
      changed();
    },
    readmit: (refunded) => {
      inFlight++;
      spent -= refunded;
    },
    forsake: () => {
      inFlight--;
      forsaken++;
      changed();
    },
    release: (cost) => {
      inFlight--;
      spent += cost;
      if (cost > (dearest ?? 0n)) {
        dearest = cost;
        options.onDearest(cost);
      }
      changed();
    },
    refused: (message) => {
      const now = clock.now();
      const interval = options.probeInterval();
      concurrency = afterRefusal(concurrency, message, inFlight, now, interval);
      // Others may have taken what ours have left, too: asking again at once would be hammering.
      gate.pauseUntil(now + interval);
      return concurrency.limit;
    },
  };
}

function budgetMessage(
  { budget = 0n, isBudgetApproved }: AdmissionOptions,
  spent: Picodollars,
  worst: Picodollars | undefined,
): string {
  const next = worst === undefined ? '' : `, and another song may cost $${exactUsd(worst)}`;
  const what = isBudgetApproved ? 'the approved budget' : 'the budget';
  return `${what} of $${exactUsd(budget)} is used up: $${exactUsd(spent)} spent${next}`;
}
