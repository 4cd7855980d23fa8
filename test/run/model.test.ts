/**
 * The run as a whole, against a server that loses answers and a process that dies between any two
 * steps: no job is ever bought while a task of it lives or was billed, and in the end every song is
 * there. Time is virtual and chance is seeded: a failure repeats itself.
 */
import { expect, test } from 'vitest';
import fc from '../fast-check.ts';
import type { SentParameters } from '../../src/manifest/parameters.ts';
import { callbackUrl } from '../../src/job/callback.ts';
import type { SongApi } from '../../src/job/song-api.ts';
import type { TaskReport, TaskState } from '../../src/job/task.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { makePlan } from '../../src/plan/plan.ts';
import { everything } from '../../src/plan/selection.ts';
import type { Outputs, RunPorts } from '../../src/run/ports.ts';
import type { RunEvent, RunOutcome } from '../../src/run/events.ts';
import { runBatch } from '../../src/run/run.ts';
import { manifestOf, seeds } from '../plan/manifests.ts';
import type { Disk } from './memory-store.ts';
import { emptyDisk, memoryStore, recordsOn } from './memory-store.ts';
import { createVirtualClock } from './virtual-clock.ts';

const cost = 5n;
const webhook = 'https://public.example/hook';

interface ServerTask {
  readonly id: string;
  readonly parameters: SentParameters;
  readonly createdAt: number;
  readonly endsAt: number;
  readonly succeeds: boolean;
  /** Somebody else's, who buys the same songs at the same time. */
  readonly isForeign?: boolean;
}

/** What becomes of a Run. */
type Fate = 'accept' | 'accept, answer lost' | 'lost' | 'not sent' | 'too many' | 'fails';

/** The account: it outlives every run. */
class Server {
  readonly tasks: ServerTask[] = [];
  readonly #fates: Iterator<Fate>;
  /** Milliseconds that a task takes to appear in the list. */
  readonly lag: number;
  /** Milliseconds that a Run waits on our side, after its intent and before it is sent. */
  readonly wait: number;
  /** How many of each song the manifest wants. */
  readonly copies: number;
  /** Submissions carry a mark, and another batch of the account buys whatever this one buys. */
  readonly hasRival: boolean;

  constructor(
    fates: readonly Fate[],
    lag: number,
    wait: number,
    copies: number,
    hasRival: boolean,
  ) {
    this.hasRival = hasRival;
    this.#fates = [...fates].values();
    this.lag = lag;
    this.wait = wait;
    this.copies = copies;
  }

  run(parameters: SentParameters, now: number): Awaited<ReturnType<SongApi['run']>> {
    const { value: fate = 'accept' } = this.#fates.next() as { value?: Fate };
    switch (fate) {
      case 'lost':
        return { kind: 'unknown', message: 'reset' };
      case 'not sent':
        return { kind: 'not-sent', message: 'connection refused' };
      case 'too many':
        return { kind: 'refused', code: 96, message: 'you can run up to 2 tasks' };
      case 'accept':
      case 'fails':
      case 'accept, answer lost': {
        const task = this.#create(parameters, now, fate !== 'fails');
        return fate === 'accept, answer lost'
          ? { kind: 'unknown', message: 'reset' }
          : { kind: 'accepted', taskId: task.id, token: `t${task.id}` };
      }
    }
  }

  #create(parameters: SentParameters, now: number, succeeds: boolean): ServerTask {
    const same = this.tasks.filter(
      (task) => !task.isForeign && task.parameters['seed'] === parameters['seed'],
    );
    // The promise: no task of this job lives, none was billed.
    const paid = same.filter((task) => task.succeeds || task.endsAt > now);
    expect(paid.length).toBeLessThan(this.copies);
    const id = String(this.tasks.length + 1);
    const task = { id, parameters, createdAt: now, endsAt: now + 90_000, succeeds };
    if (this.hasRival) {
      const marked = { ...parameters, callbackUrl: callbackUrl(webhook, 'f'.repeat(32)) };
      this.tasks.push({ ...task, id: `${id} foreign`, parameters: marked, isForeign: true });
    }
    this.tasks.push(task);
    return task;
  }

  report(task: ServerTask, now: number): TaskReport {
    const hasEnded = now >= task.endsAt;
    const url = `https://cdn.example/${task.id}.wav`;
    const state: TaskState = !hasEnded
      ? { kind: 'running' }
      : task.succeeds
        ? { kind: 'succeeded', outputs: [{ name: '0.wav', url }] }
        : { kind: 'failed', reason: 'exit-code', exit: '1', message: '' };
    return {
      id: task.id,
      token: `t${task.id}`,
      status: 'any',
      state,
      cost: hasEnded && task.succeeds ? cost : 0n,
      createdAt: Math.floor(task.createdAt / 1000),
      parameters: task.parameters,
    };
  }
}

/** A process that dies at its n-th step; `during`: the step had its effect, but nobody learnt of it. */
interface Crash {
  readonly atStep: number;
  readonly during: boolean;
}

const dead = new Promise<never>(() => undefined);

