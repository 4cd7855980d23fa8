/**
 * A batch on many machines in bad weather: workers and the run that follows them are killed, workers are stopped and go
 * on, PostgreSQL crashes, answers to Runs are lost; whoever dies is started again, as a supervisor does it. Then
 * the server's books are compared with what lies on disk (`../chaos/audit.ts`).
 *
 * Who is hit, how and when comes from a seed; when is told by what the server has been asked, so that a slow machine is
 * hit at the same stages. How processes interleave stays their own affair.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { audit, type Audit } from '../chaos/audit.ts';
import type { Running } from '../cli/rig.ts';
import { manifestText, tinySong } from '../cli/rig.ts';
import { chance, type Chance } from '../../src/sandbox/engine/random.ts';
import { createFleet, hasEnded, type Fleet } from './fleet.ts';
import { startPostgres, type PostgresServer } from './servers/postgres.ts';
import { startRedis } from './servers/redis.ts';

export interface Storm {
  readonly seed: number;
  readonly jobs: number;
  readonly workers: number;
  /** Tasks in flight at once, over all workers. */
  readonly tasks: number;
  /** SIGKILLs of workers and of the run that follows them. */
  readonly kills: number;
  /** SIGSTOPs of workers, of up to 14 s. */
  readonly stops: number;
  /** Crashes of PostgreSQL. */
  readonly crashes: number;
  readonly queue: 'postgres' | 'redis';
}

export interface Aftermath {
  readonly audit: Audit;
  /** Tasks that the server made, and had in flight at the most. */
  readonly tasks: number;
  readonly peak: number;
  /** How often processes were started. */
  readonly starts: number;
  readonly kills: number;
  readonly stops: number;
  readonly crashes: number;
  readonly seconds: number;
}

type Blow = 'kill' | 'stop' | 'crash';

/** Some answers are lost; what is listed late is so by less than the grace time. */
const faults = { rates: { 'run.dropAfter': 0.05, 'run.dropBefore': 0.03, 'list.lag': 0.05 } };
const lagSeconds = 40;
/** A task takes a third of a second. */
const speed = 100;
const run = ['run', 'm.yaml', '--settle-grace', '1s', '--no-report', '--no-measure'];

export async function weather(storm: Storm): Promise<Aftermath> {
  const { seed, jobs, tasks, queue } = storm;
  const cleanUps: (() => Promise<void>)[] = [];
  const began = performance.now();
  try {
    const postgres = await startPostgres();
    cleanUps.push(postgres.stop);
    const redis = queue === 'redis' ? await startRedis() : undefined;
    if (redis) cleanUps.push(redis.stop);
    const fleet = await createFleet({
      engine: await postgres.createDatabase(),
      ...(redis && { queue: redis.url }),
      speed,
      workers: tasks,
      render: tinySong,
      faults: { ...faults, seed, lagSeconds },
      onFinished: (cleanUp) => cleanUps.push(cleanUp),
    });
    const more = `limits: { tasks: ${tasks}, requests: 1000/s }\nretry: { attempts: 10 }`;
    fleet.write('m.yaml', manifestText({ seeds: jobs, more }));
    const { starts, blows } = await weatherIt(fleet, postgres, storm);
    const { created, accounts } = fleet.server.books({ limit: 1 });
    return {
      audit: await audit(fleet, { songs: jobs, copies: 1 }),
      tasks: created,
      peak: accounts[0]?.peak ?? 0,
      starts,
      kills: blows.filter((blow) => blow === 'kill').length,
      stops: blows.filter((blow) => blow === 'stop').length,
      crashes: blows.filter((blow) => blow === 'crash').length,
      seconds: (performance.now() - began) / 1000,
    };
  } finally {
    for (const cleanUp of cleanUps.reverse()) await cleanUp();
  }
}

async function weatherIt(
  fleet: Fleet,
  postgres: PostgresServer,
  storm: Storm,
): Promise<{ starts: number; blows: readonly Blow[] }> {
  const isOver = new AbortController();
  let starts = 0;
  const start = (words: readonly string[]) => {
    starts++;
    return fleet.start(...words);
  };
  const workers = Array.from({ length: storm.workers }, () =>
    supervise(() => start(['worker']), isOver.signal),
  );
  const follower = supervise(() => start(run), isOver.signal, 0);
  const blows: Blow[] = [];
  const striking = (async () => {
    for await (const { blow, luck } of momentsOf(fleet, storm, isOver.signal)) {
      const victims = (blow === 'kill' ? [...workers, follower] : workers)
        .map(({ current }) => current())
        .filter((running) => !hasEnded(running));
      const victim = victims[Math.floor(luck.next() * victims.length)];
      if (blow === 'crash') await postgres.restart('immediate');
      else if (!victim) continue;
      else if (blow === 'kill') victim.child.kill('SIGKILL');
      else stopForAWhile(victim, luck.next() * 14_000);
      blows.push(blow);
    }
  })();
  try {
    await follower.ended;
    await Promise.race([striking, Promise.all(workers.map(({ ended }) => ended))]);
  } finally {
    isOver.abort();
    for (const worker of workers) worker.current().child.kill('SIGKILL');
    await Promise.all(workers.map(({ ended }) => ended));
  }
  return { starts, blows };
}

interface Supervised {
  readonly current: () => Running;
  /** Resolves when it is not started again. Rejects where it ended as none should. */
  readonly ended: Promise<void>;
}

/** Starts it again whenever it ends, but for one that ends with `goal`. */
function supervise(start: () => Running, signal: AbortSignal, goal?: number): Supervised {
  let current = start();
  const ended = (async () => {
    for (;;) {
      const { code, stderr } = await current.ended;
      if (signal.aborted || code === goal) return;
      // Killed; or left with jobs in doubt; or the database was away when it began.
      const isExpected = code === null || code === 3 || (code === 2 && away.test(stderr));
      if (!isExpected) throw new Error(`ended with ${code}: ${stderr}`);
      await delay(200);
      current = start();
    }
  })();
  // It is waited for at the end.
  ended.catch(() => undefined);
  return { current: () => current, ended };
}

const away = /cannot be used|does not answer|is being followed already/;

function stopForAWhile({ child }: Running, milliseconds: number): void {
  child.kill('SIGSTOP');
  setTimeout(() => child.kill('SIGCONT'), milliseconds).unref();
}

/** Blows in the order of the seed, spread over the batch by how many tasks have been made. */
async function* momentsOf(
  fleet: Fleet,
  { seed, jobs, kills, stops, crashes }: Storm,
  signal: AbortSignal,
): AsyncGenerator<{ blow: Blow; luck: Chance }> {
  const luck = chance(`fleet ${seed}`);
  const blows = shuffled(
    [
      ...Array.from({ length: kills }, () => 'kill' as const),
      ...Array.from({ length: stops }, () => 'stop' as const),
      ...Array.from({ length: crashes }, () => 'crash' as const),
    ],
    luck,
  );
  for (const [index, blow] of blows.entries()) {
    const made = ((index + luck.next()) / blows.length) * jobs * 0.95;
    while (!signal.aborted && fleet.server.books({ limit: 1 }).created < made) await delay(5);
    if (signal.aborted) return;
    yield { blow, luck };
  }
}

function shuffled<Item>(items: readonly Item[], luck: Chance): Item[] {
  return items
    .map((item) => ({ item, place: luck.next() }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item);
}
