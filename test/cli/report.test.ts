/** The listening page as users get it: after every run, and whenever they ask for it. */
import { readdirSync, rmSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { nothingHeard } from '../../src/batch/alike-note.ts';
import { loadBatch } from '../../src/batch/batch.ts';
import { diskShelf } from '../../src/batch/shelf.ts';
import { writeReportOfRun } from '../../src/batch/write-report.ts';
import type { StoreReader } from '../../src/job/store.ts';
import type { PageData } from '../../src/listening/page-format.ts';
import { emptyDisk, memoryStore } from '../run/memory-store.ts';
import { createWorld, manifestText, type World } from './rig.ts';

function pageOf(world: World, path = 'out/report/index.html'): PageData {
  const carried = /id="data">(.*?)<\/script>/s.exec(world.read(path))?.[1];
  return JSON.parse(carried ?? 'null') as PageData;
}

const pieces = (world: World) => readdirSync(join(world.folder, 'out/report/data'));

describe('the listening page', () => {
  test('is there after a run, names songs that are there, and is written again on request', async () => {
    const world = await createWorld();
    world.write('m.yaml', manifestText({ seeds: 2 }));
    const run = await world.songbatch('run', 'm.yaml', '--json');
    expect(run.code).toBe(0);
    const index = join(world.folder, 'out/report/index.html');
    expect(JSON.parse(run.stdout)).toMatchObject({ files: { page: index } });
    const { columns, batch, totals } = pageOf(world);
    expect(batch).toMatchObject({ name: 'test', manifest: 'm.yaml', service: world.server.url });
    expect(totals).toMatchObject({ jobs: 2, saved: 2 });
    for (const song of columns.song) {
      expect(statSync(join(world.folder, 'out', song?.[0] ?? '')).size).toBe(song?.[2]);
    }

    // A piece that says what it said is not written again; one that nothing names goes, in time.
    const [piece = ''] = pieces(world);
    const long = new Date(Date.now() - 2 * 3600_000);
    const stale = [`${'0'.repeat(32)}.js`, `${'1'.repeat(32)}.js`, 'mine.js'];
    for (const name of stale) world.write(`out/report/data/${name}`, '');
    for (const name of [piece, stale[0] ?? '']) {
      utimesSync(join(world.folder, 'out/report/data', name), long, long);
    }
    const report = await world.songbatch('report', 'm.yaml');
    expect(report).toMatchObject({ code: 0, stdout: 'out/report/index.html\n', stderr: '' });
    expect(pieces(world).sort()).toEqual([...stale.slice(1), piece].sort());
    expect(statSync(join(world.folder, 'out/report/data', piece)).mtime).toEqual(long);
    expect(pageOf(world).columns).toEqual(columns);
  });

  test('shows what a stopped run has left, and --no-report leaves it as it is', async () => {
    const world = await createWorld();
    world.write('m.yaml', manifestText({ seeds: 3 }));
    expect((await world.songbatch('run', 'm.yaml', '--max-jobs', '1')).code).toBe(3);
    expect(pageOf(world).columns.status).toEqual([4, 0, 0]);
    const run = await world.songbatch('run', 'm.yaml', '--no-report');
    expect(run.code).toBe(0);
    expect(run.stdout).not.toContain('listen');
    expect(pageOf(world).columns.status).toEqual([4, 0, 0]);
    expect((await world.songbatch('report', 'm.yaml')).code).toBe(0);
    expect(pageOf(world).columns.status).toEqual([4, 4, 4]);
  });

  test('that cannot be written is told of, and costs its run nothing else', async () => {
    const world = await createWorld();
    world.write('m.yaml', manifestText({ seeds: 1 }));
    world.write('out/report/index.html/mine', 'not yours');
    const run = await world.songbatch('run', 'm.yaml', '--json', '--junit', 'j.xml');
    expect(run.code).toBe(0);
    expect(run.stderr).toContain('report/index.html is no page of songbatch: move it elsewhere');
    expect(run.stderr).toContain('songbatch report m.yaml writes it, and buys nothing');
    const { files } = JSON.parse(run.stdout) as { files: Readonly<Record<string, string>> };
    expect(files).not.toHaveProperty('page');
    for (const path of [files['metadata'] ?? '', join(world.folder, 'j.xml')]) {
      expect(statSync(path).size).toBeGreaterThan(0);
    }
    // Here it is what was asked for.
    expect((await world.songbatch('report', 'm.yaml')).code).toBe(3);
    expect(world.read('out/report/index.html/mine')).toBe('not yours');
  });

  test('takes the place of no file of that name that is somebody else’s', async () => {
    const world = await createWorld();
    world.write('m.yaml', manifestText({ seeds: 1 }));
    world.write('out/report/index.html', '<p>mine</p>');
    world.write('out/report/page-2.html', '<p>mine, too</p>');
    const run = await world.songbatch('run', 'm.yaml');
    expect(run.code).toBe(0);
    expect(run.stderr).toContain(
      'out/report/index.html is no page of songbatch: move it elsewhere',
    );
    expect(world.read('out/report/index.html')).toBe('<p>mine</p>');
    rmSync(join(world.folder, 'out/report/index.html'));
    expect((await world.songbatch('report', 'm.yaml')).code).toBe(0);
    expect(world.read('out/report/page-2.html')).toBe('<p>mine, too</p>');
  });

  test('that a bug of ours keeps from being written costs its run nothing else either', async () => {
    const world = await createWorld();
    world.write('m.yaml', manifestText({ seeds: 1 }));
    const place = { environment: {}, workingDirectory: world.folder, config: {} };
    const batch = await loadBatch('m.yaml', {}, place, () => undefined);
    const broken = (): never => {
      throw new TypeError('undefined is not iterable');
    };
    const store: StoreReader = {
      ...{ get: broken, has: broken, records: broken, counts: broken, judged: broken },
      ...{ claims: broken, fact: broken, revision: broken, changes: broken },
      ...{ recordsBefore: broken, savedFiles: broken, close: broken },
    };
    const told: string[] = [];
    const page = await writeReportOfRun(batch, store, {
      shelf: diskShelf(batch.outputDir),
      version: '0.1.0',
      findings: { missing: new Set(), heard: nothingHeard },
      tell: (text) => told.push(text),
      remedy: 'songbatch report m.yaml',
    });
    expect(page).toBeUndefined();
    expect(told).toEqual([expect.stringMatching(/this is a bug.*undefined is not iterable/s)]);
  });

  test('of a very large batch is left to songbatch report, and its run says so', async () => {
    const world = await createWorld();
    world.write('m.yaml', manifestText({ seeds: 1 }));
    const place = { environment: {}, workingDirectory: world.folder, config: {} };
    const batch = await loadBatch('m.yaml', {}, place, () => undefined);
    const reader = memoryStore(emptyDisk());
    const { jobs } = reader.counts();
    const writtenFor = (planned: number, saved: number, told: string[] = []) =>
      writeReportOfRun(
        { ...batch, plan: { ...batch.plan, jobs: planned } },
        { ...reader, counts: () => ({ jobs: { ...jobs, saved }, spent: 0n }) },
        {
          shelf: diskShelf(batch.outputDir),
          version: '0.1.0',
          findings: { missing: new Set(), heard: nothingHeard },
          tell: (text) => told.push(text),
          remedy: 'songbatch report m.yaml',
        },
      );
    // Jobs that the plan has no more are on the page, and those that nothing has been done for.
    for (const [planned, saved] of [
      [1, 20_001],
      [20_001, 0],
    ] as const) {
      const told: string[] = [];
      expect(await writtenFor(planned, saved, told)).toBeUndefined();
      expect(told).toEqual([
        'the listening page of 20001 jobs is not written after each run: songbatch report m.yaml writes it',
      ]);
    }
    expect(await writtenFor(20_000, 20_000)).toBe(join(world.folder, 'out/report/index.html'));
  });

  test('is refused where nothing has been run, and says so', async () => {
    const world = await createWorld();
    world.write('m.yaml', manifestText({ seeds: 1 }));
    const report = await world.songbatch('report', 'm.yaml');
    expect(report.code).toBe(2);
    expect(report.stderr).toContain(
      'nothing has been run yet: there is no state at out/state.sqlite',
    );
  });
});
