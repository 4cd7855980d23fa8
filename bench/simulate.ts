/**
 * The real scheduler (`src/run`, `src/job`, `src/plan`) in virtual time, on an account that no laptop could
 * serve: does it keep its tasks in flight, find the limit (code 96), and learn of ends in time, and does
 * a job cost the same however many there are? `npm run bench:simulate [-- JOBS [TASKS]]`
 *
 * 200,000 jobs and 5,000 tasks in flight unless given; `10000000 50000` takes about half an hour of CPU. The tables
 * compare with a tenth of either. Everything is drawn from seeds: the same arguments bring the same run,
 * CPU time and memory aside. That of the simulated server is counted, too.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { machine } from './measure.ts';
import { simulate, type Figures, type Scenario } from './simulation/simulated-run.ts';

const hour = 3_600_000;

/** By the name of each; every one gets a process of its own, so that its memory is its own. */
function scenariosFor(jobs: number, tasks: number): Readonly<Record<string, Scenario>> {
  // Enough for as many tasks of three minutes, and for looking at them.
  const rate = (inFlight: number) => Math.max(10, Math.ceil((inFlight / 180) * 1.5));
  const scenario = (name: string, size: Pick<Scenario, 'jobs' | 'tasks'>): Scenario => ({
    ...size,
    requestsPerSecond: rate(size.tasks),
    seed: name,
  });
  const swaying = scenario('swaying', { jobs: jobs / 2, tasks });
  return {
    [`${jobs} jobs, ${tasks} in flight`]: scenario('whole', { jobs, tasks }),
    [`a tenth of the jobs`]: scenario('few', { jobs: jobs / 10, tasks }),
    [`a tenth of both`]: scenario('small', { jobs: jobs / 10, tasks: tasks / 10 }),
    [`the account allows a half, a tenth, all, for 20 minutes each`]: {
      ...swaying,
      limitAt: (elapsed) => tasks * ([0.5, 0.1, 1][Math.floor((elapsed / hour) * 3) % 3] ?? 1),
    },
    [`the account allows 25 of ${tasks}`]: {
      ...scenario('small account', { jobs: Math.min(2000, jobs), tasks }),
      limitAt: () => 25,
    },
    [`10 requests a second`]: {
      ...scenario('few requests', { jobs: Math.min(50_000, jobs), tasks }),
      requestsPerSecond: 10,
    },
  };
}

/** What a scenario came to, as it is printed. */
function rowOf(name: string, { requestsPerSecond, jobs }: Scenario, figures: Figures): string {
  const { requests, refusals, accepted, elapsed, used, allowed, taken, ended } = figures;
  const hours = elapsed / hour;
  const aTask = (count: number) => (count / accepted).toFixed(2);
  const seconds = (share: number) => (figures.delay(share) / 1000).toFixed(1);
  const perHour = Math.min(figures.accepted, jobs) / hours;
  const ideal = allowed / elapsed / (taken / ended / hour);
  const all = requests.Run + requests['Task/List'] + requests['Task/Detail'];
  const cells = [
    name,
    (figures.duration / hour / 24).toFixed(2),
    `${perHour.toFixed(0)} of ${ideal.toFixed(0)}`,
    `${((used / allowed) * 100).toFixed(0)} %`,
    (refusals / hours).toFixed(0),
    `${aTask(requests['Task/List'])} + ${aTask(requests['Task/Detail'])}`,
    `${((all / figures.duration) * 1000).toFixed(1)} of ${requestsPerSecond}`,
    `${seconds(0.5)}, ${seconds(0.95)}`,
    ((figures.cpuSeconds / jobs) * 1e6).toFixed(0),
    (figures.memory / 1e6).toFixed(0),
  ];
  return `| ${cells.join(' | ')} |`;
}

function headOf(jobs: number, tasks: number): string {
  const columns = [
    '',
    'virtual days',
    'jobs an hour, of the ideal',
    'of the limit used',
    '96 an hour',
    'lists + details a task',
    'requests/s',
    'end known after s: median, 95 %',
    'CPU µs a job',
    'peak MB',
  ];
  return [
    `${jobs} jobs, ${tasks} tasks in flight, about three minutes a task, ${machine()}`,
    '',
    `| ${columns.join(' | ')} |`,
    `| --- |${' ---: |'.repeat(columns.length - 1)}`,
    '',
  ].join('\n');
}

const [jobs = 200_000, tasks = 5000, only] = process.argv.slice(2);
const scenarios = scenariosFor(Number(jobs), Number(tasks));
if (only === undefined) {
  process.stdout.write(headOf(Number(jobs), Number(tasks)));
  for (const name of Object.keys(scenarios)) {
    const words = [fileURLToPath(import.meta.url), String(jobs), String(tasks), name];
    const { status } = spawnSync(process.execPath, words, { stdio: 'inherit' });
    if (status !== 0) process.exitCode = 1;
  }
} else {
  const scenario = scenarios[only];
  if (!scenario) throw new Error(`there is no scenario "${only}"`);
  const figures = await simulate(scenario);
  process.stdout.write(`${rowOf(only, scenario, figures)}\n`);
  if (figures.done + figures.failed !== scenario.jobs) process.exitCode = 1;
}
