/**
 * End-to-end throughput: `songbatch run` with full durability beside bare undici on the same server,
 * in turn, in one run. Tasks are instant, so that what is measured is us. `npm run bench:throughput [-- JOBS [PAIRS]]`
 *
 * Whole processes are measured, start-up and end included; every pair gets a fresh server. CPU is that of
 * all threads of the client. What pairs wrote is removed when all have run: where thousands of files were
 * deleted a moment ago, ext4 without a journal spends a quarter of the client's CPU on looking for an inode.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
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

const [jobs = 5000, pairs = 5] = process.argv.slice(2).map(Number);
const inFlight = 20;

async function measurePair(
  root: string,
): Promise<{ readonly floor: Measure; readonly songbatch: Measure }> {
  const folder = mkdtempSync(join(root, 'pair-'));
  const { child, url } = await startServer('instant-server.ts');
  try {
    const manifest = join(folder, 'bench.yaml');
    writeFileSync(
      manifest,
      `name: bench
defaults: { prompt: "[verse]\\nla", genre: [Pop], instrument: [guitar], mood: [happy], gender: [female], timbre: [bright vocal] }
matrix: { seed: { from: 1, to: ${jobs} } }
limits: { tasks: ${inFlight}, requests: 100000/s }
output: { dir: ${JSON.stringify(join(folder, 'out'))} }
`,
    );
    const environment = { ...process.env, WIRO_BASE_URL: url, WIRO_API_KEY: 'bench' };
    const floor = await measure({
      words: [at('floor.ts'), url, String(jobs), String(inFlight)],
      environment,
    });
    const songbatch = await measure({ words: [program, 'run', manifest], environment });
    return { floor, songbatch };
  } finally {
    child.kill();
  }
}

const results: Awaited<ReturnType<typeof measurePair>>[] = [];
const root = mkdtempSync(join(tmpdir(), 'songbatch-bench-'));
try {
  for (let pair = 0; pair < pairs; pair++) results.push(await measurePair(root));
} finally {
  rmSync(root, { recursive: true, force: true });
}

const rateOf = (pick: 'floor' | 'songbatch') =>
  median(results.map((pair) => jobs / pair[pick].seconds)).toFixed(0);
const cpuOf = ({ cpuSeconds }: Measure) => (cpuSeconds / jobs) * 1000;
const cpu = (pick: 'floor' | 'songbatch') =>
  median(results.map((pair) => cpuOf(pair[pick]))).toFixed(2);
const ratio = median(results.map(({ floor, songbatch }) => floor.seconds / songbatch.seconds));
const beyond = median(results.map(({ floor, songbatch }) => cpuOf(songbatch) - cpuOf(floor)));
process.stdout.write(
  [
    `${jobs} jobs, ${inFlight} in flight, ${pairs} pairs, ${machine()}; medians`,
    '',
    '| | jobs/s | CPU ms a job |',
    '| --- | ---: | ---: |',
    `| bare undici (3 requests a job, nothing else) | ${rateOf('floor')} | ${cpu('floor')} |`,
    `| songbatch run (state, verified files, measures, pictures, metadata, page) | ${rateOf('songbatch')} | ${cpu('songbatch')} |`,
    '',
    '| | target | measured |',
    '| --- | ---: | ---: |',
    `| jobs/s beside the floor | at least 0.50 | ${ratio.toFixed(2)} |`,
    `| CPU ms a job beyond the floor's | at most 0.50 | ${beyond.toFixed(2)} |`,
    '',
  ].join('\n'),
);
