import { describe, expect, test } from 'vitest';
import type { RunLimits, Tally } from '../../src/run/events.ts';
import { createRunPicture } from '../../src/report/run-picture.ts';
import { runStatusJson, runStatusText } from '../../src/report/run-status.ts';
import { ended, cent, jobOf, saved, started, submitted, tallyOf } from './events.ts';

const minute = 60_000;

interface Looked {
  readonly at: number;
  readonly timeLeft: number | undefined;
  readonly perMinute: number | undefined;
}

/** Plays a run of tasks that take a minute, more or less, and looks every five seconds. */
function play(jobs: number, limits: RunLimits, startsTogether: boolean): readonly Looked[] {
  let now = 0;
  const picture = createRunPicture(() => now);
  const ends = new Map<number, number>();
  let next = 1;
  let done = 0;
  const tally = (): Tally =>
    tallyOf({
      waiting: jobs - done - ends.size,
      running: ends.size,
      done,
      spent: cent * BigInt(done),
    });
  picture.see(started(tally(), limits, cent));
  const looked: Looked[] = [];
  while (done < jobs) {
    for (const [number, end] of ends) {
      if (end > now) continue;
      ends.delete(number);
      done++;
      picture.see(ended(tally(), jobOf(number)));
      picture.see(saved(tally(), jobOf(number)));
    }
    const isLate = !startsTogether && next <= limits.tasks && now < next * 7000;
    while (!isLate && next <= jobs && ends.size < limits.tasks) {
      ends.set(next, now + minute * (0.9 + ((next * 7) % 10) / 50));
      picture.see(submitted(tally(), jobOf(next)));
      next++;
      if (!startsTogether) break;
    }
    const view = picture.view();
    if (now % 5000 === 0) {
      looked.push({ at: now, timeLeft: view?.timeLeft, perMinute: view?.perMinute });
    }
    now += 500;
  }
  return looked.map(({ at, ...rest }) => ({ at: now - at, ...rest }));
}

describe('estimates', () => {
  test.each([
    ['that begin together', true],
    ['that begin one by one', false],
  ])('come near the truth, with tasks %s', (_, together) => {
    const looked = play(60, { tasks: 8 }, together).filter(
      ({ timeLeft }) => timeLeft !== undefined,
    );
    expect(looked.length).toBeGreaterThan(60);
    for (const { at, timeLeft = 0 } of looked) {
      expect(Math.abs(timeLeft - at)).toBeLessThan(at * 0.15 + minute / 2);
    }
  });

  test('of the rate do not follow the bursts in which tasks end', () => {
    const rates = play(60, { tasks: 8 }, true).flatMap(({ perMinute }) => perMinute ?? []);
    expect(rates.length).toBeGreaterThan(60);
    for (const rate of rates) {
      expect(rate).toBeGreaterThan(6);
      expect(rate).toBeLessThan(10.5);
    }
  });

  test('are not made from tasks whose beginning nobody saw', () => {
    let now = 0;
    const picture = createRunPicture(() => now);
    picture.see(started(tallyOf({ running: 5, waiting: 5 }), { tasks: 5 }));
    now = 1000;
    for (const one of [1, 2, 3, 4]) {
      const tally = tallyOf({ running: 5 - one, done: one, waiting: 5, spent: cent * BigInt(one) });
      picture.see(ended(tally, jobOf(one)));
    }
    expect(picture.view()?.usual).toBeUndefined();
    expect(picture.view()?.timeLeft).toBeUndefined();
    expect(picture.view()?.total).toBe(cent * 10n);
  });
});

/** Four of a hundred tasks, five at a time, took a minute each. */
function early(limits: Partial<RunLimits>) {
  let now = 0;
  const picture = createRunPicture(() => now);
  picture.see(started(tallyOf({ waiting: 100 }), { tasks: 5, ...limits }, cent));
  for (const one of [1, 2, 3, 4, 5]) {
    picture.see(submitted(tallyOf({ waiting: 100 - one, running: one }), jobOf(one)));
  }
  now = minute;
  for (const one of [1, 2, 3, 4]) {
    const tally = tallyOf({ waiting: 95, running: 5 - one, done: one, spent: cent * BigInt(one) });
    picture.see(ended(tally, jobOf(one)));
    picture.see(saved(tally, jobOf(one)));
  }
  return picture;
}

