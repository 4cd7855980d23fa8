/**
 * What a run notes of its stock saves walking through the plan, and must say what the walk says: after any runs
 * of any manifests, cut off anywhere, and after jobs were reopened in between.
 */
import { expect, test } from 'vitest';
import fc from '../fast-check.ts';
import type { Job } from '../../src/job/job.ts';
import type { JobPolicy } from '../../src/job/next-step.ts';
import { policyOf } from '../../src/job/next-step.ts';
import type { NamePart } from '../../src/manifest/manifest.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { makePlan } from '../../src/plan/plan.ts';
import type { Selection } from '../../src/plan/selection.ts';
import { everything } from '../../src/plan/selection.ts';
import type { RunOutcome } from '../../src/run/events.ts';
import { openStages, takeStock, takeStockByWalking } from '../../src/run/standing.ts';
import { forgetStock, stockFact } from '../../src/run/stock-note.ts';
import { manifestOf, seeds } from '../plan/manifests.ts';
import { accepted, noon, openAccount, runOn, song } from './account.ts';
import type { Disk } from './memory-store.ts';
import { emptyDisk, memoryStore, recordsOn } from './memory-store.ts';

interface Wish {
  readonly from: number;
  readonly jobs: number;
  readonly named: string;
  readonly attempts: number;
  readonly selection: Selection;
}

const wish: fc.Arbitrary<Wish> = fc.record({
  from: fc.integer({ min: 1, max: 3 }),
  jobs: fc.integer({ min: 1, max: 7 }),
  named: fc.constantFrom('', 's'),
  attempts: fc.integer({ min: 1, max: 2 }),
  selection: fc.constantFrom(
    everything,
    everything,
    { ...everything, shard: { index: 1, of: 2 } },
    { ...everything, skip: [{ axis: 'seed' as const, labels: ['2'] }] },
  ),
});

const chapter = fc.record({
  wish,
  maxJobs: fc.constantFrom(1, 3, Infinity),
  deadline: fc.constantFrom(150, 200_000, undefined),
  /** Of what was written, how much of it the crash leaves. */
  kept: fc.constantFrom(1, 1, 0.9, 0.5),
  reopens: fc.boolean(),
});

const manifestFor = ({ from, jobs, named, attempts }: Wish) => ({
  axes: [seeds(...Array.from({ length: jobs }, (_, index) => from + index))],
  retry: { attempts },
  output: { dir: '/out', name: [{ text: named }, { axis: 'seed' }] as readonly NamePart[] },
});

function planFor(wanted: Wish): Plan {
  const plan = makePlan(manifestOf(manifestFor(wanted)));
  if ('problems' in plan) throw new Error('the plan of this test is wrong');
  return plan;
}

/** A disk that knows in which order things came to it. */
function recordingDisk(): { readonly disk: Disk; readonly cut: (share: number) => Disk } {
  const disk = emptyDisk();
  const notes: { readonly after: number; readonly name: string; readonly value: string }[] = [];
  const facts = new Map<string, string>();
  const set = facts.set.bind(facts);
  facts.set = (name, value) => {
    notes.push({ after: disk.events.length, name, value });
    return set(name, value);
  };
  return {
    disk: { events: disk.events, facts },
    cut: (share) => {
      const left = Math.floor(disk.events.length * share);
      const told = notes.filter(({ after }) => after <= left);
      return {
        events: disk.events.slice(0, left),
        facts: new Map(told.map(({ name, value }) => [name, value])),
      };
    },
  };
}

function agree(disk: Disk, plan: Plan, selection: Selection, policy: JobPolicy): void {
  const store = memoryStore(disk);
  for (const hasEars of [false, true]) {
    const walked = takeStockByWalking(plan, selection, store, { ...policy, hasEars });
    const noted = takeStock(plan, selection, store, { ...policy, hasEars });
    expect({ ...noted, mark: undefined }).toEqual({ ...walked, mark: undefined });
    if (!noted.mark) continue;
    const { before, ...rest } = noted.mark;
    expect(walked.mark).toMatchObject(rest);
    expect(before).toBeLessThanOrEqual(walked.mark?.before ?? 0);
  }
}

async function reopenFailed(disk: Disk): Promise<void> {
  const store = memoryStore(disk);
  await forgetStock(store);
  for (const record of store.records(['failed'])) {
    const last = record.attempts.at(-1);
    if (last?.stage !== 'failed' || last.reopened) continue;
    await store.append(record.job, { type: 'reopened', at: last.endedAt + 1 });
  }
}

