/**
 * What it costs to wait: a real `songbatch run` with 10,000 tasks in flight, none of which ends, against the
 * embedded server in a process of its own. CPU time of the client over a minute, and its memory, without
 * push and with its socket. `npm run bench:idle [-- TASKS [SECONDS]]`
 *
 * No task of such a run has ended yet, so that nothing is known of how long they take: looking is at its
 * dearest. The floor is a Node process that does nothing but sleep.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { machine, songbatch, startServer } from './measure.ts';

const [tasks = 10_000, seconds = 60] = process.argv.slice(2).map(Number);

/** Says on fd 3, each second, what the process has taken so far: microseconds of CPU, bytes. */
const report =
  'import{writeSync}from"node:fs";setInterval(()=>{const{user:u,system:s}=process.cpuUsage();writeSync(3,JSON.stringify([u+s,process.memoryUsage.rss()])+"\\n")},1000).unref()';

interface Usage {
  readonly cpuSeconds: number;
  readonly memory: number;
}

interface Watched {
  readonly usage: () => Usage;
  readonly end: () => Promise<void>;
}

function watch(words: readonly string[], environment: NodeJS.ProcessEnv): Watched {
  const child = spawn(
    process.execPath,
    ['--import', `data:text/javascript,${encodeURIComponent(report)}`, ...words],
    { env: environment, stdio: ['ignore', 'ignore', 'ignore', 'pipe'] },
  );
  const closed = once(child, 'close');
  let usage: Usage = { cpuSeconds: NaN, memory: NaN };
  let text = '';
  child.stdio[3]?.on('data', (chunk: Buffer) => {
    text += chunk.toString();
    const lines = text.split('\n');
    text = lines.pop() ?? '';
    const [cpu = NaN, memory = NaN] = JSON.parse(lines.at(-1) ?? '[]') as number[];
    usage = { cpuSeconds: cpu / 1e6, memory: memory / 1e6 };
  });
  return {
    usage: () => usage,
    end: async () => {
      child.kill('SIGKILL');
      await closed;
    },
  };
}

interface Idleness {
  /** Of a core. */
  readonly share: number;
  readonly memory: number;
}

/** After a moment in which what was begun comes to its end. */
async function idlenessOf({ usage }: Watched): Promise<Idleness> {
  await delay(10_000);
  const before = usage();
  const begun = performance.now();
  await delay(seconds * 1000);
  const after = usage();
  const elapsed = (performance.now() - begun) / 1000;
  return { share: (after.cpuSeconds - before.cpuSeconds) / elapsed, memory: after.memory };
}

interface Books {
  readonly accounts: readonly { readonly inFlight: number }[];
  readonly requests: Readonly<Record<string, number>>;
}

async function booksOf(url: string): Promise<Books> {
  const answer = await fetch(new URL('/sandbox/books?limit=1', url));
  return (await answer.json()) as Books;
}

async function measureRun(socket: 'none' | undefined): Promise<Idleness & { looks: number }> {
  const folder = mkdtempSync(join(tmpdir(), 'songbatch-idle-'));
  const { child: server, url } = await startServer('patient-server.ts');
  const manifest = join(folder, 'idle.yaml');
  writeFileSync(
    manifest,
    `name: idle
defaults: { prompt: "[verse]\\nla", genre: Pop, instrument: guitar, mood: happy, gender: female, timbre: bright vocal }
matrix: { seed: { from: 1, to: ${tasks} } }
limits: { tasks: ${tasks}, requests: 100/s }
output: { dir: ${JSON.stringify(join(folder, 'out'))} }
`,
  );
  const run = watch([songbatch, 'run', manifest], {
    ...process.env,
    WIRO_BASE_URL: url,
    WIRO_API_KEY: 'bench',
    ...(socket && { WIRO_SOCKET_URL: socket }),
  });
  try {
    while ((await booksOf(url)).accounts[0]?.inFlight !== tasks) await delay(1000);
    const looksOf = ({ requests }: Books) =>
      (requests['Task/List'] ?? 0) + (requests['Task/Detail'] ?? 0);
    const before = looksOf(await booksOf(url));
    const idleness = await idlenessOf(run);
    return { ...idleness, looks: (looksOf(await booksOf(url)) - before) / (seconds + 10) };
  } finally {
    await run.end();
    server.kill();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measureFloor(): Promise<Idleness> {
  const sleeper = watch(['-e', 'setTimeout(() => undefined, 2 ** 30)'], process.env);
  try {
    return await idlenessOf(sleeper);
  } finally {
    await sleeper.end();
  }
}

const row = (name: string, { share, memory }: Idleness, looks?: number) =>
  `| ${name} | ${(share * 100).toFixed(2)} % | ${memory.toFixed(0)} MB | ${looks?.toFixed(1) ?? ''} |`;

const floor = await measureFloor();
const asking = await measureRun('none');
const listening = await measureRun(undefined);
process.stdout.write(
  [
    `${tasks} tasks in flight, ${seconds} s, ${machine()}`,
    '',
    '| | CPU of a core | memory | looks a second |',
    '| --- | ---: | ---: | ---: |',
    row('a Node process that sleeps', floor),
    row('songbatch run, without push', asking, asking.looks),
    row('songbatch run, with its socket', listening, listening.looks),
    '| target | < 5 % | < 300 MB | |',
    '',
  ].join('\n'),
);
