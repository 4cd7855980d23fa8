/** `songbatch report --serve` beside runs that come and go. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { PageData } from '../../src/listening/page-format.ts';
import { statuses } from '../../src/job/status.ts';
import { ratingsSchemaId, type Ratings } from '../../src/ratings/ratings.ts';
import { createWorld, heldSongs, manifestText, type Running, type World } from './rig.ts';

interface ServedBatch extends Running {
  readonly url: string;
  readonly ratings: string;
}

async function serve(world: World, ...flags: string[]): Promise<ServedBatch> {
  const running = world.start('report', 'm.yaml', '--serve', '--port', '0', '--json', ...flags);
  onTestFinished(() => {
    running.child.kill('SIGKILL');
  });
  if (!running.child.stdout) throw new Error('the process has no stdout');
  const [line] = (await once(running.child.stdout, 'data')) as [string];
  return { ...running, ...(JSON.parse(line) as { url: string; ratings: string }) };
}

/** The words of the server's event stream, as they come. */
async function* eventsOf(url: string): AsyncGenerator<string> {
  const { body } = await fetch(new URL('../live', url), { signal: AbortSignal.timeout(60_000) });
  if (!body) throw new Error('no stream');
  let text = '';
  for await (const piece of body.pipeThrough(new TextDecoderStream())) {
    text += piece;
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const name = /^event: (\w+)$/m.exec(text.slice(0, end))?.[1];
      if (name !== undefined) yield name;
      text = text.slice(end + 2);
    }
  }
}

/** Follows the page until its jobs stand like this. */
async function untilShown(url: string, wanted: readonly string[]): Promise<PageData> {
  for await (const event of eventsOf(url)) {
    if (event !== 'batch') continue;
    const answer = await fetch(new URL('page-1.json', url));
    const data = (await answer.json()) as PageData;
    const shown = data.columns.status.map((status) => statuses[status]);
    if (JSON.stringify(shown) === JSON.stringify(wanted)) return data;
  }
  throw new Error('the server has ended');
}

/** Saves ever more ratings, from 500 on, and kills the server over it; answers how many were confirmed at last. */
async function saveUntilKilled(url: string, kill: () => void): Promise<number> {
  const page = await (await fetch(url)).text();
  const token = /name="songbatch-live" content="(\w+)"/.exec(page)?.[1] ?? '';
  let headers: Record<string, string> = { 'if-none-match': '*', 'x-songbatch-token': token };
  for (let count = 500; ; count++) {
    const body = JSON.stringify(starred(count));
    // Some milliseconds later: at this save or at one of the next.
    if (count === 510) setTimeout(kill, 3);
    try {
      const answer = await fetch(new URL('../ratings', url), { method: 'PUT', headers, body });
      if (answer.status !== 200) throw new Error(await answer.text());
      const etag = answer.headers.get('etag') ?? '';
      headers = { 'if-match': etag, 'x-songbatch-token': token };
    } catch (error) {
      // What fetch says of a connection that broke.
      if (error instanceof TypeError) return count - 1;
      throw error;
    }
  }
}

function starred(count: number): Ratings {
  const digits = (number: number) => number.toString(16).padStart(32, '0');
  const numbers = Array.from({ length: count }, (_, number) => number);
  return {
    $schema: ratingsSchemaId,
    batch: 'test',
    listener: 'ann',
    comparisons: [],
    abx: [],
    stars: numbers.map((number) => ({
      at: '2026-11-22T10:15:00.000Z',
      of: { job: digits(number), song: digits(number) },
      stars: 5,
    })),
  };
}

describe('report --serve', () => {
  test('shows a run that begins after it, its songs as they come, and its end', async () => {
    const { render, release } = heldSongs();
    const world = await createWorld({ workers: 2, render });
    world.write('m.yaml', manifestText({ seeds: 2 }));
    const served = await serve(world);
    await untilShown(served.url, ['waiting', 'waiting']);

    const run = world.start('run', 'm.yaml');
    await untilShown(served.url, ['running', 'running']);
    release();
    const data = await untilShown(served.url, ['done', 'done']);
    const [path, , bytes] = data.columns.song[0] ?? [];
    const song = await fetch(new URL(`../${path ?? ''}`, served.url));
    expect((await song.arrayBuffer()).byteLength).toBe(bytes);
    expect((await run.ended).code).toBe(0);

    served.child.kill('SIGINT');
    const { code, stdout } = await served.ended;
    expect([code, stdout.trim().split('\n')]).toEqual([0, [expect.stringContaining('"url"')]]);
  });

  test('killed while it saves, it leaves whole ratings, with all that it had confirmed', async () => {
    const world = await createWorld();
    world.write('m.yaml', manifestText({ seeds: 1 }));
    const served = await serve(world);
    const confirmed = await saveUntilKilled(served.url, () => served.child.kill('SIGKILL'));
    const kept = JSON.parse(readFileSync(served.ratings, 'utf8')) as { stars: unknown[] };
    expect([confirmed, confirmed + 1]).toContain(kept.stars.length);
  });

  test('is refused, in words, where it cannot be', async () => {
    const world = await createWorld();
    world.write('m.yaml', manifestText({ seeds: 1 }));
    const busy = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => {
      busy.close();
    });
    await once(busy, 'listening');
    const { port } = busy.address() as AddressInfo;
    expect(await world.songbatch('report', 'm.yaml', '--serve', '--port', String(port))).toEqual({
      code: 2,
      stdout: '',
      stderr: `error: cannot listen on port ${port}: another program does\nhint: choose another one with --port, or 0 for any that is free\n`,
    });
    const refused = async (...flags: string[]) => {
      const { code, stderr } = await world.songbatch('report', 'm.yaml', ...flags);
      return [code, stderr.split('\n')[0]];
    };
    expect(await refused('--port', '1')).toEqual([
      2,
      'error: --port and --listener are for --serve',
    ]);
    expect((await refused('--serve', '--listener', '../ann'))[0]).toBe(2);
  });
});
