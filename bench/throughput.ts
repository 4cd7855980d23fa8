/**
 * End-to-end throughput: `songbatch run` with full durability beside bare undici on the same server,
 * in turn, in one run. Tasks are instant, so that what is measured is us. `npm run bench [-- JOBS [PAIRS]]`
 *
 * Whole processes are measured, start-up included; every pair gets a fresh server.
 */
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const [jobs = 5000, pairs = 5] = process.argv.slice(2).map(Number);
const inFlight = 20;
const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

interface Measure {
  readonly seconds: number;
  readonly cpuSeconds: number;
}

/** Runs a program to its end; it reports its own CPU time on fd 3. */
async function measure(words: readonly string[], environment: NodeJS.ProcessEnv): Promise<Measure> {
  const report =
    'import{writeSync}from"node:fs";process.on("exit",()=>{const{user,system}=process.cpuUsage();writeSync(3,String(user+system))})';
  const started = performance.now();
  const child = spawn(
    process.execPath,
    ['--import', `data:text/javascript,${encodeURIComponent(report)}`, ...words],
    { env: environment, stdio: ['ignore', 'ignore', 'pipe', 'pipe'] },
  );
  let cpu = '';
  let errors = '';
  child.stdio[3]?.on('data', (chunk: Buffer) => (cpu += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`${words.join(' ')} ended with ${code}\n${errors.slice(-2000)}`);
  return { seconds: (performance.now() - started) / 1000, cpuSeconds: Number(cpu) / 1e6 };
}

async function startServer(): Promise<{ readonly child: ChildProcess; readonly url: string }> {
  const child = spawn(process.execPath, [at('instant-server.ts')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  return { child, url: line.toString().trim() };
}

async function measurePair(): Promise<{ readonly floor: Measure; readonly songbatch: Measure }> {
  const folder = mkdtempSync(join(tmpdir(), 'songbatch-bench-'));
  const { child, url } = await startServer();
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
    const floor = await measure([at('floor.ts'), url, String(jobs), String(inFlight)], environment);
    const songbatch = await measure([at('../dist/cli/songbatch.js'), 'run', manifest], environment);
    return { floor, songbatch };
  } finally {
    child.kill();
    rmSync(folder, { recursive: true, force: true });
  }
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? NaN;
}

const results: Awaited<ReturnType<typeof measurePair>>[] = [];
for (let pair = 0; pair < pairs; pair++) results.push(await measurePair());

const row = (name: string, rate: number, cpu: number) =>
  `| ${name} | ${rate.toFixed(0)} | ${((cpu / jobs) * 1000).toFixed(2)} |`;
const rates = (pick: 'floor' | 'songbatch') =>
  median(results.map((pair) => jobs / pair[pick].seconds));
const cpuOf = (pick: 'floor' | 'songbatch') => median(results.map((pair) => pair[pick].cpuSeconds));
const ratio = median(results.map(({ floor, songbatch }) => floor.seconds / songbatch.seconds));
process.stdout.write(
  [
    `${jobs} jobs, ${inFlight} in flight, ${pairs} pairs, Node ${process.version}, ${cpus().length} cores; medians`,
    '',
    '| | jobs/s | CPU ms a job |',
    '| --- | ---: | ---: |',
    row('bare undici (3 requests a job, nothing else)', rates('floor'), cpuOf('floor')),
    row('songbatch run (state, verified files, metadata)', rates('songbatch'), cpuOf('songbatch')),
    '',
    `songbatch reaches ${ratio.toFixed(2)} of the floor (median of the pairs)`,
    '',
  ].join('\n'),
);
