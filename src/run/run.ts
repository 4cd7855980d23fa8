/**
 * The run: wires its parts together, runs all jobs (`feed.ts`), and says how it ended.
 */
import { requestsAtOnce } from '../job/concurrency.ts';
import { count } from '../job/count.ts';
import { haltReason } from '../job/halt.ts';
import type { Picodollars } from '../job/money.ts';
import { policyOf, type JobPolicy } from '../job/next-step.ts';
import type { Plan } from '../plan/plan.ts';
import type { Selection } from '../plan/selection.ts';
import { createAdmission } from './admission.ts';
import type { InFlightChoice, RunEvent, RunLimits, RunOutcome, StopReason } from './events.ts';
import type { Gate } from './gate.ts';
import { createGate } from './gate.ts';
import { runAll } from './feed.ts';
import type { RunPorts } from './ports.ts';
import type { Progress } from './progress.ts';
import { createProgress } from './progress.ts';
import { createSettler } from './settler.ts';
import { dearestFact, keepStock, type Stock } from './standing.ts';
import type { BatchRunner } from './run-job.ts';
import { createSubmitter } from './submission.ts';
import { createTurns } from './turns.ts';
import { createUploads } from './uploads.ts';
import { createWatcher } from './watcher.ts';

export interface RunSettings extends RunLimits {
  readonly plan: Plan;
  readonly selection: Selection;
  /** The budget is what an approved plan may cost: it is called by that name. */
  readonly isBudgetApproved?: true;
  /** What the API says that a song costs. */
  readonly price?: Picodollars;
  /**
   * Runs on their way to the API at once, at most; as the manifest's rate allows (`requestsAtOnce`) unless given.
   * More would wait for that rate, and others behind them.
   */
  readonly runsAtOnce?: number;
  /** Milliseconds that an accepted task may take to appear in the task list. */
  readonly settleGrace: number;
  /** Buy again what may have been bought, where the API does not tell: the user's explicit word. */
  readonly resubmitUnknown: boolean;
  /** Why nothing may be bought: only what is in flight is brought home. */
  readonly buysNothing?: string;
}

/**
 * Makes the batch, or goes on with it.
 *
 * @param interrupt aborted by the first Ctrl-C: nothing more is submitted, requests under way finish.
 *   Its reason says what becomes of tasks in flight (`InFlightChoice`; "leave" if it is another).
 * @param stock what `keepStock` has just found, by `policyOfRun`; it is taken here unless given
 */
export function runBatch(
  settings: RunSettings,
  ports: RunPorts,
  interrupt: AbortSignal,
  stock?: Stock,
): Promise<RunOutcome> {
  const { buysNothing: message } = settings;
  const closedBy = message === undefined ? undefined : ({ kind: 'refused', message } as const);
  return work(settings, ports, interrupt, { closedBy, stock });
}

/**
 * Stops every task of the batch that is in flight, and submits nothing. What ended in the meantime is
 * brought home: it is paid for.
 */
export function cancelBatch(
  settings: RunSettings,
  ports: RunPorts,
  interrupt: AbortSignal,
): Promise<RunOutcome> {
  const closedBy = { kind: 'cancelled', message: 'cancelled by you' } as const;
  return work(settings, ports, interrupt, { closedBy });
}

/** By what a run judges the jobs of a plan. */
export function policyOfRun({ manifest }: Plan, { ears }: RunPorts): JobPolicy {
  return { ...policyOf(manifest), hasEars: ears !== undefined };
}

interface Start {
  /** Set: only what is in flight is dealt with. */
  readonly closedBy?: StopReason | undefined;
  readonly stock?: Stock | undefined;
}

