/** An account on a scripted server, on a virtual clock: what becomes of each Run is the test's to say. */
import { callbackUrl } from '../../src/job/callback.ts';
import type { SentParameters } from '../../src/manifest/parameters.ts';
import type { RunAnswer, SongApi } from '../../src/job/song-api.ts';
import type { TaskReport, TaskState } from '../../src/job/task.ts';
import type { Manifest } from '../../src/manifest/manifest.ts';
import { makePlan } from '../../src/plan/plan.ts';
import { everything } from '../../src/plan/selection.ts';
import type { RunOutcome } from '../../src/run/events.ts';
import type { RunSettings } from '../../src/run/run.ts';
import { runBatch } from '../../src/run/run.ts';
import { manifestOf } from '../plan/manifests.ts';
import type { Disk } from './memory-store.ts';
import { memoryStore } from './memory-store.ts';
import { createVirtualClock } from './virtual-clock.ts';

export const noon = 1_700_000_000_000;

export interface AccountTask {
  readonly id: string;
  readonly model: string;
  readonly parameters: SentParameters;
  readonly createdAt: number;
}

export interface Account {
  /** Oldest first. */
  readonly tasks: AccountTask[];
  /** What the server does with a Run, and what it answers; `make` makes the task. */
  run: (make: () => AccountTask, parameters: SentParameters) => RunAnswer;
  /** Where a task stands so many milliseconds after it was made. */
  stateOf: (task: AccountTask, age: number) => TaskState;
  costOf: (task: AccountTask) => bigint;
  /** What the list says of a task's parameters. */
  echo: (parameters: SentParameters) => Readonly<Record<string, unknown>>;
}

export const song = (task: AccountTask): TaskState => ({
  kind: 'succeeded',
  outputs: [{ name: '0.wav', url: `https://cdn.example/${task.id}.wav` }],
});

export const accepted = ({ id }: AccountTask): RunAnswer => ({
  kind: 'accepted',
  taskId: id,
  token: id,
});

export const lost: RunAnswer = { kind: 'unknown', message: 'connection reset' };

/** Everything is accepted; tasks take three minutes. There is a task of somebody else's in the list. */
export function openAccount(changes: Partial<Account> = {}): Account {
  const other = { id: 'other', model: 'any', parameters: { seed: 'x' }, createdAt: noon - 1e7 };
  return {
    tasks: [other],
    run: (make) => accepted(make()),
    stateOf: (task, age) => (age < 180_000 ? { kind: 'running' } : song(task)),
    costOf: () => 5n,
    echo: (parameters) => parameters,
    ...changes,
  };
}

export async function runOn(
  account: Account,
  disk: Disk,
  manifest: Partial<Manifest>,
  settings: Partial<RunSettings> & {
    readonly start?: number;
    readonly webhook?: string;
    /** Milliseconds that a song takes to come home. */
    readonly fetching?: number;
    /** Milliseconds that it takes to measure one; absent: there are no ears. */
    readonly measuring?: number;
    readonly interrupt?: AbortSignal;
    /** Paths of songs that have disappeared from the disk. */
    readonly lost?: readonly string[];
  } = {},
): Promise<{
  readonly outcome: RunOutcome | 'stuck';
  readonly end: number;
  readonly troubles: readonly string[];
  /** Requests that would stop a task. */
  readonly stops: number;
  /** Names under which songs were downloaded. */
  readonly fetched: readonly string[];
  /** Paths of songs that were measured, or begun with. */
  readonly heard: readonly string[];
}> {
  const {
    webhook,
    fetching,
    measuring,
    interrupt = new AbortController().signal,
    lost = [],
  } = settings;
  const troubles: string[] = [];
  const fetched: string[] = [];
  const heard: string[] = [];
  let marks = 0;
  let stops = 0;
  const stop = () => {
    stops++;
    return Promise.resolve({ kind: 'stopped' } as const);
  };
  const clock = createVirtualClock(settings.start ?? noon);
  const report = (task: AccountTask): TaskReport => {
    const state = account.stateOf(task, clock.now() - task.createdAt);
    return {
      id: task.id,
      token: task.id,
      status: 'any',
      state,
      cost: state.kind === 'succeeded' ? account.costOf(task) : 0n,
      createdAt: Math.floor(task.createdAt / 1000),
      parameters: account.echo(task.parameters),
    };
  };
  const api: SongApi = {
    run: async (model, parameters) => {
      await clock.sleep(100);
      const make = () => {
        const id = String(account.tasks.length);
        const task = { id, model, parameters, createdAt: clock.now() };
        account.tasks.push(task);
        return task;
      };
      return account.run(make, parameters);
    },
    task: (id) => Promise.resolve(account.tasks.filter((task) => task.id === id).map(report)[0]),
    tasks: (model, { start, limit }) => {
      const listed = account.tasks.filter((task) => task.model === model || task.model === 'any');
      return Promise.resolve({
        total: listed.length,
        tasks: listed
          .toReversed()
          .slice(start, start + limit)
          .map(report),
      });
    },
    cancel: stop,
    kill: stop,
    price: () => Promise.resolve({}),
    upload: () => Promise.reject(new Error('no uploads here')),
    clockSkew: () => undefined,
    close: () => Promise.resolve(),
  };
  const plan = makePlan(manifestOf(manifest));
  if ('problems' in plan) throw new Error(plan.problems.map(({ message }) => message).join());
  const outcome = await clock.drive(
    runBatch(
      {
        plan,
        selection: everything,
        tasks: 3,
        settleGrace: 10_000,
        resubmitUnknown: false,
        ...settings,
      },
      {
        api,
        store: memoryStore(disk),
        outputs: {
          fetch: async (output, { name }) => {
            fetched.push(name);
            if (fetching !== undefined) await clock.sleep(fetching);
            return {
              kind: 'saved',
              file: { path: name, bytes: 1, sha256: output.url, mediaType: 'audio/wav' },
            };
          },
          isPresent: ({ path }) => Promise.resolve(!lost.includes(path)),
          missingOf: (files) => [...files].filter(({ path }) => lost.includes(path)),
        },
        ...(measuring !== undefined && {
          ears: {
            measure: async ({ path }, signal) => {
              heard.push(path);
              await clock.sleep(measuring, signal);
              signal.throwIfAborted();
              return { kind: 'unmeasurable', cause: 'machine', why: 'nobody knows' };
            },
          },
        }),
        clock,
        emit: (event) => {
          if (event.type === 'trouble') troubles.push(event.message);
        },
        ...(webhook !== undefined && {
          callbackUrl: () => callbackUrl(webhook, (++marks).toString(16).padStart(32, '0')),
        }),
      },
      interrupt,
    ),
  );
  return { outcome, end: clock.now(), troubles, stops, fetched, heard };
}
