import { describe, expect, it } from 'vitest';
import fc from '../fast-check.ts';
import { isWorthAnotherLook } from '../../src/job/failure.ts';
import { apply, type JobEvent, type JobRecord } from '../../src/job/history.ts';
import { reconcile, type Conflict, type History } from '../../src/job/reconcile.ts';
import { handful, possible, type Handful } from '../state/histories.ts';
import { songJob } from '../state/songs.ts';

const job = songJob(1);

function history(...events: readonly JobEvent[]): History {
  const fresh: JobRecord = { job, attempts: [] };
  return { events, record: events.reduce(apply, fresh) };
}

/** The events of a job whose task is called so, as one machine saw them from `at` on. */
function life(taskId: string, at = 1000) {
  const sha256 = 'ab'.repeat(32);
  const file = { path: 'neon/1.mp3', bytes: 10, sha256, mediaType: 'audio/mpeg' };
  return {
    intended: { type: 'intended', at },
    accepted: { type: 'accepted', at: at + 1, taskId, token: 't', adopted: false },
    withdrawn: { type: 'withdrawn', at: at + 1, why: 'not sent' },
    failed: { type: 'failed', at: at + 2, failure: { reason: 'timeout' }, cost: 0n },
    billed: {
      type: 'failed',
      at: at + 2,
      failure: { reason: 'exit-code', exit: '1', message: '' },
      cost: 7n,
    },
    succeeded: { type: 'succeeded', at: at + 2, cost: 5n, outputs: [] },
    saved: { type: 'saved', at: at + 3, files: [file] },
    other: { type: 'saved', at: at + 3, files: [{ ...file, sha256: 'cd'.repeat(32) }] },
  } as const satisfies Record<string, JobEvent>;
}

/** Positions of the winners, or kinds of conflict, with the histories in this order and in the other. */
function verdicts(one: History, other: History): readonly (number | Conflict['kind'])[] {
  return [reconcile([one, other]), reconcile([other, one])].map((verdict) =>
    verdict.kind === 'agreed' ? verdict.winner : verdict.why.kind,
  );
}

describe('of two histories of one job', () => {
  const a = life('a');
  const b = life('b', 5000);

  it.each<[string, History, History]>([
    [
      'the one that goes on where the other ends',
      history(a.intended, a.accepted, a.succeeded, a.saved),
      history(a.intended, a.accepted),
    ],
    [
      'the one that resolved the doubt of the other',
      history(a.intended, a.accepted),
      history(a.intended),
    ],
    [
      'the one that has the song of a task which both have watched',
      history(a.intended, a.accepted, { ...a.succeeded, at: 9000 }, { ...a.saved, at: 9001 }),
      history(a.intended, a.accepted, a.succeeded),
    ],
    [
      'the one that bought it, where all that the other tried failed and cost nothing',
      history(b.intended, b.accepted),
      history(a.intended, a.accepted, a.failed),
    ],
    [
      'the one that has the song, where the other took the task for lost',
      history(a.intended, a.accepted, a.succeeded, a.saved),
      history(a.intended, a.accepted, {
        ...a.failed,
        failure: { reason: 'task-unknown', message: '' },
      }),
    ],
    [
      'the one that bought it, where the other withdrew its intent',
      history(a.intended, a.accepted),
      history(b.intended, b.withdrawn),
    ],
    [
      'the one that was retried',
      history(a.intended, a.accepted, a.failed, { type: 'reopened', at: 2000 }),
      history(a.intended, a.accepted, a.failed),
    ],
  ])('%s holds, in any order', (_, winner, loser) => {
    expect(verdicts(winner, loser)).toEqual([0, 1]);
  });

  it.each<[string, Conflict['kind'], History, History]>([
    [
      'two tasks',
      'two-tasks',
      history(a.intended, a.accepted, a.succeeded, a.saved),
      history(b.intended, b.accepted),
    ],
    [
      'a failure that was billed beside another task',
      'two-tasks',
      history(a.intended, a.accepted, a.billed),
      history(b.intended, b.accepted, b.succeeded),
    ],
    [
      'a song, and another attempt where its task seemed to have failed',
      'two-tasks',
      history(a.intended, a.accepted, a.succeeded, a.saved),
      history(a.intended, a.accepted, a.failed, b.intended, b.accepted),
    ],
    [
      'a doubt beside a task',
      'doubt',
      history(a.intended),
      history(b.intended, b.accepted, b.succeeded),
    ],
    ['two doubts', 'doubt', history(a.intended), history(b.intended)],
    [
      'one task with other songs',
      'other-content',
      history(a.intended, a.accepted, a.succeeded, a.saved),
      history(a.intended, a.accepted, { ...a.succeeded, at: 9000 }, { ...a.other, at: 9001 }),
    ],
  ])('none holds against %s', (_, kind, one, other) => {
    expect(verdicts(one, other)).toEqual([kind, kind]);
    const why = { kind };
    expect(reconcile([one, other], 0)).toMatchObject({ kind: 'decided', winner: 0, why });
    expect(reconcile([one, other], 1)).toMatchObject({ kind: 'decided', winner: 1, why });
  });

  it('names what is in which', () => {
    const one = history(a.intended, a.accepted, a.succeeded, a.saved);
    const doubt = history(b.intended);
    expect(reconcile([doubt, one])).toMatchObject({
      why: {
        between: [
          { history: 1, stage: 'saved', taskId: 'a' },
          { history: 0, stage: 'intended' },
        ],
      },
    });
  });
});

