/** `songbatch run --metrics`, as a monitor sees it. */
import { createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { readMetricsAddress } from '../../src/batch/metrics-choice.ts';
import {
  createWorld,
  freePort,
  heldSongs,
  manifestText,
  patienceMs,
  tinySong,
  type Running,
} from '../cli/rig.ts';
import { readExposition, valueOf, type Exposition } from './exposition.ts';

/** Undefined where nobody listens. */
async function scrape(port: number): Promise<Exposition | undefined> {
  const answer = await fetch(`http://127.0.0.1:${port}/metrics`).catch(() => undefined);
  const text = await answer?.text().catch(() => undefined);
  return text === undefined ? undefined : readExposition(text);
}

const batch = 'test';

/** Waits for this many jobs in this state, and answers what is told then. */
async function scrapeAt(port: number, state: string, jobs: number): Promise<Exposition> {
  let seen: Exposition | undefined;
  await expect
    .poll(
      async () => {
        seen = await scrape(port);
        return seen && valueOf(seen, 'songbatch_jobs', { batch, state });
      },
      { timeout: patienceMs },
    )
    .toBe(jobs);
  return seen ?? new Map();
}

/** Looks until nobody listens any more: what only grows must never have shrunk. Answers the last look. */
async function followToItsEnd(port: number, { ended }: Running, from: Exposition) {
  const over = ended.then(() => 'over' as const);
  let last = from;
  for (;;) {
    const next = await Promise.race([over, scrape(port)]);
    if (next === 'over') return last;
    if (!next) continue;
    for (const [name, { type, samples }] of last) {
      if (type === 'gauge') continue;
      for (const sample of samples) {
        const now = next
          .get(name)
          ?.samples.find(
            (other) =>
              other.name === sample.name &&
              JSON.stringify(other.labels) === JSON.stringify(sample.labels),
          );
        expect(now?.value, `${name} ${JSON.stringify(sample.labels)}`).toBeGreaterThanOrEqual(
          sample.value,
        );
      }
    }
    last = next;
  }
}

test('tells of a thousand jobs while they are made, to the end', async () => {
  const { render: renderHeld, release } = heldSongs();
  let rendered = 0;
  const world = await createWorld({
    workers: 4,
    balance: 1000,
    render: (song) => (rendered++ < 500 ? tinySong(song) : renderHeld(song)),
  });
  world.write('m.yaml', manifestText({ seeds: 1000, more: 'limits: { requests: 10000/s }' }));
  const port = await freePort();
  const words = ['--metrics', String(port), '--tasks', '30', '--budget', '100', '--no-measure'];
  const run = world.start('run', 'm.yaml', ...words);

  const middle = await scrapeAt(port, 'done', 500);
  const jobs = ['waiting', 'doubt', 'running', 'fetching', 'failed'].map(
    (state) => valueOf(middle, 'songbatch_jobs', { batch, state }) ?? NaN,
  );
  expect(jobs.reduce((sum, count) => sum + count)).toBe(500);
  const told = (name: string, labels: Record<string, string> = { batch }) =>
    valueOf(middle, `songbatch_${name}`, labels);
  expect(told('jobs_done_total')).toBe(500);
  expect(told('batch_budget_usd')).toBe(100);
  expect(told('batch_cost_usd')).toBe(500 * 0.01755);
  expect(told('spend_usd_total')).toBeCloseTo(500 * 0.01755);
  expect(told('tasks_limit')).toBe(30);
  expect(told('tasks_in_flight')).toBeLessThanOrEqual(30);
  expect(told('task_duration_seconds_count')).toBe(500);
  expect(told('time_to_song_seconds_count')).toBe(500);
  expect(told('downloaded_bytes_total', {})).toBe(500 * 8864);
  expect(told('api_requests_total', { call: 'Run', outcome: 'ok' })).toBe(
    told('tasks_submitted_total', { batch, adopted: 'false' }),
  );

  release();
  const last = await followToItsEnd(port, run, middle);
  const { code, stderr } = await run.ended;
  expect({ code, told: stderr.split('\n')[0] }).toEqual({
    code: 0,
    told: `metrics are at http://127.0.0.1:${port}/metrics`,
  });
  expect(valueOf(last, 'songbatch_jobs_done_total', { batch })).toBeGreaterThan(500);
  expect(world.server.books()).toMatchObject({ created: 1000, duplicates: 0 });
});

test('is ready while the run may submit, and tells of 96 and of lost answers', async () => {
  const { render, release } = heldSongs();
  const words = 'With your balance you can run up to 2 tasks at the same time.';
  const refusal = JSON.stringify({ result: false, errors: [{ code: 96, message: words }] });
  const world = await createWorld({
    render,
    meddle: (path, nth) => {
      if (!path.startsWith('/Run/')) return 'pass';
      if (nth === 1) return 'lose-answer';
      return nth === 3 ? { status: 200, body: refusal } : 'pass';
    },
  });
  world.write('m.yaml', manifestText({ seeds: 6 }));
  const port = await freePort();
  const run = world.start('run', 'm.yaml', '--metrics', `:${port}`, '--tasks', '3');
  const requests = async (outcome: string) => {
    const seen = await scrape(port);
    return seen && valueOf(seen, 'songbatch_api_requests_total', { call: 'Run', outcome });
  };
  await expect.poll(() => requests('concurrency-limit')).toBe(1);
  await expect.poll(() => requests('lost')).toBe(1);
  await expect
    .poll(async () => {
      const seen = await scrape(port);
      const adopted = { batch, adopted: 'true' };
      return seen && valueOf(seen, 'songbatch_tasks_submitted_total', adopted);
    })
    .toBe(1);
  const seen = (await scrape(port)) ?? new Map();
  expect(valueOf(seen, 'songbatch_tasks_limit', { batch })).toBeLessThan(3);
  expect(valueOf(seen, 'songbatch_submissions_in_doubt_total', { batch })).toBe(1);

  const ready = async () => {
    const answer = await fetch(`http://127.0.0.1:${port}/readyz`);
    return [answer.status, await answer.json()];
  };
  expect(await ready()).toEqual([200, { status: 'ready' }]);
  // What is closed by SIGHUP still waits for the tasks that are in flight.
  run.child.kill('SIGHUP');
  const why = { run: 'nothing more is submitted: interrupted' };
  await expect.poll(ready).toEqual([503, { status: 'unready', why }]);
  release();
  await run.ended;
});

test('an address that is taken is exit 2 before anything is bought, and cancel does not want it', async () => {
  const world = await createWorld();
  world.write('m.yaml', manifestText());
  const port = await takenPort();
  world.write('songbatch.config.yaml', `metrics: "${port}"`);
  const { code, stdout, stderr } = await world.songbatch('run', 'm.yaml');
  expect(stderr).toMatch(/^error: cannot serve metrics: .*EADDRINUSE.*\nhint: .*--metrics none$/m);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(world.server.books().created).toBe(0);
  expect((await world.songbatch('cancel', 'm.yaml')).code).toBe(0);
  expect((await world.songbatch('run', 'm.yaml', '--metrics', 'none')).code).toBe(0);
});

async function takenPort(): Promise<number> {
  const port = await freePort();
  const other = createServer().listen(port, '127.0.0.1');
  onTestFinished(() => {
    other.close();
  });
  return port;
}

test('a timer that calls again while the run goes on hears of the run, not of its port', async () => {
  const { render, release } = heldSongs();
  const world = await createWorld({ render });
  world.write('m.yaml', manifestText());
  const port = await freePort();
  const again = () => ['run', 'm.yaml', '--unless-running', '--metrics', String(port)];
  const run = world.start(...again());
  await scrapeAt(port, 'running', 4);
  const second = await world.songbatch(...again());
  expect(second.stderr).toMatch(/a run of this batch is under way/);
  expect(second.code).toBe(0);
  release();
  expect((await run.ended).code).toBe(0);
});

test.each([
  ['9464', { host: '127.0.0.1', port: 9464 }],
  [':9464', { host: '127.0.0.1', port: 9464 }],
  ['0.0.0.0:9464', { host: '0.0.0.0', port: 9464 }],
  ['[::1]:9464', { host: '::1', port: 9464 }],
  ['none', 'none'],
])('--metrics %s', (text, address) => {
  expect(readMetricsAddress(text)).toEqual(address);
});

test.each(['', '0', '70000', 'localhost', 'http://localhost:9464', '9464/metrics'])(
  '--metrics "%s" is refused',
  (text) => {
    expect(() => readMetricsAddress(text)).toThrow(/--metrics is not an address to listen on/);
  },
);

test('what cannot be meant is exit 2, from the command line and from the configuration', async () => {
  const world = await createWorld();
  world.write('m.yaml', manifestText());
  const typed = await world.songbatch('run', 'm.yaml', '--metrics', 'localhost');
  expect([typed.code, typed.stderr]).toEqual([
    2,
    expect.stringMatching(/--metrics is not.*\nhint: /),
  ]);
  world.write('songbatch.config.yaml', 'metrics: "99999"');
  const configured = await world.songbatch('config');
  expect([configured.code, configured.stderr]).toEqual([
    2,
    expect.stringContaining('metrics is not an address to listen on: "99999"'),
  ]);
});
