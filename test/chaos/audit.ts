/**
 * What is true after a batch, from two sides: the server's books, which say what was made and
 * billed, and the files, which are all that the user has.
 */
import { spawnSync } from 'node:child_process';
import { hash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import ajvFormats from 'ajv-formats';
import { parseUsd } from '../../src/job/money.ts';
import { hasEnded } from '../../src/sandbox/lifecycle.ts';
import type { BookedTask } from '../../src/sandbox/ledger.ts';
import { readRun } from '../../src/sandbox/run-input.ts';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import type { World } from '../cli/rig.ts';
import { tinySong, until } from '../cli/rig.ts';

/** All empty after a batch that was kept as promised. */
export interface Audit {
  /** Parameters for which more tasks were billed than copies were wanted. */
  readonly paidTwice: readonly string[];
  /** Jobs without their song, whole and right. */
  readonly lost: readonly string[];
  /** Anything else in which books and files disagree. */
  readonly wrong: readonly string[];
}

interface Metadata {
  readonly jobs: readonly {
    readonly output: string;
    readonly status: string;
    readonly parameters: Readonly<Record<string, unknown>>;
    readonly attempts: readonly { readonly taskId?: string }[];
    readonly outputs: readonly { readonly path: string; readonly sha256: string }[];
  }[];
  readonly totals: { readonly costUsd: string };
}

const schema = new URL('../../schemas/metadata.schema.json', import.meta.url);
const ajv = new Ajv2020();
ajvFormats.default(ajv);
const isMetadata = ajv.compile<Metadata>(JSON.parse(readFileSync(schema, 'utf8')) as object);

export async function audit(
  { server, folder }: World,
  { songs, copies }: { readonly songs: number; readonly copies: number },
): Promise<Audit> {
  await until(() => bookedTasks(server).every(({ status }) => hasEnded(status)));
  const tasks = bookedTasks(server);
  const out = join(folder, 'out');
  const metadata: unknown = JSON.parse(readFileSync(join(out, 'metadata.json'), 'utf8'));
  if (!isMetadata(metadata)) throw new Error(JSON.stringify(isMetadata.errors, undefined, 2));

  const billed = tasks.filter((task) => Number(task.billed) > 0).map(bought);
  const areThere = await Promise.all(metadata.jobs.map((job) => isSongThere(out, job)));
  const lost = metadata.jobs.filter((_, index) => !areThere[index]).map(({ output }) => output);
  for (let job = metadata.jobs.length; job < songs * copies; job++) lost.push('a job nobody knows');
  return {
    paidTwice: repeated(billed, copies),
    lost,
    wrong: [
      ...unknownTasks(tasks, metadata),
      ...wrongSums(out),
      ...strayFiles(out, metadata),
      ...wrongBill(server.books().billed, metadata.totals.costUsd),
    ],
  };
}

function bookedTasks(server: Sandbox): BookedTask[] {
  const tasks: BookedTask[] = [];
  for (let start = 0; ; start += 1000) {
    const page = server.books({ start, limit: 1000 }).tasks;
    tasks.push(...page);
    if (page.length < 1000) return tasks;
  }
}

function bought({ parameters }: BookedTask): string {
  return JSON.stringify(Object.entries(parameters).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** What comes more often than it may. */
function repeated(items: readonly string[], most = 1): string[] {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(item, (counts.get(item) ?? 0) + 1);
  return [...counts].filter(([, count]) => count > most).map(([item]) => item);
}

/** Whether the file has the very bytes that the engine makes of the job's parameters. */
async function isSongThere(out: string, job: Metadata['jobs'][number]): Promise<boolean> {
  const input = readRun(job.parameters, (url) => url);
  const [output] = job.outputs;
  if (job.status !== 'done' || !output || input.kind !== 'song') return false;
  const wanted = hash('sha256', (await tinySong(input.song)).file);
  return (
    output.sha256 === wanted && hash('sha256', readFileSync(join(out, output.path))) === wanted
  );
}

/** Every task belongs to one attempt of one job: nothing was bought that nobody knows of. */
function unknownTasks(tasks: readonly BookedTask[], { jobs }: Metadata): string[] {
  const claimed = jobs.flatMap(({ attempts }) => attempts.map(({ taskId }) => taskId ?? 'none'));
  return [
    ...tasks.filter(({ id }) => !claimed.includes(id)).map(({ id }) => `task ${id} is nobody's`),
    ...repeated(claimed).map((id) => `task ${id} is claimed twice`),
  ];
}

function wrongSums(out: string): string[] {
  const { status, stderr, stdout } = spawnSync(
    'sha256sum',
    ['--check', '--strict', '--quiet', 'SHA256SUMS'],
    { cwd: out, encoding: 'utf8' },
  );
  return status === 0 ? [] : [`sha256sum: ${stdout}${stderr}`];
}

/** Parts of downloads, logs of databases and whatever else a kill may leave behind. */
function strayFiles(out: string, { jobs }: Metadata): string[] {
  const known = new Set(['metadata.json', 'SHA256SUMS', 'state.sqlite', '.songbatch-engine']);
  const page = /^report\/(index\.html|\.lock|data\/[0-9a-f]{32}\.js)$/;
  for (const { path, sha256 } of jobs.flatMap(({ outputs }) => outputs)) {
    const picture = `report/sound/${sha256.slice(0, 32)}`;
    for (const file of [path, `${picture}.json`, `${picture}.png`]) known.add(file);
  }
  return readdirSync(out, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(out.length + 1))
    .filter((path) => !known.has(path) && !page.test(path))
    .map((path) => `${path} was left behind`);
}

function wrongBill(billed: string, told: string): string[] {
  return parseUsd(billed) === parseUsd(told) ? [] : [`billed ${billed}, but ${told} is told`];
}
