/**
 * The state of a large batch that is half done: bytes on disk for each job, durable checkpoints a second beside
 * this disk's own fsync rate, the start of a run until it submits its first job, and `songbatch status`.
 * `npm run bench:state [-- JOBS]`
 *
 * What a run costs that is begun is another matter: it is killed as soon as its first Run comes in, and the
 * state is put back as it was.
 */
import { spawn } from 'node:child_process';
import {
  closeSync,
  copyFileSync,
  fsyncSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { createServer, request } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { openStore } from '../src/state/sqlite-store.ts';
import { makeState, writeManifest } from './made-up-state.ts';
import { machine, measure, median, songbatch, startServer } from './measure.ts';

const [jobs = 1_000_000] = process.argv.slice(2).map(Number);
const rounds = 5;

const folder = mkdtempSync(join(tmpdir(), 'songbatch-state-'));
const { child, url } = await startServer('instant-server.ts');
const { server, runs, base } = await listenForRuns(url);
const environment = { ...process.env, WIRO_BASE_URL: base, WIRO_API_KEY: 'bench' };
try {
  const manifest = writeManifest(folder, jobs);
  const state = await makeState(manifest, new URL(base).hostname);
  const { whole, own } = bytesOf(state);
  const { checkpoints, fsyncs } = await measureCheckpoints();
  const bare = await times(() => cpuOf(['--eval', '0']));
  const status = await times(() => cpuOf([songbatch, 'status', manifest]));
  const start = await times(() => firstRun(manifest, state));
  // Another policy: nothing that was noted counts.
  const walk = await times(() => cpuOf([songbatch, 'status', manifest, '--only', 'genre=jazz']), 1);
  const row = (what: string, target: string, measured: string) =>
    `| ${what} | ${target} | ${measured} |`;
  process.stdout.write(
    [
      `${jobs} jobs, half of them done; ${machine()}; medians of ${rounds}`,
      '',
      '| | must reach | measured |',
      '| --- | --- | --- |',
      row('bytes a job, whole file', '', whole.toFixed(0)),
      row('without its labels and parameters', '400', (whole - own).toFixed(0)),
      row('durable checkpoints/s, 1,000 in flight', '', checkpoints.toFixed(0)),
      row('fsyncs/s of 4 kB, one after the other', '', fsyncs.toFixed(0)),
      row('checkpoints by fsyncs', '20', (checkpoints / fsyncs).toFixed(0)),
      row('start of a run until its first Run arrives, s', '1.5', start.toFixed(2)),
      row('`status`, CPU s', '0.3', status.toFixed(2)),
      row('`node --eval 0`, CPU s', '', bare.toFixed(2)),
      row('`status` that has to walk through the plan, CPU s', '', walk.toFixed(1)),
      '',
    ].join('\n'),
  );
} finally {
  server.close();
  child.kill();
  rmSync(folder, { recursive: true, force: true });
}

/** For each job of the state: all of the file, and what `spec` has of labels and values. */
function bytesOf(state: string): { readonly whole: number; readonly own: number } {
  const db = new DatabaseSync(state, { readOnly: true });
  const found = db.prepare('SELECT count(*) AS n, avg(length(spec)) AS spec FROM jobs').get();
  db.close();
  return { whole: statSync(state).size / Number(found?.['n']), own: Number(found?.['spec']) };
}

/** Each job appends one event when the one before is durable, as a run does. */
async function measureCheckpoints(): Promise<{
  readonly checkpoints: number;
  readonly fsyncs: number;
}> {
  const [inFlight, events] = [1000, 30];
  const ratios: { readonly checkpoints: number; readonly fsyncs: number }[] = [];
  for (let round = 0; round < rounds; round++) {
    const { store } = openStore(join(folder, `checkpoints-${round}.sqlite`), {
      identity: { name: 'bench', service: 'bench' },
      policy: { attempts: 1 },
    });
    const began = performance.now();
    await Promise.all(
      Array.from({ length: inFlight }, async (_, index) => {
        const seed = String(index);
        const id = seed.padStart(32, '0');
        const job = { id, model: 'a/b', coordinates: { seed }, parameters: { seed }, output: seed };
        for (let event = 0; event < events; event += 2) {
          await store.append(job, { type: 'intended', at: event });
          await store.append(job, { type: 'withdrawn', at: event, why: 'not sent' });
        }
      }),
    );
    const checkpoints = (inFlight * events * 1000) / (performance.now() - began);
    store.close();
    ratios.push({ checkpoints, fsyncs: fsyncRate() });
  }
  const ratio = (one: { readonly checkpoints: number; readonly fsyncs: number }) =>
    one.checkpoints / one.fsyncs;
  const [middle] = ratios.toSorted((a, b) => ratio(a) - ratio(b)).slice(Math.floor(rounds / 2));
  return middle ?? { checkpoints: NaN, fsyncs: NaN };
}

function fsyncRate(): number {
  const file = openSync(join(folder, 'fsync'), 'w');
  const block = Buffer.alloc(4096, 1);
  const began = performance.now();
  let done = 0;
  while (performance.now() - began < 1000) {
    writeSync(file, block);
    fsyncSync(file);
    done++;
  }
  const rate = (done * 1000) / (performance.now() - began);
  closeSync(file);
  return rate;
}

async function cpuOf(words: readonly string[]): Promise<number> {
  return (await measure({ words, environment })).cpuSeconds;
}

/** Seconds from the start of the process until its first Run comes in. */
async function firstRun(manifest: string, state: string): Promise<number> {
  const kept = join(folder, 'kept.sqlite');
  copyFileSync(state, kept);
  const errors = join(folder, 'errors.txt');
  writeFileSync(errors, '');
  const began = performance.now();
  const run = spawn(process.execPath, [songbatch, 'run', manifest, '--no-report'], {
    env: environment,
    stdio: ['ignore', 'ignore', openSync(errors, 'a')],
  });
  await Promise.race([runs.next(), once(run, 'exit')]);
  const seconds = (performance.now() - began) / 1000;
  if (run.exitCode !== null) throw new Error(readFileSync(errors, 'utf8'));
  run.kill('SIGKILL');
  await once(run, 'exit');
  for (const suffix of ['-wal', '-shm', '-journal']) rmSync(state + suffix, { force: true });
  copyFileSync(kept, state);
  return seconds;
}

async function times(action: () => Promise<number>, count = rounds): Promise<number> {
  const all: number[] = [];
  for (let round = 0; round < count; round++) all.push(await action());
  return median(all);
}

/** Passes everything on to the server, but a Run, which is not answered. */
async function listenForRuns(target: string) {
  let arrived = Promise.withResolvers<undefined>();
  const server = createServer((asked, answer) => {
    if (asked.url?.startsWith('/v1/Run') === true) {
      arrived.resolve(undefined);
      return;
    }
    const { method, headers } = asked;
    const passed = request(new URL(asked.url ?? '/', target), { method, headers }, (reply) => {
      answer.writeHead(reply.statusCode ?? 500, reply.headers);
      reply.pipe(answer);
    });
    asked.pipe(passed);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const runs = {
    next: () => {
      arrived = Promise.withResolvers();
      return arrived.promise;
    },
  };
  return { server, runs, base: `http://127.0.0.1:${port}${new URL(target).pathname}` };
}
