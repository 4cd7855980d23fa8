/** What a run looks like at a moment, gathered from its events: what every display of progress shows. */
import { dearer } from '../job/budget.ts';
import type { Job, JobId } from '../job/job.ts';
import type { Picodollars } from '../job/money.ts';
import type { InFlightChoice, RunEvent, RunLimits, StopReason, Tally } from '../run/events.ts';
import { purchases, timeLeft } from './forecast.ts';
import { createLearnt } from './learnt.ts';

/** Times are in milliseconds. What is absent is not known (yet). */
export interface RunView {
  /** Of the batch. */
  readonly name: string;
  readonly tally: Tally;
  readonly limits: RunLimits;
  readonly elapsed: number;
  /** Tasks at once, and why fewer than the user allows: code 96, or one more tried after it. */
  readonly atOnce: AtOnce;
  /** The budget has no room before some bills have come. */
  readonly isHeld: boolean;
  /** No Run is sent for so long. */
  readonly paused?: { readonly left: number; readonly message: string };
  readonly stopping?: { readonly reason: StopReason; readonly inFlight: InFlightChoice };
  readonly isFinished: boolean;
  /** Jobs that ended in a minute, lately. */
  readonly perMinute?: number;
  /** How long a task takes. */
  readonly usual?: number;
  /** Until the run is over. */
  readonly timeLeft?: number;
  /** What will end the run before all jobs are done. */
  readonly endedBy?: 'budget' | 'max-jobs' | 'deadline';
  /** Jobs that it will still submit. */
  readonly toSubmit: number;
  /** What the batch will have cost then. */
  readonly total?: Picodollars;
  /** Those that this run submitted, the oldest first. Asked for: there may be ten thousand, and few displays name them. */
  readonly inFlight: () => readonly { readonly output: string; readonly age: number }[];
  /** The last thing that went wrong. */
  readonly trouble?: { readonly message: string; readonly age: number };
}

interface AtOnce {
  readonly limit: number;
  readonly why?: 'refused' | 'probing';
}

export interface RunPicture {
  readonly see: (event: RunEvent) => void;
  /** Undefined before the first event. */
  readonly view: () => RunView | undefined;
}

