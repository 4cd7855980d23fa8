/** What programs use: the same batch, state and promises as the command line's. */
import { describe, expect, test } from 'vitest';
import {
  exactUsd,
  loadManifest,
  ManifestError,
  plan,
  run,
  UsageError,
  type RunEvent,
} from '../../src/index.ts';
import type { World, WorldOptions } from '../cli/rig.ts';
import { createWorld, manifestText } from '../cli/rig.ts';

async function createProgram(seeds: number, options: WorldOptions = {}) {
  const world = await createWorld(options);
  world.write('m.yaml', manifestText({ seeds }));
  const { folder, server } = world;
  const service = { key: 'test-key', baseUrl: server.url };
  const batch = await loadManifest('m.yaml', { workingDirectory: folder });
  return { world, batch, service };
}

const names = (events: readonly RunEvent[]) => events.map(({ type }) => type);
const seedOf = (event: RunEvent) =>
  (event.type === 'saved' || event.type === 'ended' || event.type === 'submitted'
    ? event.job.coordinates.seed
    : undefined) ?? 'of none';

describe('run', () => {
  test('awaited, is how the run ended; its songs and files are there', async () => {
    const { world, batch, service } = await createProgram(3);
    const { tally, submissions, stopped, outputDir } = await run(batch, { service });
    expect({ done: tally.done, submissions, stopped }).toEqual({ done: 3, submissions: 3 });
    expect(outputDir).toBe(`${world.folder}/out`);
    expect(world.read('out/SHA256SUMS').trim().split('\n')).toHaveLength(3);
    expect(world.json('out/metadata.json')).toMatchObject({ totals: { songs: 3 } });
    expect(world.read('out/report/index.html')).toContain('<title>test ');
  });

  test('iterated over, is what happens, from the start to the end', async () => {
    const { batch, service } = await createProgram(2);
    const running = run(batch, { service, tasks: 1 });
    const events: RunEvent[] = [];
    for await (const event of running) events.push(event);
    const [first, last] = [names(events).at(0), names(events).at(-1)];
    expect([first, last]).toEqual(['started', 'finished']);
    const ofJobs = Object.values(Object.groupBy(events.slice(1, -1), seedOf));
    const job = ['submitted', 'ended', 'saved'];
    expect(ofJobs.map((own = []) => names(own))).toEqual([job, job]);
    const outcome = await running;
    expect(events.at(-1)).toMatchObject({ outcome: { tally: outcome.tally } });
    // It is over: nothing more is to be seen.
    for await (const event of running) throw new Error(event.type);
  });

  test('goes on with what the command line began, and the other way round', async () => {
    const { world, batch, service } = await createProgram(4);
    expect((await world.songbatch('run', 'm.yaml', '--max-jobs', '1')).code).toBe(3);
    const { stopped } = await run(batch, { service, maxJobs: 2 });
    expect(stopped?.kind).toBe('max-jobs');
    expect((await world.songbatch('run', 'm.yaml')).code).toBe(0);
    expect(world.server.books()).toMatchObject({ created: 4, duplicates: 0 });
  });

  test.each([
    ['the loop is left', undefined],
    ['its body throws', new Error('of the program')],
  ])('submits nothing more when %s, and its state is saved by then', async (_, error) => {
    const { world, batch, service } = await createProgram(20, { speed: 0.1 });
    const loop = async () => {
      for await (const event of run(batch, { service, tasks: 2 })) {
        if (event.type !== 'submitted') continue;
        if (error) throw error;
        break;
      }
    };
    if (error) await expect(loop()).rejects.toBe(error);
    else await loop();
    const { created } = world.server.books();
    expect(created).toBeLessThanOrEqual(2);
    const { stdout } = await world.songbatch('status', 'm.yaml', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ tally: { running: created, doubt: 0 } });
  });

  test('an aborted signal cancels what is in flight where onAbort says so', async () => {
    const { world, batch, service } = await createProgram(3, { speed: 0.1 });
    const stop = new AbortController();
    const running = run(batch, { service, tasks: 2, signal: stop.signal, onAbort: 'cancel' });
    for await (const { type, tally } of running) {
      if (type === 'submitted' && tally.running === 2) stop.abort();
    }
    const { stopped, tally } = await running;
    expect(stopped?.kind).toBe('interrupted');
    expect(tally).toMatchObject({ running: 0, failed: 2, waiting: 1 });
    expect(world.server.books().created).toBe(2);
  });

  test('a signal that was aborted before it begins buys nothing', async () => {
    const { world, batch, service } = await createProgram(2);
    const { stopped } = await run(batch, { service, signal: AbortSignal.abort() });
    expect(stopped?.kind).toBe('interrupted');
    expect(world.server.books().created).toBe(0);
  });

  test('keeps to the budget, exactly as the command line does', async () => {
    const { batch, service } = await createProgram(5);
    const { tally, stopped } = await run(batch, { service, budget: 0.08, tasks: 1 });
    expect(stopped?.kind).toBe('budget');
    expect(Number(exactUsd(tally.spent))).toBeLessThanOrEqual(0.08);
    expect(tally.done).toBeGreaterThan(0);
  });
});

describe('plan', () => {
  test('tells what a run would buy and where its jobs are, and buys nothing', async () => {
    const { world, batch, service } = await createProgram(4);
    const some = await plan(batch, { service, only: { seed: ['1', '3'] } });
    expect(some).toMatchObject({ combinations: 4, toBuy: 2, tally: { jobs: 2, waiting: 2 } });
    expect([...some.jobs()].map(({ output }) => output)).toEqual(['vocal/1', 'vocal/3']);
    expect(some.price).toBeDefined();
    expect((await plan(batch)).price).toBeUndefined();
    expect(world.server.books().created).toBe(0);
  });
});

describe('refuses before anything is bought', () => {
  const refusal = async (world: World, work: PromiseLike<unknown>) => {
    const error: unknown = await Promise.resolve(work).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(world.server.books().created).toBe(0);
    return error;
  };

  test('a manifest that is wrong, with all that is wrong', async () => {
    const { world } = await createProgram(1);
    world.write('bad.yaml', `${manifestText({ seeds: 1 })}\nouput: {}\nhald: {}\n`);
    const error = await refusal(
      world,
      loadManifest('bad.yaml', { workingDirectory: world.folder }),
    );
    expect(error).toBeInstanceOf(ManifestError);
    expect(error).toMatchObject({ problems: [{ file: 'bad.yaml' }, { file: 'bad.yaml' }] });
  });

  test('a manifest that was changed after it was loaded', async () => {
    const { world, batch, service } = await createProgram(1);
    world.write('m.yaml', manifestText({ seeds: 100 }));
    const error = await refusal(world, run(batch, { service }));
    expect(error).toBeInstanceOf(UsageError);
    expect(String(error)).toContain('m.yaml has changed since it was loaded');
  });

  test.each([
    [{ tasks: 0 }, 'no number of tasks: 0'],
    [{ budget: Number.NaN }, 'no budget: NaN'],
    [{ only: { seed: '99' } }, '--only seed=99: no job has this label'],
  ])('%j', async (options, why) => {
    const { world, batch, service } = await createProgram(1);
    expect(String(await refusal(world, run(batch, { service, ...options })))).toContain(why);
  });

  test('an error of the run is thrown where it is iterated over', async () => {
    const { batch } = await createProgram(1);
    const iterate = async () => {
      for await (const event of run(batch, { service: { key: '' } })) throw new Error(event.type);
    };
    await expect(iterate()).rejects.toThrow('WIRO_API_KEY is not set');
  });
});
