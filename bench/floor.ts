/**
 * The floor: bare undici doing the least requests that a job needs (Run, Task/Detail, download), with
 * nothing checked, retried or written to disk. `node bench/floor.ts URL JOBS IN_FLIGHT`
 */
import pLimit from 'p-limit';
import { Pool } from 'undici';

const [base = '', jobs = '1000', inFlight = '20'] = process.argv.slice(2);
const { origin } = new URL(base);
const pool = new Pool(origin, { connections: Number(inFlight) });
const limit = pLimit(Number(inFlight));
const headers = { 'x-api-key': 'floor', 'content-type': 'application/json' };
const ended = 'task_postprocess_end';

interface Detail {
  readonly tasklist: readonly {
    readonly status: string;
    readonly outputs: readonly { readonly url: string }[];
  }[];
}

async function post(path: string, body: object): Promise<unknown> {
  const answer = await pool.request({ path, method: 'POST', headers, body: JSON.stringify(body) });
  return answer.body.json();
}

async function job(seed: number): Promise<void> {
  const { taskid } = (await post('/v1/Run/wiro/text-to-song-with-reference-yue', {
    prompt: '[verse]\nla',
    genre: ['Pop'],
    seed: String(seed),
  })) as { taskid: string };
  for (;;) {
    const { tasklist } = (await post('/v1/Task/Detail', { taskid })) as Detail;
    const [task] = tasklist;
    if (task?.status !== ended) continue;
    const path = new URL(task.outputs[0]?.url ?? '').pathname;
    const song = await pool.request({ path, method: 'GET' });
    await song.body.dump();
    return;
  }
}

await Promise.all(Array.from({ length: Number(jobs) }, (_, seed) => limit(() => job(seed))));
await pool.close();