/** @param now milliseconds on any clock */
export function createRunPicture(now: () => number): RunPicture {
  const learnt = createLearnt();
  const inFlight = new Map<JobId, { readonly job: Job; readonly since: number }>();
  /** Kept only where it counts: a run may have a million jobs. */
  const submitted = new Set<JobId>();
  let started: Extract<RunEvent, { type: 'started' }> | undefined;
  let startedAt = 0;
  let hasSubmitted = false;
  let ended = 0;
  let latest: Tally | undefined;
  let atOnce: AtOnce = { limit: 1 };
  let isHeld = false;
  let paused: { readonly until: number; readonly message: string } | undefined;
  let stopping: RunView['stopping'];
  let trouble: { readonly message: string; readonly at: number } | undefined;
  let isFinished = false;

  /** Returns when the task was submitted, if that was in this run. */
  const takeOut = (job: Job): number | undefined => {
    const task = inFlight.get(job.id);
    inFlight.delete(job.id);
    return task?.since;
  };

  /** Jobs that this run has done, with what is in flight by its age. */
  function workAt({ fetching }: Tally, at: number, usual: number): number {
    let work = ended + fetching;
    for (const { since } of inFlight.values()) work += Math.min(1, (at - since) / usual);
    return work;
  }

  function noteWork(tally: Tally, at: number): void {
    learnt.reached(at, () => {
      const usual = learnt.usualDuration(atOnce.limit);
      return usual === undefined ? undefined : workAt(tally, at, usual);
    });
  }

  function see(event: RunEvent): void {
    const at = now();
    latest = event.tally;
    switch (event.type) {
      case 'started':
        started = event;
        startedAt = at;
        atOnce = { limit: event.limits.tasks };
        break;
      case 'submitted':
        if (!hasSubmitted) learnt.reached(at, () => ended);
        hasSubmitted = true;
        if (started?.limits.maxJobs !== undefined) submitted.add(event.job.id);
        inFlight.set(event.job.id, { job: event.job, since: at });
        isHeld = false;
        paused = undefined;
        break;
      case 'ended': {
        const since = takeOut(event.job);
        learnt.billed(event.cost, since === undefined ? undefined : at - since);
        break;
      }
      case 'retrying':
        takeOut(event.job);
        break;
      case 'saved':
      case 'failed':
        takeOut(event.job);
        ended++;
        if (hasSubmitted) noteWork(event.tally, at);
        break;
      case 'throttled':
        atOnce = { limit: event.limit, why: 'refused' };
        break;
      case 'raised': {
        const { limit } = event;
        atOnce = limit < (started?.limits.tasks ?? 0) ? { limit, why: 'probing' } : { limit };
        break;
      }
      case 'held':
        isHeld = true;
        break;
      case 'paused':
        paused = { until: at + event.pause, message: event.message };
        trouble = { message: event.message, at };
        break;
      case 'trouble':
        trouble = { message: event.message, at };
        break;
      case 'in-doubt':
        trouble = { message: `${event.job.output}: ${event.message}`, at };
        break;
      case 'stopping':
        stopping = { reason: event.reason, inFlight: event.inFlight };
        break;
      case 'finished':
        isFinished = true;
        break;
    }
  }

  function view(): RunView | undefined {
    if (!started || !latest) return undefined;
    const at = now();
    const { limits, plan } = started;
    const ahead = lookAhead(latest, limits, at);
    return {
      name: plan.manifest.name,
      tally: latest,
      limits,
      elapsed: at - startedAt,
      atOnce,
      isHeld,
      ...(paused && paused.until > at && { paused: { ...paused, left: paused.until - at } }),
      ...(stopping && { stopping }),
      isFinished,
      ...ahead,
      inFlight: () =>
        Array.from(inFlight.values(), ({ job: { output }, since }) => ({
          output,
          age: Math.max(0, at - since),
        })),
      ...(trouble && { trouble: { message: trouble.message, age: at - trouble.at } }),
    };
  }

  type Ahead = Pick<RunView, 'perMinute' | 'usual' | 'timeLeft' | 'endedBy' | 'toSubmit' | 'total'>;

  function lookAhead(tally: Tally, limits: RunLimits, at: number): Ahead {
    const { spent, running, doubt, done, fetching } = tally;
    const unbilled = running + doubt;
    // What earlier runs paid is the last thing to go by.
    const before = done + fetching > 0 ? spent / BigInt(done + fetching) : 0n;
    const price = learnt.usualBill() ?? started?.price ?? (before > 0n ? before : undefined);
    const worst = dearer(learnt.dearestBill(), started?.price);
    const purse = {
      spent,
      unbilled,
      waiting: stopping ? 0 : tally.waiting,
      submitted: submitted.size,
      ...(price !== undefined && { price }),
      ...(worst !== undefined && { worst }),
    };
    const bought = purchases(purse, limits);
    const totalWith = (jobs: number) =>
      price !== undefined && { total: spent + price * BigInt(unbilled + jobs) };

    const usual = learnt.usualDuration(atOnce.limit);
    if (usual === undefined) {
      return {
        ...(bought.endedBy && { endedBy: bought.endedBy }),
        toSubmit: bought.jobs,
        ...totalWith(bought.jobs),
      };
    }
    const pace = hasSubmitted ? learnt.pace(workAt(tally, at, usual), at) : undefined;
    // Of earlier runs, or in doubt: their age is not known here.
    const others = Math.max(0, unbilled - inFlight.size);
    const ages = Array.from(inFlight.values(), ({ since }) => Math.max(0, at - since));
    const needed = timeLeft({
      waiting: bought.jobs,
      slots: atOnce.limit,
      usual,
      ages: [...ages, ...new Array<number>(others).fill(0)],
      ...(pace?.isSteady && { pace: pace.rate }),
    });
    const given = Math.max(0, startedAt + (limits.deadline ?? Infinity) - at);
    const isCutOff = given < needed;
    const endedBy = isCutOff ? 'deadline' : bought.endedBy;
    const toSubmit = isCutOff ? Math.floor((bought.jobs * given) / needed) : bought.jobs;
    return {
      usual,
      ...(pace && { perMinute: pace.rate * 60_000 }),
      timeLeft: Math.min(needed, given),
      ...(endedBy && { endedBy }),
      toSubmit,
      ...totalWith(toSubmit),
    };
  }

  return { see, view };
}
