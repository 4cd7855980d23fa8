/**
 * What it costs to learn that tasks have ended, and how late it is learnt: 200 tasks of about three
 * minutes, 100 in flight, watched by push, by reading the list, and by asking for each task every few
 * seconds, as a plain client does. `npm run bench:watching [-- TASKS [IN_FLIGHT [SPEED]]]`
 *
 * Embedded server, client and run are the real ones. Time passes `SPEED` times as fast for all of them, so
 * a request that takes 5 ms here takes 0.1 s of the time that is counted, as one over the internet would.
 * When a task ended is what the server's own socket says, in every mode.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pLimit from 'p-limit';
import { WebSocket } from 'undici';
import { realClock } from '../src/batch/clock.ts';
import type { JobId } from '../src/job/job.ts';
import type { SongApi } from '../src/job/song-api.ts';
import { parseManifest } from '../src/manifest/parse.ts';
import { makePlan, type Plan } from '../src/plan/plan.ts';
import { everything } from '../src/plan/selection.ts';
import type { RunPorts } from '../src/run/ports.ts';
import { runBatch } from '../src/run/run.ts';
import { startSandbox, type Sandbox } from '../src/sandbox/sandbox.ts';
import { openStore } from '../src/state/sqlite-store.ts';
import { createWiroClient } from '../src/wiro/client.ts';
import { createSocketHints } from '../src/wiro/socket.ts';

const [tasks = 200, inFlight = 100, speed = 20] = process.argv.slice(2).map(Number);
const plainInterval = 5000;
const model = 'wiro/text-to-song-with-reference-yue';

const begun = performance.now();
/** Milliseconds of the time that is counted. */
const now = () => Math.round(1_700_000_000_000 + (performance.now() - begun) * speed);
const sleep = (ms: number, signal?: AbortSignal) => realClock.sleep(ms / speed, signal);

type Mode = 'push' | 'list' | 'plain';

interface Measured {
  readonly requestsPerTask: number;
  /** Milliseconds from the end of a task until it was known, in order. */
  readonly delays: readonly number[];
}

async function measure(mode: Mode): Promise<Measured> {
  // Execution takes one and a half times a song's length; queue, preparation and conclusion about 6 s.
  const render = ({ seed }: { readonly seed: string }) =>
    Promise.resolve({ file: new Uint8Array(64), seconds: 105 + (Number(seed) % 23) });
  const server = await startSandbox({ speed, workers: inFlight, render });
  const api = createWiroClient({
    baseUrl: server.url,
    key: 'bench',
    requestsPerSecond: 10,
    clock: { now, elapsed: now, sleep },
  });
  const ends = await listenForEnds(server);
  try {
    const found =
      mode === 'plain' ? await asPlainClient(api, ends) : await asRun(api, ends, mode, server);
    const { requests } = server.books();
    const looks = (requests['Task/List'] ?? 0) + (requests['Task/Detail'] ?? 0);
    const delays = [...found].map(([token, at]) => at - (ends.of(token) ?? NaN));
    return { requestsPerTask: looks / tasks, delays: delays.toSorted((a, b) => a - b) };
  } finally {
    ends.close();
    await api.close();
    await server.close();
  }
}

/** When each task was found ended, by its token. */
type Found = ReadonlyMap<string, number>;

async function asRun(api: SongApi, ends: Ends, mode: Mode, server: Sandbox): Promise<Found> {
  const folder = mkdtempSync(join(tmpdir(), 'songbatch-watching-'));
  const { store } = openStore(join(folder, 'state.sqlite'), {
    identity: { name: 'bench', service: 'bench' },
    policy: { attempts: 1 },
  });
  const clock = { now, elapsed: now, sleep };
  const hints =
    mode === 'push' && createSocketHints({ url: server.url.replace(/^http/, 'ws'), clock });
  const tokens = new Map<JobId, string>();
  const found = new Map<string, number>();
  const ports: RunPorts = {
    api: {
      ...api,
      run: async (...words) => {
        const answer = await api.run(...words);
        if (answer.kind === 'accepted') ends.follow(answer.token);
        return answer;
      },
    },
    store,
    clock,
    ...(hints && { hints }),
    // Songs are not what is measured.
    outputs: {
      fetch: ({ url }, { name }) =>
        Promise.resolve({
          kind: 'saved',
          file: { path: name, bytes: 1, sha256: url, mediaType: 'audio/wav' },
        }),
      isPresent: () => Promise.resolve(true),
      missingOf: () => [],
    },
    emit: (event) => {
      if (event.type === 'ended') found.set(tokens.get(event.job.id) ?? '', now());
      if (event.type !== 'submitted') return;
      const attempt = store.get(event.job.id)?.attempts.at(-1);
      if (attempt?.stage === 'running') tokens.set(event.job.id, attempt.token);
    },
  };
  const settings = {
    plan: planOf(tasks),
    selection: everything,
    tasks: inFlight,
    settleGrace: 15_000,
    resubmitUnknown: false,
  };
  await runBatch(settings, ports, new AbortController().signal);
  if (hints) await hints.close();
  store.close();
  rmSync(folder, { recursive: true, force: true });
  return found;
}

