/**
 * The floor with durability and nothing else: what `floor.ts` does, and beside it an intent on disk before each
 * Run, the task's id and its end behind it, and the song written, synced, hashed, and given its name. Nothing is
 * checked, resumed, counted or measured. `node bench/durable-floor.ts URL JOBS IN_FLIGHT FOLDER`
 */
import { createHash } from 'node:crypto';
import { closeSync, fsync, openSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import pLimit from 'p-limit';
import { Pool } from 'undici';

const [base = '', jobs = '1000', inFlight = '20', folder = '.'] = process.argv.slice(2);
const { origin } = new URL(base);
const pool = new Pool(origin, { connections: Number(inFlight) });
const headers = { 'x-api-key': 'floor', 'content-type': 'application/json' };
const ended = 'task_postprocess_end';

interface Detail {
  readonly tasklist: readonly {
    readonly status: string;
    readonly outputs: readonly { readonly url: string }[];
  }[];
}

const db = new DatabaseSync(join(folder, 'state.sqlite'));
db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
db.exec('CREATE TABLE events (job INTEGER, type INTEGER, at INTEGER, detail TEXT)');
const insert = db.prepare('INSERT INTO events VALUES (?, ?, ?, ?)');

/** Resolves when the event is durable; those of one turn of the loop share a commit. */
let waiting: { readonly write: () => void; readonly done: () => void }[] = [];
function record(job: number, type: number, detail: unknown): Promise<void> {
  return new Promise((done) => {
    if (waiting.length === 0) setImmediate(commit);
    const write = () => insert.run(job, type, Date.now(), JSON.stringify(detail));
    waiting.push({ write, done });
  });
}
function commit(): void {
  const batch = waiting;
  waiting = [];
  db.exec('BEGIN');
  for (const { write } of batch) write();
  db.exec('COMMIT');
  for (const { done } of batch) done();
}

/** Those who come while the folder is being synced share the next sync. */
const sync = promisify(fsync);
let syncing: Promise<void> | undefined;
let next: Promise<void> | undefined;
async function syncFolder(): Promise<void> {
  const descriptor = openSync(folder, 'r');
  await sync(descriptor).finally(() => {
    closeSync(descriptor);
  });
}
function folderSynced(): Promise<void> {
  if (!syncing) return (syncing = syncFolder().finally(() => (syncing = undefined)));
  return (next ??= syncing.then(() => {
    next = undefined;
    return folderSynced();
  }));
}

async function post(path: string, body: object): Promise<unknown> {
  const answer = await pool.request({ path, method: 'POST', headers, body: JSON.stringify(body) });
  return answer.body.json();
}

/** Gives the path of the song. */
async function make(seed: number): Promise<string> {
  const parameters = { prompt: '[verse]\nla', genre: ['Pop'], seed: String(seed) };
  await record(seed, 0, parameters);
  const { taskid } = (await post('/v1/Run/wiro/text-to-song-with-reference-yue', parameters)) as {
    taskid: string;
  };
  await record(seed, 1, taskid);
  for (;;) {
    const { tasklist } = (await post('/v1/Task/Detail', { taskid })) as Detail;
    const [task] = tasklist;
    if (task?.status !== ended) continue;
    await record(seed, 2, task.outputs);
    return new URL(task.outputs[0]?.url ?? '').pathname;
  }
}

async function save(seed: number, path: string): Promise<void> {
  const song = await pool.request({ path, method: 'GET' });
  const bytes = Buffer.from(await song.body.arrayBuffer());
  const name = join(folder, `s${seed}.wav`);
  const file = await open(`${name}.part`, 'wx');
  await file.writeFile(bytes);
  await file.sync();
  await file.close();
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  await rename(`${name}.part`, name);
  await folderSynced();
  await record(seed, 3, { bytes: bytes.length, sha256 });
}

const flying = pLimit(Number(inFlight));
const landing = pLimit(64);
const job = async (seed: number) => {
  const path = await flying(() => make(seed));
  await landing(() => save(seed, path));
};
await Promise.all(Array.from({ length: Number(jobs) }, (_, seed) => job(seed)));
await pool.close();
db.close();
