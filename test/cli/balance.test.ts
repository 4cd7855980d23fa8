/** An account whose balance falls while it is spent: back-pressure is waited out, an empty one ends the run. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { PageData } from '../../src/listening/page-format.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts';
import { createWorld, manifestText, tinySong, until, type World } from './rig.ts';

const accountOf = (server: Sandbox) => server.books().accounts[0];

test('a batch keeps to the tasks that the account allows, however few they become', async () => {
  let rendered = 0;
  let told = (): string => '';
  // From $30 to $18 a dollar at a time: three tasks at once, then two, then one. The first song ends when
  // three are in flight, the others when a fourth has been refused.
  const world = await createWorld({
    balance: 30,
    price: 1,
    render: async (song) => {
      if (++rendered === 1) await until(() => world.server.books().created === 3);
      else await until(() => told().includes('at most 2 in flight now'));
      return tinySong(song);
    },
  });
  world.write('m.yaml', manifestText({ seeds: 12 }));
  // Three, so that nothing is refused before it is known how long a song takes: a run would wait for 15 s.
  const { stderr, ended } = world.start('run', 'm.yaml', '--tasks', '3');
  told = stderr;
  const { code, stdout } = await ended;
  expect(stderr()).toContain('With your current balance of $29.00, you can run up to 2 tasks');
  expect(code).toBe(0);
  expect(stdout).toContain('12 done');
  const books = world.server.books();
  expect(books).toMatchObject({ created: 12, duplicates: 0, billed: '12.000000000000' });
  expect(books.requests['Run']).toBeGreaterThan(12);
  expect(accountOf(world.server)).toMatchObject({
    inFlight: 0,
    peak: 3,
    balance: '18.000000000000',
  });
  // What was allowed when is in the state, for the listening page: from the start to the end, never the same twice.
  const limits = runsIn(world.read('out/report/index.html')).map((run) =>
    run.map(([, limit]) => limit),
  );
  expect(limits).toHaveLength(1);
  expect(limits[0]?.slice(0, 2)).toEqual([3, 2]);
  expect(limits[0]?.at(-1)).toBe(0);
});

function runsIn(html: string): PageData['runs'] {
  const data = /<script type="application\/json" id="data">(.*)<\/script>/.exec(html)?.[1] ?? '';
  return (JSON.parse(data) as PageData).runs;
}

test('a balance that is used up ends the buying; topped up, the same command finishes', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'songbatch-books-'));
  onTestFinished(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  const environment: Record<string, string> = {};
  let rendered = 0;
  let told = (): string => '';
  const world = await createWorld({
    environment,
    folder,
    balance: 20,
    price: 20,
    // Two at once: the first takes all that there is, the second is in flight when the third is refused.
    render: async (song) => {
      if (++rendered === 1) await until(() => world.server.books().created === 2);
      else await until(() => told().includes('balance is used up'));
      return tinySong(song);
    },
  });
  world.write('m.yaml', manifestText({ seeds: 5 }));
  const { stderr, ended } = world.start('run', 'm.yaml', '--tasks', '2');
  told = stderr;
  const stopped = await ended;
  expect(stopped.code).toBe(3);
  expect(stopped.stderr).toContain("the account's balance is used up: Insufficient balance");
  expect(stopped.stdout).toContain('2 done');
  expect(accountOf(world.server)).toMatchObject({
    created: 2,
    inFlight: 0,
    balance: '-20.000000000000',
  });

  await world.server.close();
  const richer = await startSandbox({
    folder,
    balance: 120,
    price: 20,
    speed: 1e9,
    render: tinySong,
  });
  onTestFinished(() => richer.close());
  environment['WIRO_BASE_URL'] = richer.url;
  const { code, stdout } = await world.songbatch('run', 'm.yaml', '--tasks', '2');
  expect(code).toBe(0);
  expect(stdout).toContain('5 done');
  expect(richer.books()).toMatchObject({ created: 5, duplicates: 0 });
  expect(accountOf(richer)).toMatchObject({ balance: '20.000000000000' });
});

describe('songbatch sandbox', () => {
  const run = '/Run/wiro/text-to-song-with-reference-yue';

  async function serve(...flags: string[]): Promise<{ world: World; base: string }> {
    const world = await createWorld();
    const { child, ended } = world.start('sandbox', '--port', '0', '--json', ...flags);
    onTestFinished(async () => {
      child.kill('SIGTERM');
      expect((await ended).code).toBe(0);
    });
    if (!child.stdout) throw new Error('the process has no stdout');
    const [line] = (await once(child.stdout, 'data')) as [string];
    return { world, base: (JSON.parse(line) as { url: string }).url };
  }

  async function messageOf(url: string, body: object): Promise<string | undefined> {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'x-api-key': 'k' },
      body: JSON.stringify(body),
    });
    const { errors } = (await response.json()) as { errors: { message: string }[] };
    return errors[0]?.message;
  }

  test('--balance limits the tasks at once', async () => {
    const { base } = await serve('--balance', '$9.50', '--speed', '1');
    expect(await messageOf(base + run, { prompt: 'la' })).toBeUndefined();
    expect(await messageOf(base + run, { prompt: 'la' })).toContain(
      'With your current balance of $9.50, you can run up to 1 tasks at the same time.',
    );
  });

  test('--price is what a plan says, and what a song costs', async () => {
    const environment: Record<string, string> = {};
    const world = await createWorld({ environment, price: 0.05 });
    world.write('m.yaml', manifestText({ seeds: 3 }));
    const plan = await world.songbatch('plan', 'm.yaml', '--json');
    expect(JSON.parse(plan.stdout)).toMatchObject({
      price: { source: 'api', perSongUsd: '0.05', totalUsd: '0.15' },
    });
    // A budget for two is kept to.
    expect((await world.songbatch('run', 'm.yaml', '--budget', '0.14')).code).toBe(3);
    expect(world.server.books()).toMatchObject({ created: 2, billed: '0.100000000000' });
    const { base } = await serve('--price', '0.05');
    environment['WIRO_BASE_URL'] = base;
    const other = await world.songbatch('plan', 'm.yaml', '--json', '--out', 'other');
    expect(JSON.parse(other.stdout)).toMatchObject({ price: { perSongUsd: '0.05' } });
  });

  test('--keep is how long songs can be fetched', async () => {
    const { base } = await serve('--keep', '1s', '--speed', '1000000');
    const form = new FormData();
    form.append('file', new Blob(['la']), 'a.wav');
    const headers = { 'x-api-key': 'k' };
    const response = await fetch(`${base}/File/Upload`, { method: 'POST', headers, body: form });
    const { list } = (await response.json()) as { list: { url: string }[] };
    const url = list[0]?.url ?? '';
    let status = 0;
    for (let look = 0; look < 1000 && status !== 410; look++) {
      status = (await fetch(url)).status;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(status).toBe(410);
  });

  test.each([
    [['--balance', 'much'], 'expected USD'],
    [['--balance', '-1'], 'expected USD'],
    [['--price', '0'], 'a price of 0 USD cannot be had: give one above 0'],
    [['--keep', '5'], 'expected a time with its unit'],
    [['--keep', '0s'], 'files cannot be kept for 0 ms'],
  ])('%j is exit 2', async (flags, message) => {
    const world = await createWorld();
    const { code, stdout, stderr } = await world.songbatch('sandbox', '--port', '0', ...flags);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(message);
    expect(stderr).not.toMatch(/^\s+at /m);
  });
});
