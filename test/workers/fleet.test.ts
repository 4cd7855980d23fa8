/** One batch on many machines: that is as many processes of the real CLI on one database, and a server that counts. */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { expect, inject, test } from 'vitest';
import { audit } from '../chaos/audit.ts';
import { heldSongs, manifestText, tinySong, until } from '../cli/rig.ts';
import { createFleet } from './fleet.ts';
import { createDatabase, startPostgres } from './servers/postgres.ts';

const unlimited = 'requests: 1000/s';
const kept = { paidTwice: [], lost: [], wrong: [] };

test.concurrent('two workers make a batch, and a second run buys nothing', async (context) => {
  const fleet = await createFleet({ onFinished: context.onTestFinished });
  fleet.write('m.yaml', manifestText({ seeds: 12, more: `limits: { tasks: 6, ${unlimited} }` }));
  await Promise.all([fleet.worker(), fleet.worker()]);

  const first = await fleet.songbatch('run', 'm.yaml');

  expect(first).toMatchObject({ code: 0 });
  expect(first.stdout).toContain('12 done · 12 submissions');
  expect(await audit(fleet, { songs: 12, copies: 1 })).toEqual(kept);
  const second = await fleet.songbatch('run', 'm.yaml');
  expect(second.code).toBe(0);
  expect(second.stdout).toContain('12 done · 0 submissions');
  expect(fleet.server.books()).toMatchObject({ created: 12, duplicates: 0 });
});

test.concurrent('a folder of an engine is refused without it, and at another', async (context) => {
  const [engine, other] = [await database(), await database()];
  const fleet = await createFleet({
    engine,
    environment: { SONGBATCH_ENGINE: '' },
    onFinished: context.onTestFinished,
  });
  fleet.write('m.yaml', manifestText({ seeds: 2, more: `limits: { tasks: 2, ${unlimited} }` }));
  // Nobody has made a song, or written metadata, by then.
  const begun = fleet.run('--engine', engine);
  await until(() => begun.stderr().includes('2 jobs'));
  begun.child.kill('SIGKILL');
  await begun.ended;

  for (const words of [[], ['--engine', other]]) {
    const { code, stderr } = await fleet.songbatch('run', 'm.yaml', ...words);
    expect({ code, stderr }).toMatchObject({ code: 2 });
    expect(stderr).toContain('a run would buy them again');
  }
  expect(fleet.server.books().created).toBe(0);
});

const database = () => createDatabase(inject('postgres'));
test.concurrent('goes on while nobody follows it: killed, or left by Ctrl-C', async (context) => {
  const { render, release } = heldSongs();
  const fleet = await createFleet({ render, onFinished: context.onTestFinished });
  fleet.write('m.yaml', manifestText({ seeds: 6, more: `limits: { tasks: 2, ${unlimited} }` }));
  await fleet.worker();
  const created = () => fleet.server.books().created;

  const first = fleet.run();
  await until(() => created() === 2);
  first.child.kill('SIGKILL');
  await first.ended;
  const second = fleet.run();
  await context.expect
    .poll(() => fleet.ask('SELECT is_planned, round FROM songbatch.batches'))
    .toEqual([{ is_planned: true, round: 2 }]);
  second.child.kill('SIGINT');
  expect(await second.ended).toMatchObject({ code: 130 });
  expect(second.stderr()).toContain('the batch goes on: the same command follows it again');
  expect(second.stderr()).not.toContain('no more submissions');
  release();
  await until(() => created() === 6);

  const third = await fleet.run().ended;
  expect(third).toMatchObject({ code: 0 });
  expect(third.stdout).toContain('6 done');
  expect(await audit(fleet, { songs: 6, copies: 1 })).toEqual(kept);
});

