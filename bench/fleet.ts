/**
 * Many machines on one: workers as processes, PostgreSQL (fsync on) and Redis beside them, and the embedded server.
 * `npm run bench:fleet [-- throughput | limit | recovery]`, without a word all three; about ten minutes.
 *
 * Times are told by the events in the database. CPU is that of workers and of PostgreSQL's processes, by /proc.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { heldSongs, manifestText, until, type Running } from '../test/cli/rig.ts';
import { createFleet, type Fleet, type FleetOptions } from '../test/workers/fleet.ts';
import { startPostgres, type PostgresServer } from '../test/workers/servers/postgres.ts';
import { startRedis } from '../test/workers/servers/redis.ts';
import { machine, median } from './measure.ts';

type Queue = 'postgres' | 'redis';
const queues: readonly Queue[] = ['postgres', 'redis'];
const unlimited = 'requests: 100000/s';
const print = (...lines: readonly string[]) => process.stdout.write(`${lines.join('\n')}\n`);

interface Site {
  readonly fleet: Fleet;
  readonly postgres: PostgresServer;
}

async function at<Result>(
  queue: Queue,
  options: Omit<FleetOptions, 'engine' | 'queue' | 'onFinished'>,
  work: (site: Site) => Promise<Result>,
): Promise<Result> {
  const cleanUps: (() => Promise<void>)[] = [];
  try {
    const postgres = await startPostgres({ fsync: 'on' });
    cleanUps.push(postgres.stop);
    const redis = queue === 'redis' ? await startRedis() : undefined;
    if (redis) cleanUps.push(redis.stop);
    const fleet = await createFleet({
      ...options,
      engine: await postgres.createDatabase(),
      ...(redis && { queue: redis.url }),
      onFinished: (cleanUp) => cleanUps.push(cleanUp),
    });
    return await work({ fleet, postgres });
  } finally {
    for (const cleanUp of cleanUps.reverse()) await cleanUp();
  }
}

/** Starts so many workers, and runs a batch of so many jobs to its end. */
async function makeBatch(fleet: Fleet, workers: number, jobs: number, tasks: number) {
  fleet.write(
    'm.yaml',
    manifestText({ seeds: jobs, more: `limits: { tasks: ${tasks}, ${unlimited} }` }),
  );
  const crew = await Promise.all(Array.from({ length: workers }, () => fleet.worker()));
  const before = cpuOf(crew);
  const { code, stderr } = await fleet.run().ended;
  if (code !== 0) throw new Error(`ended with ${code}: ${stderr}`);
  return { crew, cpu: cpuOf(crew) - before };
}

/** Seconds from the first intent to the last song. */
async function secondsOf(fleet: Fleet): Promise<number> {
  const [row] = await fleet.ask(
    'SELECT (max(at) - min(at)) / 1000.0 AS seconds FROM songbatch.events',
  );
  return Number(row?.['seconds']);
}

/** Ticks of 10 ms, as seconds; of these processes. */
function cpuOf(crew: readonly Running[]): number {
  return crew.reduce((sum, { child }) => sum + cpuOfProcess(child.pid ?? 0), 0);
}

