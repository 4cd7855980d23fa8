import { describe, expect, test } from 'vitest';
import fc from '../fast-check.ts';
import type { RunEvent } from '../../src/run/events.ts';
import { createRunPicture } from '../../src/report/run-picture.ts';
import { createStandingBlock } from '../../src/report/standing-block.ts';
import { wrapWords } from '../../src/report/words.ts';
import { createTextReport } from '../../src/report/text-report.ts';
import { ended, cent, jobOf, saved, started, submitted, tallyOf } from './events.ts';
import { createMemoryScreen } from './memory-screen.ts';

/** A report on a terminal in memory, or on none, and a clock that the test turns. */
function createShow({ isTerminal = true, columns = 80, rows = 24 } = {}) {
  const screen = createMemoryScreen(columns, rows);
  let now = 0;
  const picture = createRunPicture(() => now);
  const block = createStandingBlock(screen.write, screen.size);
  const report = createTextReport(
    {
      write: block.above,
      ...(isTerminal && { stand: block.show }),
      size: screen.size,
      hasColour: isTerminal,
      now: () => now,
    },
    picture,
  );
  return {
    ...screen,
    see: (event: RunEvent) => {
      picture.see(event);
      report.see(event);
    },
    pass: (milliseconds: number) => {
      const until = now + milliseconds;
      while (now < until) {
        now += 100;
        report.tick();
      }
    },
    /** Without the empty line that the cursor is on. */
    shown: () => screen.lines().slice(0, -1),
  };
}

const limits = { tasks: 20 };
const finished: RunEvent = {
  type: 'finished',
  tally: tallyOf({ done: 12 }),
  outcome: { tally: tallyOf({ done: 12 }), inDoubt: [], strays: new Set(), submissions: 12 },
};

/** Twelve jobs of a minute each, four at a time; the first four have ended. */
function showHalf(options: Parameters<typeof createShow>[0] & { readonly budget?: bigint } = {}) {
  const { budget, ...choice } = options;
  const show = createShow(choice);
  const four = { tasks: 4, ...(budget !== undefined && { budget }) };
  show.see(started(tallyOf({ waiting: 12 }), four, cent));
  for (const one of [1, 2, 3, 4]) {
    show.see(submitted(tallyOf({ waiting: 12 - one, running: one }), jobOf(one)));
  }
  show.pass(60_000);
  for (const one of [1, 2, 3, 4]) {
    const spent = cent * BigInt(one);
    const job = jobOf(one);
    show.see(
      ended(tallyOf({ waiting: 8, running: 4 - one, fetching: 1, done: one - 1, spent }), job),
    );
    show.see(saved(tallyOf({ waiting: 8, running: 4 - one, done: one, spent }), job));
  }
  for (const one of [1, 2, 3, 4]) {
    const spent = cent * 4n;
    show.see(
      submitted(tallyOf({ waiting: 8 - one, running: one, done: 4, spent }), jobOf(4 + one)),
    );
  }
  return show;
}