test.concurrent(
  'who leaves while jobs are still ordered stops none of those before',
  async (context) => {
    const upload = Promise.withResolvers<undefined>();
    const fleet = await createFleet({
      meddle: (path) =>
        path === '/File/Upload' ? { holds: 'request', until: upload.promise } : 'pass',
      onFinished: context.onTestFinished,
    });
    const limits = `limits: { tasks: 2, ${unlimited} }`;
    fleet.write('m.yaml', manifestText({ seeds: 3, more: limits }));
    const first = fleet.run();
    await until(() => first.stderr().includes('no worker is there'));
    first.child.kill('SIGINT');
    await first.ended;
    // The next run orders jobs whose reference song has to be uploaded first.
    const { file } = await tinySong({} as never);
    fleet.write('song.wav', file);
    const more = manifestText({ seeds: 3, more: limits }).replace(
      'matrix:',
      'matrix:\n  reference: [{ id: own, file: song.wav }, none]',
    );
    fleet.write('m.yaml', more.replace('{clone}/{seed}', '{clone}/{reference}/{seed}'));
    const second = fleet.run();
    await until(() => second.stderr().includes('6 jobs'));
    await context.expect
      .poll(() => fleet.ask('SELECT round FROM songbatch.batches'))
      .toEqual([{ round: 2 }]);

    second.child.kill('SIGINT');

    expect(await second.ended).toMatchObject({ code: 130 });
    expect(second.stderr()).toContain('the same command orders the rest');
    upload.resolve(undefined);
    await fleet.worker();
    await until(() => fleet.server.books().created === 3);
    expect(await fleet.run().ended).toMatchObject({ code: 0 });
    expect(fleet.server.books()).toMatchObject({ created: 6, duplicates: 0 });
  },
);

test.concurrent('tasks of a worker that is killed are adopted by another', async (context) => {
  const { render, release } = heldSongs();
  const fleet = await createFleet({ render, onFinished: context.onTestFinished });
  fleet.write('m.yaml', manifestText({ seeds: 8, more: `limits: { tasks: 4, ${unlimited} }` }));
  const killed = await fleet.worker();
  const run = fleet.run();
  await until(() => fleet.server.books().created === 4);
  await fleet.worker();

  killed.child.kill('SIGKILL');
  release();

  expect(await run.ended).toMatchObject({ code: 0 });
  expect(await audit(fleet, { songs: 8, copies: 1 })).toEqual(kept);
  expect(fleet.server.books().accounts[0]?.peak).toBe(4);
});

test.concurrent('a worker that ends in good order leaves its tasks to others', async (context) => {
  const { render, release } = heldSongs();
  const fleet = await createFleet({ render, onFinished: context.onTestFinished });
  fleet.write('m.yaml', manifestText({ seeds: 4, more: `limits: { tasks: 3, ${unlimited} }` }));
  const ending = await fleet.worker();
  const run = fleet.run();
  await until(() => fleet.server.books().created === 3);

  ending.child.kill('SIGTERM');

  expect(await ending.ended).toMatchObject({ code: 0 });
  await fleet.worker();
  release();
  expect(await run.ended).toMatchObject({ code: 0 });
  expect(await audit(fleet, { songs: 4, copies: 1 })).toEqual(kept);
});

test.concurrent(
  'a worker that is stopped between intent and Run sends no Run when it goes on',
  async (context) => {
    const fleet = await createFleet({ onFinished: context.onTestFinished });
    // The second Run waits seconds for its turn, with its intent in the books.
    fleet.write(
      'm.yaml',
      manifestText({ seeds: 2, more: 'limits: { tasks: 2, requests: 0.5/s }' }),
    );
    const stopped = await fleet.worker();
    const run = fleet.run('--settle-grace', '1s');
    await context.expect.poll(() => fleet.count('intended')).toBe(2);
    stopped.child.kill('SIGSTOP');
    expect(fleet.server.books().created).toBe(1);
    await fleet.worker();
    await context.expect.poll(() => fleet.count('withdrawn'), { timeout: 100_000 }).toBe(1);

    stopped.child.kill('SIGCONT');

    expect(await run.ended).toMatchObject({ code: 0 });
    expect(await audit(fleet, { songs: 2, copies: 1 })).toEqual(kept);
  },
);

