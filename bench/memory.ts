/**
 * What a run holds in memory: whole `songbatch run` processes of 10,000 and of more jobs, on a server whose tasks
 * take no time (its memory is not counted), and the same command again on what is done.
 * `npm run bench:memory [-- JOBS]`; the result is Markdown.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { machine, measure, songbatch, startServer, type Measure } from './measure.ts';

const [most = 100_000] = process.argv.slice(2).map(Number);
const least = 10_000;
const target = 1.2;

interface Runs {
  readonly jobs: number;
  readonly first: Measure;
  readonly again: Measure;
}

async function runBatch(root: string, jobs: number): Promise<Runs> {
  const folder = mkdtempSync(join(root, 'batch-'));
  const { child, url } = await startServer('instant-server.ts');
  try {
    const manifest = join(folder, 'bench.yaml');
    writeFileSync(
      manifest,
      `name: bench
defaults: { genre: [Pop], instrument: [guitar], mood: [happy], gender: [female], timbre: [bright vocal] }
matrix:
  lyrics: [{ id: one, text: "[verse]\\nla" }, { id: two, text: "[verse]\\nlo" }]
  seed: { from: 1, to: ${jobs / 2} }
limits: { tasks: 20, requests: 100000/s }
output: { dir: ${JSON.stringify(join(folder, 'out'))} }
`,
    );
    const environment = { ...process.env, WIRO_BASE_URL: url, WIRO_API_KEY: 'bench' };
    const words = [songbatch, 'run', manifest];
    const first = await measure({ words, environment });
    return { jobs, first, again: await measure({ words, environment }) };
  } finally {
    child.kill();
  }
}

const results: Runs[] = [];
// All at the end: new files are dear where others were deleted of late (RESULTS.md).
const root = mkdtempSync(join(tmpdir(), 'songbatch-memory-'));
try {
  for (const jobs of [least, most]) results.push(await runBatch(root, jobs));
} finally {
  rmSync(root, { recursive: true, force: true });
}
const [small, large] = results.map(({ first }) => first.memoryAtEnd);
const ratio = (large ?? NaN) / (small ?? NaN);
const row = (what: string, jobs: number, { memory, memoryAtEnd, cpuSeconds }: Measure) =>
  `| ${jobs} | ${what} | ${memory.toFixed(0)} | ${memoryAtEnd.toFixed(0)} | ${((cpuSeconds / jobs) * 1000).toFixed(3)} |`;
process.stdout.write(
  [
    `20 tasks in flight, ${machine()}`,
    '',
    '| jobs | | peak MB | MB at its end | CPU ms a job |',
    '| ---: | --- | ---: | ---: | ---: |',
    ...results.flatMap(({ jobs, first, again }) => [
      row('run', jobs, first),
      row('run again: all is done', jobs, again),
    ]),
    '',
    `at its end a run of ${most} jobs holds ${ratio.toFixed(2)} of what one of ${least} holds (target: at most ${target})`,
    '',
  ].join('\n'),
);