describe('on a terminal', () => {
  test('a block with bar, counts, rate, estimate, money and limit stands below the songs that are done', () => {
    const show = showHalf();
    show.pass(30_000);
    expect(show.shown()).toEqual([
      'nightly: 12 jobs: 0 done · 12 waiting, about $0.01 a song',
      '✓ vocal/1.wav  1.0 MB  $0.01',
      '✓ vocal/2.wav  1.0 MB  $0.01',
      '✓ vocal/3.wav  1.0 MB  $0.01',
      '✓ vocal/4.wav  1.0 MB  $0.01',
      '██████▒▒▒▒▒▒▒░░░░░░░ 33 % · 4 done · 4 in flight · 4 waiting',
      '4.0 a minute · about 2 min left · 1 min 30 s so far',
      '$0.04 spent · about $0.12 in all',
      'up to 4 at once',
    ]);
  });

  test('nothing is estimated before there is something to go by', () => {
    const show = createShow();
    show.see(started(tallyOf({ waiting: 3 }), limits));
    show.pass(1000);
    expect(show.shown().slice(1)).toEqual([
      '░░░░░░░░░░░░░░░░░░░░ 0 % · 0 done · 3 waiting',
      '1 s so far',
      '$0 spent',
      'up to 20 at once',
    ]);
  });

  test('time goes on without events', () => {
    const show = showHalf();
    show.pass(2000);
    expect(show.shown().at(-3)).toContain('1 min 02 s so far');
    show.pass(1000);
    expect(show.shown().at(-3)).toContain('1 min 03 s so far');
  });

  test('it is drawn at most ten times a second, and the last state in the end', () => {
    const show = createShow();
    show.see(started(tallyOf({ waiting: 500 }), limits));
    for (let one = 1; one <= 500; one++) {
      show.see(submitted(tallyOf({ waiting: 500 - one, running: one }), jobOf(one)));
    }
    expect(show.shown()[1]).toContain('500 waiting');
    show.pass(100);
    expect(show.shown()[1]).toContain('500 in flight');
  });

  test('at 20 columns it is wrapped between its parts, and still whole', () => {
    const show = showHalf({ columns: 20 });
    show.pass(30_000);
    expect(show.shown().slice(-10)).toEqual([
      '████▒▒▒▒░░░░░ 33 %',
      '4 done',
      '4 in flight',
      '4 waiting',
      '4.0 a minute',
      'about 2 min left',
      '1 min 30 s so far',
      '$0.04 spent',
      'about $0.12 in all',
      'up to 4 at once',
    ]);
  });

  test('it leaves room on a terminal that is low', () => {
    const show = showHalf({ rows: 4 });
    show.pass(100);
    expect(show.rows().slice(0, 3)).toEqual([
      expect.stringMatching(/^✓ vocal\/4/),
      expect.stringMatching(/^█+/),
      expect.stringContaining('so far'),
    ]);
  });

  test('the outcome finds no block', () => {
    const show = showHalf();
    show.see(finished);
    show.pass(5000);
    expect(show.shown().at(-1)).toContain('✓ vocal/4');
  });

  test('names and messages are shown, not obeyed', () => {
    const show = createShow();
    const job = jobOf(1, 'a\x1b[2J\u202eb');
    show.see(started(tallyOf({ waiting: 1 }), limits));
    show.see(saved(tallyOf({ done: 1 }), job));
    const failure = { reason: 'task-error', message: 'no\r\x1b[A' } as const;
    show.see({ type: 'failed', tally: tallyOf({ failed: 1 }), job, attempt: 1, failure, cost: 0n });
    show.see({ type: 'trouble', tally: tallyOf({ failed: 1 }), message: '\x9b2Jx\nmore' });
    expect(show.shown().slice(1, 4)).toEqual([
      '✓ a\\u001b[2J\\u202eb.wav  1.0 MB  $0.01',
      expect.stringMatching(/^✗ a\\u001b\[2J\\u202eb: .*no\\u000d\\u001b\[A$/),
      '! \\u009b2Jx more',
    ]);
  });
});

describe('the block says why there are not more tasks', () => {
  const last = (...events: readonly RunEvent[]) => {
    const show = createShow();
    show.see(
      started(tallyOf({ waiting: 9, running: 3 }), { ...limits, budget: 100n * cent }, cent),
    );
    events.forEach(show.see);
    show.pass(100);
    return show.shown().at(-1);
  };
  const tally = tallyOf({ waiting: 9, running: 3 });

  test('the account', () => {
    const throttled: RunEvent = { type: 'throttled', tally, limit: 3, message: 'up to 3 tasks' };
    expect(last(throttled)).toBe('3 of 20 at once: the account allows no more (code 96)');
    expect(last(throttled, { type: 'raised', tally, limit: 4 })).toBe(
      '4 of 20 at once: trying one more, after code 96',
    );
    expect(last(throttled, { type: 'raised', tally, limit: 20 })).toBe('up to 20 at once');
  });

  test('the budget', () => {
    expect(last({ type: 'held', tally })).toBe(
      'the budget has no room before one in flight is billed',
    );
    expect(last({ type: 'held', tally }, submitted(tally, jobOf(1)))).toBe('up to 20 at once');
  });

  test('an API that wants to be left alone', () => {
    const paused: RunEvent = { type: 'paused', tally, pause: 12_000, message: 'too many requests' };
    expect(last(paused)).toBe('no submissions for 12 s');
    expect(last(paused, submitted(tally, jobOf(1)))).toBe('up to 20 at once');
  });

  test.each([
    ['leave', 'saving the state'],
    ['drain', 'waiting for 3 tasks in flight'],
    ['cancel', 'stopping 3 tasks in flight'],
  ] as const)('the end is near: %s', (inFlight, rest) => {
    const reason = { kind: 'interrupted', message: 'interrupted', inFlight } as const;
    expect(last({ type: 'stopping', tally, reason, inFlight })).toBe(
      `stopping: interrupted · ${rest}`,
    );
  });
});

test('what a limit will leave undone is said beforehand', () => {
  const show = showHalf({ budget: 10n * cent });
  show.pass(100);
  expect(show.shown().slice(-2)).toEqual([
    '$0.04 of $0.10 spent · about $0.10 in all',
    'up to 4 at once · about 2 jobs will be left when the budget is used up',
  ]);
});

test('long lines are wrapped between words, with what follows set in', () => {
  const show = createShow({ columns: 40 });
  const tally = tallyOf({ waiting: 9 });
  show.see(started(tally, limits));
  const message = `With your balance you can run up to 5 tasks at the same time: ${'x'.repeat(50)}`;
  show.see({ type: 'throttled', tally, limit: 5, message });
  expect(
    show
      .shown()
      .slice(1, 6)
      .map((line) => line.slice(0, 40)),
  ).toEqual([
    '! at most 5 in flight now: With your',
    '  balance you can run up to 5 tasks at',
    '  the same time:',
    `  ${'x'.repeat(38)}`,
    expect.stringContaining(' 0 %'),
  ]);
});

test('a limit that is met again is no news, a lower one is', () => {
  const show = createShow({ isTerminal: false });
  const tally = tallyOf({ waiting: 9 });
  show.see(started(tally, limits));
  for (const limit of [5, 5, 6, 4, 5]) {
    show.see({ type: 'throttled', tally, limit, message: 'too many' });
    show.see({ type: 'raised', tally, limit: limit + 1 });
  }
  expect(show.shown().slice(1)).toEqual([
    '! at most 5 in flight now: too many',
    '! at most 4 in flight now: too many',
  ]);
});

describe('without a terminal', () => {
  test('a line tells of every change of phase, and none of every event', () => {
    const show = createShow({ isTerminal: false });
    const doing = (waiting: number, running: number, fetching = 0) =>
      tallyOf({ waiting, running, fetching, done: 3 - waiting - running - fetching });
    show.see(started(doing(3, 0), limits));
    show.see(submitted(doing(2, 1), jobOf(1)));
    show.see(submitted(doing(1, 2), jobOf(2)));
    show.see({ type: 'throttled', tally: doing(1, 2), limit: 2, message: 'up to 2 tasks' });
    show.see({ type: 'raised', tally: doing(1, 2), limit: 3 });
    show.see({ type: 'raised', tally: doing(1, 2), limit: 20 });
    show.see(submitted(doing(0, 3), jobOf(3)));
    for (const one of [1, 2, 3]) {
      show.see(ended(doing(0, 3 - one, one), jobOf(one)));
    }
    expect(show.shown()).toEqual([
      'nightly: 3 jobs: 0 done · 3 waiting',
      'the first task is accepted: vocal/1',
      '! at most 2 in flight now: up to 2 tasks',
      '20 at once again',
      'all jobs are submitted, 3 tasks in flight',
      'all tasks have ended, downloading the last 3 songs',
    ]);
  });

  test('the last song is one song', () => {
    const show = showHalf({ isTerminal: false, columns: 300 });
    const doing = (running: number, fetching: number) => tallyOf({ running, fetching });
    show.see(started(doing(1, 0), limits));
    show.see(ended(doing(0, 1), jobOf(1)));
    expect(show.shown().at(-1)).toBe('all tasks have ended, downloading the last song');
  });

  test('a line every so often says how it goes, more rarely while nothing happens', () => {
    const show = showHalf({ isTerminal: false, columns: 300 });
    const before = show.shown().length;
    const line = (elapsed: string) =>
      `4 done · 4 in flight · 4 waiting · $0.04 spent · about $0.12 in all · 4.0 a minute · about 2 min left · ${elapsed} so far · up to 4 at once`;
    show.pass(10_000);
    expect(show.shown().slice(before)).toEqual([line('1 min 00 s')]);
    show.pass(50_000);
    expect(show.shown()).toHaveLength(before + 1);
    show.pass(1000);
    expect(show.shown()).toHaveLength(before + 2);
  });

  test('a short pause of the API is no news, a long one is, once', () => {
    const show = createShow({ isTerminal: false });
    const tally = tallyOf({ waiting: 3 });
    show.see(started(tally, limits));
    for (const pause of [500, 1000, 4000, 8000]) {
      show.see({
        type: 'paused',
        tally,
        pause,
        message: 'the API refuses more requests: slow down',
      });
    }
    expect(show.shown().slice(1)).toEqual([
      '! the API refuses more requests: slow down; no submissions for 4 s',
    ]);
  });
});

const name = fc.string({
  unit: fc.constantFrom('a', 'b', 'e\u0301', '音'),
  minLength: 1,
  maxLength: 90,
});

/** Anything that may happen while a run is shown. */
const happening = fc.oneof(
  fc.record({
    kind: fc.constant('song' as const),
    name,
  }),
  fc.record({ kind: fc.constant('trouble' as const), name: fc.stringMatching(/^[a-z]{1,90}$/) }),
  fc.record({ kind: fc.constant('pass' as const), time: fc.nat({ max: 3000 }) }),
  fc.record({
    kind: fc.constant('resize' as const),
    columns: fc.integer({ min: 20, max: 120 }),
    rows: fc.integer({ min: 30, max: 50 }),
  }),
);

test('whatever happens, there is one block, below all lines, and none in the end', () => {
  fc.assert(
    fc.property(fc.array(happening, { maxLength: 20 }), (happenings) => {
      const show = createShow({ rows: 30 });
      show.see(started(tallyOf({ waiting: 20, running: 1 }), limits, cent));
      const lines: string[] = [];
      const wrapped = (line: string) => wrapWords(line, show.size().columns - 1).split('\n');
      let done = 0;
      for (const one of happenings) {
        switch (one.kind) {
          case 'song':
            done++;
            show.see(saved(tallyOf({ waiting: 20, done }), jobOf(done, one.name)));
            lines.push(...wrapped(`✓ ${one.name}.wav  1.0 MB  $0.01`));
            break;
          case 'trouble':
            show.see({ type: 'trouble', tally: tallyOf({ waiting: 20, done }), message: one.name });
            lines.push(...wrapped(`! ${one.name}`));
            break;
          case 'pass':
            show.pass(one.time);
            break;
          case 'resize':
            show.resize(one.columns, one.rows);
            show.pass(100);
            break;
        }
        const shown = show.shown();
        expect(shown.slice(1, lines.length + 1)).toEqual(lines);
        const bars = shown.flatMap((line, index) => (/ \d+ %/.test(line) ? [index] : []));
        expect(bars).toEqual([lines.length + 1]);
      }
      show.see(finished);
      expect(show.shown().slice(1)).toEqual(lines);
    }),
  );
});

test('a line is wrapped by the columns that its characters take, not by their number', () => {
  expect(wrapWords('✓ 日本語.wav  29.0 s  -14.0 LUFS', 32)).toBe(
    '✓ 日本語.wav  29.0 s  -14.0 LUFS',
  );
  expect(wrapWords('✓ 日本語.wav  29.0 s  -14.0 LUFS', 31)).toBe(
    '✓ 日本語.wav  29.0 s  -14.0\n  LUFS',
  );
});

test.each([
  ['a terminal', true, 10],
  ['a file', false, 1],
])('for %s the run is looked at only when there is something to show', (_, isTerminal, looks) => {
  let now = 0;
  let looked = 0;
  const picture = createRunPicture(() => now);
  const report = createTextReport(
    {
      write: () => undefined,
      ...(isTerminal && { stand: () => undefined }),
      size: () => ({ columns: 80, rows: 24 }),
      hasColour: false,
      now: () => now,
    },
    {
      ...picture,
      view: () => {
        looked++;
        return picture.view();
      },
    },
  );
  const first = started(tallyOf({ waiting: 3 }), limits);
  picture.see(first);
  report.see(first);
  looked = 0;
  while (now < 10_000) {
    now += 100;
    report.tick();
  }
  expect(looked).toBe(looks);
});