async function work(
  settings: RunSettings,
  ports: RunPorts,
  interrupt: AbortSignal,
  { closedBy, stock }: Start,
): Promise<RunOutcome> {
  const { plan, selection, price } = settings;
  const { halt, limits: written, model } = plan.manifest;
  const { store, clock, api } = ports;

  const policy = policyOfRun(plan, ports);
  const { tally, strays, mark } = stock ?? (await keepStock(plan, selection, store, policy));
  const leaving = new AbortController();
  const leave = (error: unknown) => {
    leaving.abort(error);
  };
  const cancelling = new AbortController();
  const gate = createGate(clock, (reason) => {
    const choice = inFlightChoice(reason);
    progress.stopping(reason, choice);
    if (choice === 'leave') leaving.abort(new Error(reason.message));
    if (choice === 'cancel') cancelling.abort(new Error(reason.message));
  });
  let ended = 0;
  let failed = 0;
  const progress = createProgress(tally, policy, (event: RunEvent) => {
    ports.emit(event);
    if (event.type === 'saved') ended++;
    if (event.type !== 'failed') return;
    ended++;
    failed++;
    const message = haltReason(halt, failed, ended);
    if (message !== undefined) gate.close({ kind: 'halt', message });
  });
  const grace = settings.settleGrace;
  const watcherOf = perModel((model) =>
    createWatcher(api, clock, {
      model,
      grace,
      hints: ports.hints,
      leave: AbortSignal.any([leaving.signal, cancelling.signal]),
      onTrouble: progress.trouble,
    }),
  );
  const settlerOf = perModel((model) =>
    createSettler(api, clock, {
      model,
      grace,
      claimed: (taskIds) => new Set(taskIds.filter(store.claims)),
      resubmitUnknown: settings.resubmitUnknown,
      signal: leaving.signal,
    }),
  );
  const dearest = store.fact(dearestFact);
  const admission = createAdmission(gate, clock, {
    tasks: settings.tasks,
    runs: settings.runsAtOnce ?? requestsAtOnce(written.requestsPerSecond),
    spent: tally.spent,
    probeInterval: () => probeInterval(watcherOf(model).usualDuration()),
    ...(settings.budget !== undefined && { budget: settings.budget }),
    ...(settings.isBudgetApproved && { isBudgetApproved: settings.isBudgetApproved }),
    ...(price !== undefined && { price }),
    ...(dearest !== undefined && { dearest: BigInt(dearest) }),
    onDearest: (cost) => {
      store.setFact(dearestFact, String(cost)).catch(leave);
    },
    onRaised: progress.raised,
    onHeld: progress.held,
  });
  const submitter = createSubmitter(ports, {
    gate,
    admission,
    maxJobs: settings.maxJobs ?? Infinity,
    sending: (model, run) => settlerOf(model).sending(run),
    onThrottled: progress.throttled,
    onPaused: progress.paused,
    onTrouble: progress.trouble,
    urlOf: createUploads(ports, gate.signal, progress.trouble),
  });
  const runner: BatchRunner = {
    ports,
    gate,
    admission,
    progress,
    submitter,
    settlerOf,
    watcherOf,
    policy,
    taskTimeout: written.taskTimeout,
    cancel: cancelling.signal,
    leave: leaving.signal,
    turns: createTurns(),
    mayBuy: (id) => !strays.has(id),
  };

  const limits = limitsOf(settings);
  progress.tell({ type: 'started', plan, limits, ...(price !== undefined && { price }) });
  const over = closeInTime(settings, gate, ports, interrupt, leaving);
  try {
    if (closedBy) gate.close(closedBy);
    await runAll(settings, runner, mark, leave);
  } finally {
    over.abort();
  }

  const outcome = outcomeOf(settings, gate, progress, { strays, submissions: submitter.count() });
  progress.tell({ type: 'finished', outcome });
  return outcome;
}

function limitsOf({ tasks, budget, deadline, maxJobs }: RunSettings): RunLimits {
  return {
    tasks,
    ...(budget !== undefined && { budget }),
    ...(deadline !== undefined && { deadline }),
    ...(maxJobs !== undefined && { maxJobs }),
  };
}

/** One for each model that jobs of the batch have or had. */
function perModel<Value>(create: (model: string) => Value): (model: string) => Value {
  const made = new Map<string, Value>();
  return (model) => {
    const known = made.get(model) ?? create(model);
    made.set(model, known);
    return known;
  };
}

/** Ten probes in the time that a task takes; at least one in 15 s, at most one a second. */
function probeInterval(usualDuration = 150_000): number {
  return Math.min(15_000, Math.max(1000, usualDuration / 10));
}

function inFlightChoice(reason: StopReason): InFlightChoice {
  switch (reason.kind) {
    case 'interrupted':
      return reason.inFlight;
    case 'cancelled':
      return 'cancel';
    case 'deadline':
    case 'disk':
      return 'leave';
    case 'budget':
    case 'balance':
    case 'denied':
    case 'unreachable':
    case 'halt':
    case 'max-jobs':
    case 'refused':
    case 'in-doubt':
      return 'drain';
  }
}

/** Closes the gate on the first Ctrl-C and at the deadline. Abort what it returns when the run is over. */
function closeInTime(
  { deadline }: RunSettings,
  gate: Gate,
  { clock }: RunPorts,
  interrupt: AbortSignal,
  leaving: AbortController,
): AbortController {
  const over = new AbortController();
  const onInterrupt = () => {
    const { reason } = interrupt as { reason: unknown };
    const inFlight = reason === 'drain' || reason === 'cancel' ? reason : 'leave';
    const message = 'interrupted';
    // Closed already, and still waiting for what is in flight: whoever interrupts has waited enough.
    if (gate.closed() && inFlight === 'leave') leaving.abort(new Error(message));
    gate.close({ kind: 'interrupted', message, inFlight });
  };
  if (interrupt.aborted) onInterrupt();
  interrupt.addEventListener('abort', onInterrupt, { signal: over.signal });
  if (deadline !== undefined) {
    void clock.sleep(deadline, over.signal).then(() => {
      if (over.signal.aborted) return;
      const message = `the deadline of ${deadline / 1000} s is reached`;
      if (gate.closed()) leaving.abort(new Error(message));
      gate.close({ kind: 'deadline', message });
    });
  }
  return over;
}

function outcomeOf(
  { maxJobs }: RunSettings,
  gate: Gate,
  progress: Progress,
  rest: Pick<RunOutcome, 'strays' | 'submissions'>,
): RunOutcome {
  const tally = progress.tally();
  const left = tally.jobs - tally.done - tally.failed;
  const inDoubt = progress.inDoubt();
  const base = { tally, inDoubt, ...rest };
  if (left === 0) return base;
  const reason = gate.closed();
  if (reason) return { ...base, stopped: reason };
  if (left === tally.waiting && maxJobs !== undefined) {
    const message = `${count(maxJobs, 'job')} submitted, as many as --max-jobs allows`;
    return { ...base, stopped: { kind: 'max-jobs', message } };
  }
  const message = `${count(left, 'job')} could not be brought to an end`;
  return { ...base, stopped: { kind: 'in-doubt', message } };
}