function portsOf(server: Server, disk: Disk, start: number, crash: Crash | undefined) {
  const clock = createVirtualClock(start);
  const events: RunEvent[] = [];
  let marks = 0;
  let steps = 0;
  const step = async <Value>(effect: () => Value | Promise<Value>): Promise<Value> => {
    steps++;
    if (crash && steps > crash.atStep) return dead;
    if (!crash || steps < crash.atStep) return effect();
    if (crash.during) await effect();
    clock.stop();
    return dead;
  };

  const store = memoryStore(disk);
  const byNewest = () =>
    server.tasks.filter((task) => task.createdAt + server.lag <= clock.now()).toReversed();
  const api: SongApi = {
    run: async (_, parameters) => {
      await clock.sleep(server.wait);
      const answer = await step(() => server.run(parameters, clock.now()));
      // Others settle their doubts while this answer is on its way.
      await clock.sleep(1000);
      return answer;
    },
    task: (id) =>
      step(() => {
        const task = server.tasks.find((candidate) => candidate.id === id);
        return task && server.report(task, clock.now());
      }),
    tasks: (_, { start: first, limit }) =>
      step(() => ({
        total: byNewest().length,
        tasks: byNewest()
          .slice(first, first + limit)
          .map((task) => server.report(task, clock.now())),
      })),
    cancel: () => Promise.resolve({ kind: 'stopped' }),
    kill: () => Promise.resolve({ kind: 'stopped' }),
    price: () => Promise.resolve({}),
    upload: () => Promise.reject(new Error('no uploads here')),
    clockSkew: () => undefined,
    close: () => Promise.resolve(),
  };
  const outputs: Outputs = {
    fetch: (output, { name }) =>
      step(() => ({
        kind: 'saved',
        file: { path: `${name}.wav`, bytes: 1, sha256: output.url, mediaType: 'audio/wav' },
      })),
    isPresent: () => Promise.resolve(true),
    missingOf: () => [],
  };
  const ports: RunPorts = {
    api,
    store: { ...store, append: (job, event) => step(() => store.append(job, event)) },
    outputs,
    clock,
    ...(server.hasRival && {
      callbackUrl: () => callbackUrl(webhook, `${start + marks++}`.padStart(32, '0')),
    }),
    emit: (event) => {
      events.push(event);
      const { jobs, spent: _, ...standing } = event.tally;
      const parts = Object.values(standing);
      expect(parts.every((part) => part >= 0)).toBe(true);
      expect(parts.reduce((sum, part) => sum + part, 0)).toBe(jobs);
    },
  };
  return { ports, clock, events };
}

function planOf(jobs: number, copies: number): Plan {
  const axis = seeds(...Array.from({ length: jobs }, (_, index) => index));
  const plan = makePlan(
    manifestOf({
      axes: [axis],
      repeat: copies,
      retry: { attempts: 10 },
      output: { dir: '/out', name: [{ axis: 'seed' }] },
    }),
  );
  if ('problems' in plan) throw new Error('the plan of this test is wrong');
  return plan;
}

async function runOnce(plan: Plan, server: Server, disk: Disk, start: number, crash?: Crash) {
  const { ports, clock } = portsOf(server, disk, start, crash);
  const settings = {
    plan,
    selection: everything,
    tasks: 3,
    settleGrace: 10_000,
    resubmitUnknown: false,
  };
  const outcome = await clock.drive(runBatch(settings, ports, new AbortController().signal));
  return { outcome, end: clock.now() };
}

const fate = fc.oneof(
  { weight: 6, arbitrary: fc.constant<Fate>('accept') },
  { weight: 3, arbitrary: fc.constant<Fate>('accept, answer lost') },
  { weight: 1, arbitrary: fc.constantFrom<Fate>('lost', 'not sent', 'too many', 'fails') },
);
const crash = fc.record({ atStep: fc.integer({ min: 1, max: 40 }), during: fc.boolean() });

test('nothing is bought twice and nothing is lost, wherever the process dies and whatever answers are lost', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fate, { maxLength: 20 }),
      fc.array(crash, { maxLength: 8 }),
      fc.integer({ min: 1, max: 6 }),
      fc.constantFrom(1, 2),
      fc.constantFrom(0, 4000),
      fc.constantFrom(0, 20_000),
      fc.boolean(),
      async (fates, crashes, seedCount, copies, lag, wait, hasRival) => {
        const plan = planOf(seedCount, copies);
        const { jobs } = plan;
        // An earlier song of somebody else: the list is never empty, so that it can prove something.
        const server = new Server(fates, lag, wait, copies, hasRival);
        server.tasks.push({
          id: 'x',
          parameters: { seed: 'other' },
          createdAt: 0,
          endsAt: 1,
          succeeds: true,
        });
        const disk = emptyDisk();
        let now = 1_700_000_000_000;
        for (const moment of crashes) {
          const { outcome, end } = await runOnce(plan, server, disk, now, moment);
          now = end + 1000;
          if (outcome !== 'stuck') break;
        }
        const { outcome } = await runOnce(plan, server, disk, now);
        const { tally, stopped } = outcome as RunOutcome;
        expect(stopped).toBeUndefined();
        expect(tally).toMatchObject({ jobs, done: jobs, failed: 0 });

        const billed = server.tasks.filter(
          ({ id, succeeds, isForeign }) => id !== 'x' && succeeds && !isForeign,
        );
        expect(billed).toHaveLength(jobs);
        const foreign = server.tasks.filter(({ isForeign }) => isForeign);
        expect(foreign.filter(({ id }) => memoryStore(disk).claims(id))).toEqual([]);
        expect(tally.spent).toBe(BigInt(jobs) * cost);
        const saved = [...recordsOn(disk).values()].map(({ attempts }) => attempts.at(-1)?.stage);
        expect(saved).toEqual(Array.from({ length: jobs }, () => 'saved'));
      },
    ),
    { numRuns: 500, seed: 20261122 },
  );
});
