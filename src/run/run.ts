/**
 * The run: wires its parts together, runs all jobs (`feed.ts`), and says how it ended.
 */
import { haltReason } from '../job/halt.ts';
import type { Picodollars } from '../job/money.ts';
import type { Plan } from '../plan/plan.ts';
import type { Selection } from '../plan/selection.ts';
import { createAdmission } from './admission.ts';
import type { RunEvent, RunOutcome, StopReason } from './events.ts';
import type { Gate } from './gate.ts';
import { createGate } from './gate.ts';
import { runAll } from './feed.ts';
import type { RunPorts } from './ports.ts';
import type { Progress } from './progress.ts';
import { createProgress } from './progress.ts';
import { createSettler } from './settler.ts';
import { takeStock } from './standing.ts';
import type { JobRunner } from './run-job.ts';
import { createSubmitter } from './submission.ts';
import { createTurns } from './turns.ts';
import { createWatcher } from './watcher.ts';

export interface RunSettings {
  readonly plan: Plan;
  readonly selection: Selection;
  /** Tasks in flight at most. */
  readonly tasks: number;
  readonly budget?: Picodollars;
  /** Milliseconds from now after which nothing more is submitted and nothing waited for. */
  readonly deadline?: number;
  /** Jobs that this run may submit at most. */
  readonly maxJobs?: number;
  /** What the API says that a song costs. */
  readonly price?: Picodollars;
  /** Milliseconds that an accepted task may take to appear in the task list. */
  readonly settleGrace: number;
  /** Buy again what may have been bought, where the API does not tell: the user's explicit word. */
  readonly resubmitUnknown: boolean;
  /** Milliseconds without a refusal before one task more is tried than the API allowed. */
  readonly probeInterval: number;
}

/** The batch's own note of its dearest song: the worst that another one may cost. */
const dearestFact = 'dearest-song';

/**
 * @param interrupt aborted by the first Ctrl-C: nothing more is submitted, requests under way finish,
 *   tasks stay on the server for the next run
 */
export async function runBatch(
  settings: RunSettings,
  ports: RunPorts,
  interrupt: AbortSignal,
): Promise<RunOutcome> {
  const { plan, selection, price } = settings;
  const { retry, limits, halt, model } = plan.manifest;
  const { store, clock, api } = ports;

  const { tally } = takeStock(plan, selection, store, retry);
  const leaving = new AbortController();
  const gate = createGate(clock, (reason) => {
    progress.stopping(reason);
    if (mustLeave(reason)) leaving.abort(new Error(reason.message));
  });
  let ended = 0;
  let failed = 0;
  const progress = createProgress(tally, retry, (event: RunEvent) => {
    ports.emit(event);
    if (event.type === 'saved') ended++;
    if (event.type !== 'failed') return;
    ended++;
    failed++;
    const message = haltReason(halt, failed, ended);
    if (message !== undefined) gate.close({ kind: 'halt', message });
  });
  const dearest = store.fact(dearestFact);
  const admission = createAdmission(gate, clock, {
    tasks: settings.tasks,
    spent: tally.spent,
    probeInterval: settings.probeInterval,
    ...(settings.budget !== undefined && { budget: settings.budget }),
    ...(price !== undefined && { price }),
    ...(dearest !== undefined && { dearest: BigInt(dearest) }),
  });
  const submitter = createSubmitter(ports, gate, admission, progress.throttled);
  const settler = createSettler(api, clock, {
    model,
    grace: settings.settleGrace,
    isClaimed: store.claims,
    resubmitUnknown: settings.resubmitUnknown,
    signal: leaving.signal,
  });
  const runner: JobRunner = {
    ports,
    gate,
    admission,
    progress,
    submitter,
    settler,
    watcher: createWatcher(api, model, clock, progress.trouble),
    attempts: retry.attempts,
    taskTimeout: limits.taskTimeout,
    leave: leaving.signal,
    ...(plan.manifest.repeat > 1 && { turns: createTurns() }),
  };

  progress.tell({ type: 'started', plan, ...(price !== undefined && { price }) });
  const over = closeInTime(settings, gate, ports, interrupt);
  try {
    await runAll(settings, runner, (error) => {
      leaving.abort(error);
    });
  } finally {
    over.abort();
  }

  const known = admission.dearest();
  if (known !== undefined && gate.closed()?.kind !== 'disk') {
    await store.setFact(dearestFact, String(known));
  }
  const outcome = outcomeOf(settings, gate, progress, submitter.count());
  progress.tell({ type: 'finished', outcome });
  return outcome;
}

/** Whether what is in flight is left on the server, or waited for: it is paid either way. */
function mustLeave(reason: StopReason): boolean {
  switch (reason.kind) {
    case 'interrupted':
    case 'deadline':
    case 'disk':
      return true;
    case 'budget':
    case 'balance':
    case 'denied':
    case 'unreachable':
    case 'halt':
    case 'max-jobs':
    case 'in-doubt':
      return false;
  }
}

/** Closes the gate on the first Ctrl-C and at the deadline. Abort what it returns when the run is over. */
function closeInTime(
  { deadline }: RunSettings,
  gate: Gate,
  { clock }: RunPorts,
  interrupt: AbortSignal,
): AbortController {
  const over = new AbortController();
  const onInterrupt = () => {
    gate.close({ kind: 'interrupted', message: 'interrupted' });
  };
  if (interrupt.aborted) onInterrupt();
  interrupt.addEventListener('abort', onInterrupt, { signal: over.signal });
  if (deadline !== undefined) {
    void clock.sleep(deadline, over.signal).then(() => {
      if (over.signal.aborted) return;
      gate.close({ kind: 'deadline', message: `the deadline of ${deadline / 1000} s is reached` });
    });
  }
  return over;
}

function outcomeOf(
  { maxJobs }: RunSettings,
  gate: Gate,
  progress: Progress,
  submissions: number,
): RunOutcome {
  const tally = progress.tally();
  const left = tally.jobs - tally.done - tally.failed;
  const inDoubt = progress.inDoubt();
  const base = { tally, inDoubt, submissions };
  if (left === 0) return base;
  const reason = gate.closed();
  if (reason) return { ...base, stopped: reason };
  if (left === tally.waiting && maxJobs !== undefined) {
    const message = `${maxJobs} jobs were submitted, as many as --max-jobs allows`;
    return { ...base, stopped: { kind: 'max-jobs', message } };
  }
  const message = `${left} jobs could not be brought to an end`;
  return { ...base, stopped: { kind: 'in-doubt', message } };
}
