/** What stops a run in the middle: what is in flight is brought home, the bill stays small, exit 3. */
import { describe, expect, test } from 'vitest';
import type { Meddling } from '../cli/meddler.ts';
import type { Situation } from './faulty-batch.ts';
import { createWorld, manifestText } from '../cli/rig.ts';
import {
  expectAllHome,
  inEverySituation,
  isRun,
  isSong,
  isTaskCall,
  meet,
  refusal,
} from './faulty-batch.ts';

interface Row {
  readonly name: string;
  readonly only?: Situation;
  readonly meddling: Meddling;
  readonly says: string;
}

describe.concurrent('a Run that is refused with', () => {
  const rows: readonly Row[] = [
    { name: '97', meddling: refusal(97, 'Insufficient balance'), says: 'balance is used up' },
    {
      name: '98',
      only: 'while running',
      meddling: refusal(98, 'Sign in'),
      says: 'does not accept the credentials',
    },
    {
      name: '99',
      only: 'while running',
      meddling: refusal(99, 'Bearer?'),
      says: 'does not accept the credentials',
    },
    {
      name: 'HTTP 401',
      meddling: { status: 401, body: '<html>No</html>' },
      says: 'does not accept the credentials',
    },
    {
      name: '429 and an hour to wait',
      only: 'while running',
      meddling: { status: 429, body: '', headers: { 'retry-after': '3600' } },
      says: 'the API refuses more requests',
    },
  ];
  test.for(inEverySituation(rows))(
    '$name, $situation, ends the buying; what is in flight comes home',
    async ({ situation, meddling, says }, { onTestFinished }) => {
      let isRefusing = true;
      const batch = await meet(situation, {
        onFinished: onTestFinished,
        manifest: { seeds: 5 },
        flags: ['--tasks', '2'],
        // Slow enough that something is in flight when it happens.
        speed: 200,
        target: isRun,
        killAt: 2,
        fault: (nth) => (nth > 2 && isRefusing ? meddling : 'pass'),
      });
      expect(batch.last.code).toBe(3);
      expect(batch.last.stdout).toContain('2 done · 3 waiting');
      expect(batch.last.stdout).toContain(says);
      expect(batch.world.server.books()).toMatchObject({ created: 2, duplicates: 0 });
      isRefusing = false;
      expectAllHome({ ...batch, last: await batch.again() });
    },
  );

  const text = 'You can run up to 2 tasks at the same time';
  test.for(inEverySituation([{ says: text }, { says: 'Too many tasks', only: 'while running' }]))(
    '96 ("$says"), $situation, is waited out: no failure, no attempt',
    async ({ situation, says }, { onTestFinished }) => {
      const batch = await meet(situation, {
        onFinished: onTestFinished,
        manifest: { seeds: 5 },
        speed: 300,
        flags: ['--tasks', '2'],
        target: isRun,
        killAt: 1,
        fault: (nth) => (nth === 3 ? refusal(96, says) : 'pass'),
      });
      expectAllHome(batch);
      expect(batch.last.stderr).toContain('in flight now');
    },
  );
});

describe.concurrent('credentials that end while tasks are in flight', () => {
  const rows = [
    { name: 'HTTP 401', meddling: { status: 401, body: '' } },
    { name: 'code 98', only: 'while running', meddling: refusal(98, 'Sign in') },
    { name: 'code 99', only: 'while running', meddling: refusal(99, 'Bearer?') },
  ];
  test.for(inEverySituation(rows))(
    '($name, $situation) stop the run; with good ones it goes on',
    async ({ situation, meddling }, { onTestFinished }) => {
      let isDenied = true;
      const batch = await meet(situation, {
        onFinished: onTestFinished,
        target: isTaskCall,
        fault: () => (isDenied ? meddling : 'pass'),
      });
      expect(batch.last.code).toBe(3);
      expect(batch.last.stdout).toContain('credentials');
      isDenied = false;
      expectAllHome({ ...batch, last: await batch.again() });
    },
  );
});