/** Histories of one job that have a beginning in common, maybe none, and then are each their own. */
const family = fc
  .tuple(
    fc.array(fc.tuple(fc.nat(), handful), { maxLength: 4 }),
    fc.array(fc.array(fc.tuple(fc.nat(), handful), { maxLength: 5 }), {
      minLength: 1,
      maxLength: 4,
    }),
  )
  .map(([common, branches]) => {
    const first = grow(history(), common.length > 0 ? common : (branches[0] ?? []).slice(0, 1));
    return branches.map((branch) => grow(first, branch));
  })
  .filter((histories) => histories.every(({ events }) => events.length > 0));

function grow(start: History, steps: readonly (readonly [number, Handful])[]): History {
  return steps.reduce((grown, [pick, events]) => {
    const next = possible(grown.record);
    const event = events[next[pick % next.length] ?? 'intended'];
    // Few tasks, so that histories tell of the same ones.
    const told = event.type === 'accepted' ? { ...event, taskId: `task ${pick % 3}` } : event;
    return history(...grown.events, told);
  }, start);
}

/** Tasks that were paid for, or may have been, by what this history says. */
function paidTasks({ record }: History): readonly string[] {
  return record.attempts.flatMap((attempt) => {
    if (!('taskId' in attempt)) return [];
    const isFree =
      attempt.stage === 'failed' && attempt.cost === 0n && !isWorthAnotherLook(attempt.failure);
    return isFree ? [] : [attempt.taskId];
  });
}

function tasks({ record }: History): readonly (string | undefined)[] {
  return record.attempts.map((attempt) => ('taskId' in attempt ? attempt.taskId : undefined));
}

describe('of any histories that have parted', () => {
  it('the same holds in whatever order they come, and whether or not one comes twice', () => {
    fc.assert(
      fc.property(family, fc.nat(), (histories, turn) => {
        const first = reconcile(histories);
        const turned = histories.map((_, index) => histories[(index + turn) % histories.length]);
        const others = [histories.toReversed(), turned, [...histories, ...histories]];
        for (const other of others) {
          const list = other.flatMap((one) => one ?? []);
          const verdict = reconcile(list);
          expect(verdict.kind).toBe(first.kind);
          if (verdict.kind === 'agreed' && first.kind === 'agreed') {
            expect(list[verdict.winner]?.events).toEqual(histories[first.winner]?.events);
          }
        }
      }),
    );
  });

  it('no history holds that does not know of a task that another says was paid for', () => {
    fc.assert(
      fc.property(family, (histories) => {
        const verdict = reconcile(histories);
        if (verdict.kind !== 'agreed') return;
        const winner = histories[verdict.winner] ?? history();
        const known = tasks(winner);
        for (const one of histories) {
          for (const task of paidTasks(one)) {
            // Unless another saw that task fail, and cost nothing.
            const isRefuted = histories.some(
              (other) => tasks(other).includes(task) && !paidTasks(other).includes(task),
            );
            if (!isRefuted) expect(known).toContain(task);
          }
        }
      }),
    );
  });

  it('one that continues all others holds', () => {
    fc.assert(
      fc.property(family, fc.nat(), ([longest = history()], cut) => {
        const begun = history(...longest.events.slice(0, 1 + (cut % longest.events.length)));
        expect(reconcile([begun, longest, begun])).toEqual({
          kind: 'agreed',
          winner: begun.events.length === longest.events.length ? 0 : 1,
        });
      }),
    );
  });
});