function cpuOfProcess(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** Of the server that a database is in: its living processes, and those that have ended. */
async function cpuOfPostgres(fleet: Fleet): Promise<number> {
  const [row] = await fleet.ask('SELECT pg_backend_pid() AS pid');
  const stat = readFileSync(`/proc/${String(row?.['pid'])}/stat`, 'latin1');
  const parent = stat.split(') ')[1]?.split(' ')[1] ?? '';
  const ended = readFileSync(`/proc/${parent}/stat`, 'latin1').split(') ')[1]?.split(' ') ?? [];
  const children = execFileSync('pgrep', ['-P', parent], { encoding: 'utf8' }).trim().split('\n');
  return children
    .map(Number)
    .reduce(
      (sum, pid) => sum + cpuOfProcess(pid),
      (Number(ended[13]) + Number(ended[14])) / 100 + cpuOfProcess(Number(parent)),
    );
}

async function throughput(): Promise<void> {
  const jobs = 1500;
  print(
    `${jobs} jobs whose tasks take no time, 40 in flight, ${machine()}`,
    '',
    '| queue | workers | jobs/s | CPU ms a job: workers | CPU ms a job: PostgreSQL |',
    '| --- | ---: | ---: | ---: | ---: |',
  );
  for (const queue of queues) {
    for (const workers of [1, 2, 4]) {
      await at(queue, {}, async ({ fleet }) => {
        const before = await cpuOfPostgres(fleet);
        const { cpu } = await makeBatch(fleet, workers, jobs, 40);
        const rate = jobs / (await secondsOf(fleet));
        const own = (cpu / jobs) * 1000;
        const theirs = (((await cpuOfPostgres(fleet)) - before) / jobs) * 1000;
        print(
          `| ${[queue, workers, rate.toFixed(0), own.toFixed(1), theirs.toFixed(1)].join(' | ')} |`,
        );
      });
    }
  }
}

async function limit(): Promise<void> {
  const [jobs, tasks, taskSeconds] = [400, 40, 3.6];
  print(
    `${jobs} jobs whose tasks take ${taskSeconds} s, ${tasks} in flight at once, ${machine()}`,
    '',
    '| queue | workers | of the limit used | most in flight | songs a worker, fewest to most |',
    '| --- | ---: | ---: | ---: | ---: |',
  );
  for (const queue of queues) {
    for (const workers of [1, 2, 4]) {
      await at(queue, { speed: 10, workers: tasks }, async ({ fleet }) => {
        await makeBatch(fleet, workers, jobs, tasks);
        const ideal = (jobs * taskSeconds) / tasks;
        const used = ideal / (await secondsOf(fleet));
        const shares = await fleet.ask(
          `SELECT count(*)::integer AS songs FROM songbatch.events WHERE type = 5 GROUP BY session ORDER BY songs`,
        );
        const songs = shares.map((row) => Number(row['songs']));
        const peak = fleet.server.books({ limit: 1 }).accounts[0]?.peak ?? NaN;
        print(
          `| ${[queue, workers, `${(100 * used).toFixed(0)} %`, peak, songs.join(', ')].join(' | ')} |`,
        );
      });
    }
  }
}

/** Seconds in which another worker has brought home all that was in flight at the one that is hit. */
function takeOver(queue: Queue, signal: 'SIGKILL' | 'SIGSTOP'): Promise<number> {
  const { render, release } = heldSongs();
  return at(queue, { render }, async ({ fleet }) => {
    const more = `limits: { tasks: 8, ${unlimited} }`;
    fleet.write('m.yaml', manifestText({ seeds: 8, more }));
    const victim = await fleet.worker();
    const run = fleet.run();
    await until(() => fleet.server.books({ limit: 1 }).created === 8);
    await fleet.worker();
    const hit = performance.now();
    victim.child.kill(signal);
    release();
    const { code, stderr } = await run.ended;
    if (code !== 0) throw new Error(`ended with ${code}: ${stderr}`);
    return (performance.now() - hit) / 1000;
  });
}

/** Seconds from a crash of PostgreSQL, which starts again at once, to the next Run. */
function afterCrash(queue: Queue): Promise<number> {
  return at(queue, { speed: 100, workers: 100 }, async ({ fleet, postgres }) => {
    const more = `limits: { tasks: 4, ${unlimited} }`;
    fleet.write('m.yaml', manifestText({ seeds: 1000, more }));
    const created = () => fleet.server.books({ limit: 1 }).created;
    await Promise.all([fleet.worker(), fleet.worker()]);
    fleet.run();
    await until(() => created() > 8);
    const hit = performance.now();
    await postgres.restart('immediate');
    const before = created();
    await until(() => created() > before);
    return (performance.now() - hit) / 1000;
  });
}

async function recovery(): Promise<void> {
  const times = 5;
  print(
    `Median and worst of ${times}, ${machine()}`,
    '',
    '| queue | all 8 tasks of a killed worker (SIGKILL) are home after s | of a stopped one (SIGSTOP) | the next Run after a crash of PostgreSQL |',
    '| --- | ---: | ---: | ---: |',
  );
  for (const queue of queues) {
    const cells: string[] = [];
    for (const recover of [
      () => takeOver(queue, 'SIGKILL'),
      () => takeOver(queue, 'SIGSTOP'),
      () => afterCrash(queue),
    ]) {
      const seconds: number[] = [];
      for (let turn = 0; turn < times; turn++) seconds.push(await recover());
      cells.push(`${median(seconds).toFixed(1)}, ${Math.max(...seconds).toFixed(1)}`);
    }
    print(`| ${[queue, ...cells].join(' | ')} |`);
  }
}

const parts = { throughput, limit, recovery };
const wanted = process.argv[2];
for (const [name, part] of Object.entries(parts)) {
  if (wanted !== undefined && wanted !== name) continue;
  await part();
  print('');
}
