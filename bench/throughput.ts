/**
 * End-to-end throughput: `songbatch run` with full durability beside bare undici on the same server,
 * in turn, in one run. Tasks are instant, so that what is measured is us. `npm run bench:throughput [-- JOBS [PAIRS]]`
 *
 * The floor sends the requests and drops what comes; the durable floor also keeps what must not be lost. With
 * `--no-measure --no-report` a run does what that does, and no song is decoded, drawn or laid out on a page.
 *
 * Whole processes are measured, start-up and end included; every round gets a fresh server. CPU is that of
 * all threads of the client. What rounds wrote is removed when all have run: where thousands of files were
 * deleted a moment ago, ext4 without a journal spends a quarter of the client's CPU on looking for an inode.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  at,
  machine,
  measure,
  median,
  songbatch as program,
  startServer,
  type Measure,
} from './measure.ts';

const [jobs = 10_000, rounds = 3] = process.argv.slice(2).map(Number);
const inFlight = 20;

const contestants = {
  floor: 'bare undici (3 requests a job, nothing else)',
  durable: 'the same, with every step and every song synced to disk',
  plain: 'songbatch run --no-measure --no-report (state, verified files, metadata)',
  whole: 'songbatch run (the same, and measures, pictures, page)',
} as const;
type Contestant = keyof typeof contestants;
const names = Object.keys(contestants) as Contestant[];

async function measureRound(root: string): Promise<Readonly<Record<Contestant, Measure>>> {
  const folder = mkdtempSync(join(root, 'round-'));
  const { child, url } = await startServer('instant-server.ts');
  try {
    const environment = { ...process.env, WIRO_BASE_URL: url, WIRO_API_KEY: 'bench' };
    const size = [url, String(jobs), String(inFlight)];
    mkdirSync(join(folder, 'durable'));
    const floor = await measure({ words: [at('floor.ts'), ...size] });
    const durable = await measure({
      words: [at('durable-floor.ts'), ...size, join(folder, 'durable')],
    });
    const run = (name: Contestant, ...flags: readonly string[]) => {
      const manifest = join(folder, `${name}.yaml`);
      writeFileSync(manifest, manifestFor(name, join(folder, name)));
      return measure({ words: [program, 'run', manifest, ...flags], environment });
    };
    const plain = await run('plain', '--no-measure', '--no-report');
    const whole = await run('whole');
    return { floor, durable, plain, whole };
  } finally {
    child.kill();
  }
}

function manifestFor(name: string, dir: string): string {
  return `name: ${name}
defaults: { prompt: "[verse]\\nla", genre: [Pop], instrument: [guitar], mood: [happy], gender: [female], timbre: [bright vocal] }
matrix: { seed: { from: 1, to: ${jobs} } }
limits: { tasks: ${inFlight}, requests: 100000/s }
output: { dir: ${JSON.stringify(dir)} }
`;
}

const results: Awaited<ReturnType<typeof measureRound>>[] = [];
const root = mkdtempSync(join(tmpdir(), 'songbatch-bench-'));
try {
  for (let round = 0; round < rounds; round++) results.push(await measureRound(root));
} finally {
  rmSync(root, { recursive: true, force: true });
}

const cpuOf = ({ cpuSeconds }: Measure) => (cpuSeconds / jobs) * 1000;
const medianOf = (figure: (round: (typeof results)[number]) => number) =>
  median(results.map(figure));
const row = (name: Contestant) => {
  const rate = medianOf((round) => jobs / round[name].seconds);
  const ratio = medianOf(({ floor, [name]: own }) => floor.seconds / own.seconds);
  const cpu = medianOf((round) => cpuOf(round[name]));
  const beyond = medianOf((round) => cpuOf(round[name]) - cpuOf(round.floor));
  return `| ${contestants[name]} | ${rate.toFixed(0)} | ${ratio.toFixed(2)} | ${cpu.toFixed(2)} | ${beyond.toFixed(2)} |`;
};
process.stdout.write(
  [
    `${jobs} jobs, ${inFlight} in flight, ${rounds} rounds, ${machine()}; medians`,
    '',
    '| | jobs/s | of the floor | CPU ms a job | beyond the floor |',
    '| --- | ---: | ---: | ---: | ---: |',
    ...names.map(row),
    '| target | | 0.50 | | 0.50 |',
    '',
  ].join('\n'),
);