test('a note of the stock says what a walk through the plan would, and leaves no job out', async () => {
  let noted = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(chapter, { maxLength: 5 }),
      wish,
      fc.array(fc.boolean(), { maxLength: 12 }),
      async (chapters, last, failures) => {
        const account = openAccount();
        const fails = new Map<string, boolean>();
        const fates = [...failures].values();
        account.run = (make) => accepted(make());
        account.stateOf = (task, age) => {
          if (age < 90_000) return { kind: 'running' };
          if (!fails.has(task.id)) fails.set(task.id, fates.next().value ?? false);
          if (fails.get(task.id) === false) return song(task);
          return { kind: 'failed', reason: 'exit-code', exit: '1', message: '' };
        };
        let disk = emptyDisk();
        let now = noon;
        const all = [...chapters.map((one) => one.wish), last];
        for (const { wish: wanted, maxJobs, deadline, kept, reopens } of chapters) {
          const recorded = recordingDisk();
          recorded.disk.events.push(...disk.events);
          for (const [name, value] of disk.facts) recorded.disk.facts.set(name, value);
          const { end } = await runOn(account, recorded.disk, manifestFor(wanted), {
            start: now,
            selection: wanted.selection,
            maxJobs,
            ...(deadline !== undefined && { deadline }),
          });
          now = end + 60_000;
          disk = recorded.cut(kept);
          if (reopens) await reopenFailed(disk);
          if (disk.facts.get(stockFact)) noted++;
          for (const one of all) {
            const plan = planFor(one);
            agree(disk, plan, one.selection, policyOf(plan.manifest));
          }
        }
        const inFlight = new Set(
          [...memoryStore(disk).records(openStages)].map((record) => record.job.id),
        );
        const { outcome } = await runOn(account, disk, manifestFor(last), {
          start: now,
          selection: last.selection,
        });
        const { tally } = outcome as RunOutcome;
        expect(tally).toMatchObject({ waiting: 0, running: 0, fetching: 0 });
        const records = recordsOn(disk);
        for (const { job, standing } of plannedAs(last, disk)) {
          expect(['done', 'failed']).toContain(standing);
          const record = records.get(job.id);
          const attempt = record?.attempts.at(-1);
          expect(attempt).toBeDefined();
          // What was submitted just now was so as the manifest has it.
          const isNew = attempt !== undefined && attempt.intendedAt >= now;
          if (isNew && !inFlight.has(job.id)) expect(record?.job).toEqual(job);
        }
      },
    ),
    { numRuns: 100, seed: 20261123 },
  );
  expect(noted).toBeGreaterThan(40);
});

function plannedAs(wanted: Wish, disk: Disk) {
  const plan = planFor(wanted);
  const jobs: { readonly job: Job; readonly standing: string }[] = [];
  const see: Parameters<typeof takeStockByWalking>[4] = ({ planned, standing }) => {
    if (standing !== undefined) jobs.push({ job: planned.job(), standing });
  };
  takeStockByWalking(plan, wanted.selection, memoryStore(disk), policyOf(plan.manifest), see);
  return jobs;
}

test('what was in flight under an earlier name is bought again under that of today', async () => {
  const account = openAccount({ run: (make) => accepted(make()) });
  const disk = emptyDisk();
  const early: Wish = { from: 1, jobs: 2, named: '', attempts: 2, selection: everything };
  const today: Wish = { ...early, named: 's' };
  await runOn(account, disk, manifestFor(early), { deadline: 1000 });
  await runOn(account, disk, manifestFor(today), { start: noon + 2000, deadline: 1000 });
  account.stateOf = () => ({ kind: 'failed', reason: 'exit-code', exit: '1', message: '' });
  const { outcome } = await runOn(account, disk, manifestFor(today), {
    start: noon + 200_000,
    buysNothing: 'not today',
  });
  expect(outcome).toMatchObject({ tally: { waiting: 2 } });
  account.stateOf = (task) => song(task);
  await runOn(account, disk, manifestFor(today), { start: noon + 400_000 });
  const outputs = [...recordsOn(disk).values()].map(({ job }) => job.output);
  expect(outputs).toEqual(['s1', 's2']);
});

test('a task that nobody knows any more is asked for once in each run', async () => {
  const account = openAccount({ run: (make) => accepted(make()) });
  const disk = emptyDisk();
  const early = { ...everything, skip: [{ axis: 'seed' as const, labels: ['1', '2'] }] };
  const wanted: Wish = { from: 1, jobs: 4, named: '', attempts: 1, selection: everything };
  await runOn(account, disk, manifestFor(wanted), { selection: early, deadline: 1000 });
  account.tasks.splice(1);
  await runOn(account, disk, manifestFor(wanted), { start: noon + 100_000, buysNothing: 'no' });
  const asked = () => disk.events.filter(({ event }) => event.type === 'reopened').length;
  expect(asked()).toBe(0);
  const { outcome } = await runOn(account, disk, manifestFor(wanted), {
    start: noon + 400_000,
    tasks: 1,
  });
  expect(asked()).toBe(2);
  expect(outcome).toMatchObject({ tally: { done: 2, failed: 2 } });
});