test.concurrent(
  'connections that end, and a database that has none left, delay a batch',
  async (context) => {
    const postgres = await startPostgres({ max_connections: '60' });
    context.onTestFinished(postgres.stop);
    const engine = await postgres.createDatabase();
    const fleet = await createFleet({ engine, speed: 100, onFinished: context.onTestFinished });
    fleet.write('m.yaml', manifestText({ seeds: 24, more: `limits: { tasks: 4, ${unlimited} }` }));
    await Promise.all([fleet.worker(), fleet.worker()]);
    const run = fleet.run();

    for (const created of [4, 8, 12]) {
      await until(() => fleet.server.books().created >= created);
      const others = await takeConnections(engine, created === 4 ? 0 : 60);
      await delay(1000);
      await Promise.all(others.map((client) => client.end()));
    }

    expect(await run.ended).toMatchObject({ code: 0 });
    expect(await audit(fleet, { songs: 24, copies: 1 })).toEqual(kept);
  },
);

/** Ends all connections of others, and takes as many as are to be had, up to so many. */
async function takeConnections(url: string, most: number): Promise<pg.Client[]> {
  const taken: pg.Client[] = [];
  try {
    for (;;) {
      const client = new pg.Client({ connectionString: url });
      client.on('error', () => undefined);
      await client.connect();
      taken.push(client);
      await client.query(
        'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> ALL($1)',
        [taken.map((each) => Reflect.get(each, 'processID') as number)],
      );
      if (taken.length > most) return taken;
    }
  } catch {
    return taken;
  }
}

test.concurrent('a database that crashes delays a batch', async (context) => {
  const postgres = await startPostgres();
  context.onTestFinished(postgres.stop);
  const engine = await postgres.createDatabase();
  const fleet = await createFleet({ engine, speed: 100, onFinished: context.onTestFinished });
  fleet.write('m.yaml', manifestText({ seeds: 16, more: `limits: { tasks: 4, ${unlimited} }` }));
  await Promise.all([fleet.worker(), fleet.worker()]);
  const run = fleet.run();

  await until(() => fleet.server.books().created >= 6);
  await postgres.restart('immediate');

  expect(await run.ended).toMatchObject({ code: 0 });
  expect(await audit(fleet, { songs: 16, copies: 1 })).toEqual(kept);
});

test.concurrent('orders that the queue has lost are found again', async (context) => {
  const fleet = await createFleet({ onFinished: context.onTestFinished });
  fleet.write('m.yaml', manifestText({ seeds: 3 }));
  const run = fleet.run();
  await until(() => run.stderr().includes('no worker is there'));
  await fleet.ask('DELETE FROM songbatch_queue.job');

  await fleet.worker();

  expect(await run.ended).toMatchObject({ code: 0 });
  expect(fleet.server.books()).toMatchObject({ created: 3, duplicates: 0 });
});

test.concurrent(
  'a batch of another version is left alone, by runs and by workers',
  async (context) => {
    const fleet = await createFleet({ onFinished: context.onTestFinished });
    fleet.write('m.yaml', manifestText({ seeds: 2 }));
    const run = fleet.run();
    await until(() => run.stderr().includes('no worker is there'));
    await fleet.ask('UPDATE songbatch.batches SET version = 99');

    const worker = await fleet.worker();

    const refusal = 'is kept by another version of songbatch (99, this one knows 1)';
    await until(() => worker.stderr().includes(refusal));
    run.child.kill('SIGINT');
    await run.ended;
    const again = await fleet.run().ended;
    expect(again).toMatchObject({ code: 2, stdout: '' });
    expect(again.stderr).toContain(refusal);
    expect(again.stderr).toContain('use the same version on all machines');
    expect(fleet.server.books().created).toBe(0);
  },
);

test.concurrent(
  'nothing is bought for a folder that is not the one of the batch',
  async (context) => {
    const fleet = await createFleet({ onFinished: context.onTestFinished });
    fleet.write('m.yaml', manifestText({ seeds: 2 }));
    const run = fleet.run();
    await until(() => run.stderr().includes('no worker is there'));
    rmSync(join(fleet.folder, 'out/.songbatch-engine'));

    const worker = await fleet.worker();

    await until(() => worker.stderr().includes('is not the folder that it was begun in'));
    expect(fleet.server.books().created).toBe(0);
  },
);