describe.concurrent('what the user allows', () => {
  test.for(inEverySituation([{}]))(
    'as a budget is never exceeded, $situation',
    async ({ situation }, { onTestFinished }) => {
      const batch = await meet(situation, {
        onFinished: onTestFinished,
        manifest: { seeds: 8 },
        flags: ['--budget', '0.10'],
        target: isSong,
        meddleWithSongs: true,
        fault: () => 'pass',
      });
      expect(batch.last.code).toBe(3);
      expect(batch.last.stdout).toContain('the budget of $0.1 is used up');
      const billed = Number(batch.world.server.books().billed);
      expect(billed).toBeGreaterThan(0);
      expect(billed).toBeLessThanOrEqual(0.1);
      expectAllHome({ ...batch, last: await batch.again('--budget', '1') });
    },
  );

  test('as a budget is not exceeded by what is in doubt either', async ({ onTestFinished }) => {
    const batch = await meet('while running', {
      onFinished: onTestFinished,
      manifest: { seeds: 8 },
      flags: ['--budget', '0.10', '--tasks', '2'],
      target: isRun,
      fault: (nth) => (nth === 3 ? 'lose-answer' : 'pass'),
      otherwise: (path) => (path === '/Task/List' ? refusal(0, 'not now') : 'pass'),
    });
    expect(batch.last.code).toBe(3);
    expect(Number(batch.world.server.books().billed)).toBeLessThanOrEqual(0.1);
  });

  test.for(inEverySituation([{}]))(
    'as failures (halt) is counted, $situation',
    async ({ situation }, { onTestFinished }) => {
      const batch = await meet(situation, {
        onFinished: onTestFinished,
        manifest: { seeds: 12, more: 'retry: { attempts: 1 }\nhalt: { failures: 3 }' },
        flags: ['--tasks', '1'],
        render: () => Promise.reject(new Error('broken')),
        target: isRun,
        killAt: 2,
        fault: () => 'pass',
      });
      expect(batch.last.code).toBe(3);
      expect(batch.last.stdout).toContain('jobs failed (halt.failures: 3)');
      expect(batch.world.server.books().created).toBeLessThanOrEqual(6);
    },
  );

  test.for(inEverySituation([{}]))(
    'as a deadline is kept; tasks in flight are picked up by the next run, $situation',
    async ({ situation }, { onTestFinished }) => {
      const batch = await meet(situation, {
        onFinished: onTestFinished,
        speed: 12,
        workers: 3,
        flags: ['--deadline', '1s'],
        target: isTaskCall,
        fault: () => 'pass',
      });
      expect(batch.last.code).toBe(3);
      expect(batch.last.stdout).toContain('the deadline of 1 s is reached');
      expectAllHome({ ...batch, last: await batch.again('--deadline', '30s') });
      expect(batch.world.server.books().created).toBe(3);
    },
  );

  test('as a deadline is kept though the API has fallen silent', async ({ onTestFinished }) => {
    const batch = await meet('while running', {
      onFinished: onTestFinished,
      flags: ['--deadline', '1s'],
      target: isTaskCall,
      fault: () => ({ status: 500, body: '' }),
    });
    // Reads are repeated for two minutes, and a test may take one.
    expect(batch.last.code).toBe(3);
    expect(batch.last.stdout).toContain('3 in flight');
  });

  test('as requests a second holds for all calls together, whatever fails', async ({
    onTestFinished,
  }) => {
    const rate = 20;
    const arrivals: number[] = [];
    const world = await createWorld({
      onFinished: onTestFinished,
      speed: 300,
      workers: 4,
      meddle: (path, nth) => {
        arrivals.push(performance.now());
        return isTaskCall(path) && nth % 3 === 0 ? { status: 500, body: '' } : 'pass';
      },
    });
    world.write(
      'm.yaml',
      manifestText({ seeds: 80, more: `limits: { requests: ${rate}/s, tasks: 20 }` }),
    );
    expect((await world.songbatch('run', 'm.yaml')).code).toBe(0);
    // A burst of one second, then as many as the limit says; and one second for the first on its way.
    const first = arrivals[0] ?? 0;
    const most = 2 * rate + ((Math.max(...arrivals) - first) / 1000) * rate;
    expect(arrivals.length).toBeGreaterThan(4 * rate);
    expect(arrivals.length).toBeLessThanOrEqual(most);
  });
});