/** Asks for every task by itself, again and again, as the samples of most services do. */
async function asPlainClient(api: SongApi, ends: Ends): Promise<Found> {
  const found = new Map<string, number>();
  const slots = pLimit(inFlight);
  const one = async (seed: number) => {
    const answer = await api.run(model, { prompt: '[verse]\nla', seed: String(seed) });
    if (answer.kind !== 'accepted') throw new Error(answer.message);
    ends.follow(answer.token);
    for (;;) {
      await sleep(plainInterval);
      const task = await api.task(answer.taskId);
      if (task?.state.kind === 'succeeded') break;
    }
    found.set(answer.token, now());
  };
  await Promise.all(Array.from({ length: tasks }, (_, seed) => slots(() => one(seed))));
  return found;
}

function planOf(seeds: number): Plan {
  const text = `name: watching
defaults: { prompt: "[verse]\\nla", genre: Pop, instrument: guitar, mood: happy, gender: female, timbre: bright vocal }
matrix: { seed: { from: 0, to: ${seeds - 1} } }
`;
  const nothing = { unreadable: 'there are no files here' };
  const { manifest } = parseManifest(
    { path: '/watching.yaml', shownAs: 'watching.yaml', text, sha256: '', workingDirectory: '/' },
    {
      glob: () => [],
      readText: () => nothing,
      modelFile: () => undefined,
      identify: () => nothing,
    },
  );
  const plan = manifest && makePlan(manifest);
  if (!plan || 'problems' in plan) throw new Error('the manifest of this bench is wrong');
  return plan;
}

interface Ends {
  readonly follow: (token: string) => void;
  readonly of: (token: string) => number | undefined;
  readonly close: () => void;
}

async function listenForEnds(server: Sandbox): Promise<Ends> {
  const at = new Map<string, number>();
  const socket = new WebSocket(server.url.replace(/^http/, 'ws'));
  socket.addEventListener('message', ({ data }) => {
    const { type, tasktoken } = JSON.parse(String(data)) as { type: string; tasktoken?: string };
    if (type === 'task_postprocess_end' && tasktoken !== undefined) at.set(tasktoken, now());
  });
  await new Promise((resolve) => {
    socket.addEventListener('open', resolve, { once: true });
  });
  return {
    follow: (tasktoken) => {
      socket.send(JSON.stringify({ type: 'task_info', tasktoken }));
    },
    of: (token) => at.get(token),
    close: () => {
      socket.close();
    },
  };
}

const modes: readonly (readonly [Mode, string])[] = [
  ['push', 'songbatch, with its socket'],
  ['list', 'songbatch, without push'],
  ['plain', `a plain client: Task/Detail every ${plainInterval / 1000} s`],
];
const rows: string[] = [];
for (const [mode, name] of modes) {
  const { requestsPerTask, delays } = await measure(mode);
  const at = (part: number) => ((delays[Math.floor((tasks - 1) * part)] ?? NaN) / 1000).toFixed(2);
  rows.push(`| ${name} | ${requestsPerTask.toFixed(2)} | ${at(0.5)} | ${at(0.95)} | ${at(1)} |`);
}
process.stdout.write(
  [
    `${tasks} tasks of about 3 minutes, ${inFlight} in flight, ${speed} times as fast as real, Node ${process.version}`,
    '',
    '| | watching requests a task | known after s (median) | 95 % | latest |',
    '| --- | ---: | ---: | ---: | ---: |',
    ...rows,
    '',
  ].join('\n'),
);