test.concurrent('another API key is refused while tasks are in flight', async (context) => {
  let key = 'test-key';
  const { render } = heldSongs();
  const fleet = await createFleet({
    render,
    shell: () => `export WIRO_API_KEY=${key}`,
    onFinished: context.onTestFinished,
  });
  fleet.write('m.yaml', manifestText({ seeds: 2 }));
  await fleet.worker();
  const run = fleet.run();
  await until(() => run.stderr().includes('the first task is accepted'));
  run.child.kill('SIGINT');
  await run.ended;
  key = 'another-key';

  const { code, stdout, stderr } = await fleet.run().ended;

  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain('the API key is another one');
  expect(stderr).not.toContain('another-key');
});

test.concurrent('a batch is followed once; --unless-running leaves it at that', async (context) => {
  const { render, release } = heldSongs();
  const fleet = await createFleet({ render, onFinished: context.onTestFinished });
  fleet.write('m.yaml', manifestText({ seeds: 2 }));
  await fleet.worker();
  const first = fleet.run();
  await until(() => fleet.server.books().created === 2);

  const second = await fleet.run().ended;
  expect(second).toMatchObject({ code: 2, stdout: '' });
  expect(second.stderr).toContain('is being followed already');
  expect(await fleet.run('--unless-running').ended).toMatchObject({ code: 0, stdout: '' });
  release();
  expect(await first.ended).toMatchObject({ code: 0 });
  expect(fleet.server.books()).toMatchObject({ created: 2, duplicates: 0 });
});

test.concurrent(
  'songs that have disappeared come home again, and are not bought',
  async (context) => {
    const fleet = await createFleet({ onFinished: context.onTestFinished });
    fleet.write('m.yaml', manifestText({ seeds: 3 }));
    await fleet.worker();
    expect(await fleet.run().ended).toMatchObject({ code: 0 });
    const song = join(fleet.folder, 'out/vocal/2.wav');
    const bytes = readFileSync(song);
    rmSync(song);

    const again = await fleet.run().ended;

    expect(again).toMatchObject({ code: 0 });
    expect(again.stdout).toContain('3 done · 0 submissions');
    expect(readFileSync(song)).toEqual(bytes);
    expect(fleet.server.books().created).toBe(3);
  },
);

test.concurrent('what stays in doubt keeps no place from others, and is told', async (context) => {
  const fleet = await createFleet({
    // The first answer is lost, and the list never shows a task.
    meddle: (path, nth) => {
      if (path.startsWith('/Run/') && nth === 1) return 'lose-answer';
      if (path !== '/Task/List') return 'pass';
      return { status: 200, body: '{"result":true,"errors":[],"total":"0","tasklist":[]}' };
    },
    onFinished: context.onTestFinished,
  });
  fleet.write('m.yaml', manifestText({ seeds: 3, more: `limits: { tasks: 1, ${unlimited} }` }));
  await fleet.worker();

  const { code, stdout } = await fleet.run('--settle-grace', '1s').ended;

  expect(code).toBe(3);
  expect(stdout).toContain('2 done');
  expect(stdout).toContain('in doubt');
  expect(fleet.server.books().created).toBe(3);
});

test.concurrent('copies of a job keep to their own tasks at different workers', async (context) => {
  const fleet = await createFleet({
    // Of the copies the first Run is lost on its way, and the answer to the second comes late.
    meddle: (path, nth) => {
      if (!path.startsWith('/Run/') || nth < 2 || nth > 3) return 'pass';
      return nth === 2 ? 'lose-request' : { holds: 'answer', until: delay(3000) };
    },
    onFinished: context.onTestFinished,
  });
  await Promise.all([fleet.worker('--tasks', '1'), fleet.worker('--tasks', '1')]);
  // An empty list of tasks would prove nothing.
  fleet.write('m.yaml', manifestText({ seeds: 1 }));
  expect(await fleet.run().ended).toMatchObject({ code: 0 });
  const more = `limits: { tasks: 2, ${unlimited} }\nrepeat: 3`;
  fleet.write('m.yaml', manifestText({ seeds: 1, more }));

  expect(await fleet.run('--settle-grace', '1s').ended).toMatchObject({ code: 0 });

  expect(await audit(fleet, { songs: 1, copies: 3 })).toEqual(kept);
});
