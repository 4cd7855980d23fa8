/**
 * Who may submit, and when: the gate, the number of tasks in flight and the budget in one place, so
 * that what was checked is reserved in the same tick.
 */
import pLimit from 'p-limit';
import type { Affordability } from '../job/budget.ts';
import { canAfford, dearer } from '../job/budget.ts';
import { afterQuiet, afterRefusal, runsAtOnce, startingConcurrency } from '../job/concurrency.ts';
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
  /** Resolves when all who wait now have been admitted, or turned away. */
  readonly lineGone: () => Promise<void>;
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
  /** Runs on their way at once, at most. */
  readonly runs: number;
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
  /** More tasks are tried after a quiet time. */
  readonly onRaised: (limit: number) => void;
  /** Told once, when the next song must wait for the bills of those in flight. */
  readonly onHeld: () => void;
  /** Milliseconds without a refusal before more tasks are tried. */
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
  /** One after the other: thousands may wait, and only the first of them is woken by what changes. */
  const line = pLimit(1);
  let change = new AbortController();

  const affordable = (): Affordability =>
    canAfford(options.budget, {
      spent,
      inFlight,
      unsettled: forsaken,
      dearest,
      stated: options.price,
    });

  const isFull = () =>
    inFlight >= concurrency.limit ||
    unanswered >= Math.min(options.runs, runsAtOnce(concurrency, inFlight));

  const tryMore = () => {
    const before = concurrency.limit;
    if (inFlight < before) return;
    concurrency = afterQuiet(concurrency, clock.now(), options.probeInterval());
    if (concurrency.limit > before) options.onRaised(concurrency.limit);
  };

  const changed = () => {
    // With a reason: without one it makes an error, and its stack.
    change.abort('changed');
  };
  gate.signal.addEventListener('abort', changed, { once: true });

  /** Until a task ends, the gate closes, or it is time to try more. */
  const waitForChange = async () => {
    if (gate.closed()) return;
    const { limit, ceiling, probeAt } = concurrency;
    const probeIn = inFlight >= limit && limit < ceiling ? probeAt - clock.now() : Infinity;
    change = new AbortController();
    await clock.sleep(Math.max(1, Math.min(probeIn, 60_000)), change.signal);
  };

  async function admitNext(): Promise<boolean> {
    while (await gate.pass()) {
      tryMore();
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
  }

  return {
    admit: () => line(admitNext),
    lineGone: () => line(() => undefined),
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