describe('a run that ends before its jobs do', () => {
  test('by its deadline', () => {
    const view = early({ deadline: 11 * minute }).view();
    expect(view).toMatchObject({ endedBy: 'deadline', timeLeft: 10 * minute });
    // Five a minute.
    expect(view?.toSubmit).toBeGreaterThan(40);
    expect(view?.toSubmit).toBeLessThan(55);
  });

  test('by its budget', () => {
    const view = early({ budget: cent * 25n }).view();
    expect(view).toMatchObject({ endedBy: 'budget', toSubmit: 20, total: cent * 25n });
    expect(view?.timeLeft).toBeLessThan(6 * minute);
  });

  test('by --max-jobs', () => {
    const view = early({ maxJobs: 25 }).view();
    expect(view).toMatchObject({ endedBy: 'max-jobs', toSubmit: 20, total: cent * 25n });
  });

  test('because it is stopped: what waits is not counted any more', () => {
    const picture = early({});
    const reason = { kind: 'halt', message: '4 jobs failed' } as const;
    const tally = tallyOf({ waiting: 95, running: 1, done: 4, spent: cent * 4n });
    picture.see({ type: 'stopping', tally, reason, inFlight: 'drain' });
    expect(picture.view()).toMatchObject({ toSubmit: 0, total: cent * 5n, timeLeft: minute / 10 });
  });
});

describe('a status', () => {
  test('says all there is to say, the oldest task first', () => {
    const picture = early({ budget: cent * 25n });
    const tally = tallyOf({ waiting: 95, running: 1, done: 4, spent: cent * 4n });
    picture.see({ type: 'trouble', tally, message: 'the list\nlags' });
    expect(runStatusText(picture.view())).toBe(
      [
        'nightly: 4 done · 1 in flight · 95 waiting',
        '  5.0 a minute · about 5 min left · 1 min 00 s so far',
        '  $0.04 of $0.25 spent · about $0.25 in all',
        '  up to 5 at once · about 75 jobs will be left when the budget is used up',
        '  a task usually takes 1 min 00 s',
        '  in flight: vocal/5 (1 min 00 s)',
        '  last trouble, 0 s ago: the list lags',
      ].join('\n'),
    );
    expect(runStatusJson(picture.view())).toEqual({
      phase: 'working',
      manifest: 'nightly',
      tally: {
        jobs: 100,
        waiting: 95,
        doubt: 0,
        running: 1,
        fetching: 0,
        done: 4,
        failed: 0,
        spentUsd: '0.04',
      },
      elapsedSeconds: 60,
      jobsPerMinute: 5,
      usualTaskSeconds: 60,
      secondsLeft: expect.any(Number) as number,
      endedBy: 'budget',
      projectedUsd: '0.25',
      budgetUsd: '0.25',
      atOnce: { limit: 5, wanted: 5 },
      isHeldByBudget: false,
      inFlight: [{ output: 'vocal/5', ageSeconds: 60 }],
      trouble: { message: 'the list lags', secondsAgo: 0 },
    });
  });

  test('is to be had before the run and after it', () => {
    const picture = createRunPicture(() => 0);
    expect(runStatusText(picture.view())).toBe('status: the run has not begun yet');
    expect(runStatusJson(picture.view())).toEqual({ phase: 'starting' });
    const tally = tallyOf({ done: 1, spent: cent });
    picture.see(started(tally, { tasks: 5 }));
    picture.see({
      type: 'finished',
      tally,
      outcome: { tally, inDoubt: [], strays: new Set(), submissions: 1 },
    });
    expect(runStatusText(picture.view())).toMatch(
      /^nightly: the run is over: 1 done · \$0\.01 spent/,
    );
    expect(runStatusJson(picture.view())).toMatchObject({ phase: 'finished' });
  });
});
