/** What a run costs before it buys anything: a plan may have a million jobs. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadBatch } from '../../src/batch/batch.ts';
import { makeSongs } from '../../src/batch/make-songs.ts';
import type { Workplace } from '../../src/batch/workplace.ts';
import type { SongApi } from '../../src/job/song-api.ts';
import type { RunPorts } from '../../src/run/ports.ts';
import { stockFact } from '../../src/run/stock-note.ts';
import { manifestText } from '../cli/rig.ts';
import { emptyDisk, memoryStore } from '../run/memory-store.ts';
import { diskShelf } from '../../src/batch/shelf.ts';
import { createVirtualClock } from '../run/virtual-clock.ts';
import { scratchFolder } from '../state/scratch.ts';

test('a plan that no note tells of is walked through once', async () => {
  const folder = scratchFolder();
  writeFileSync(join(folder, 'm.yaml'), manifestText({ seeds: 10 }));
  const place = { environment: {}, workingDirectory: folder, config: {} };
  const batch = await loadBatch('m.yaml', {}, place, () => undefined);
  let walked = 0;
  const planned = function* (from?: number) {
    for (const job of batch.plan.planned(from)) {
      walked++;
      yield job;
    }
  };
  // One that is to be tried again, and not by this run: of such a state nothing can be noted.
  const disk = emptyDisk();
  const [first] = batch.plan.planned();
  if (!first) throw new Error('a plan without a job');
  const job = first.job();
  const failure = { reason: 'timeout' } as const;
  disk.events.push({ job, event: { type: 'intended', at: 1 } });
  disk.events.push({ job, event: { type: 'failed', at: 2, failure, cost: 0n } });

  const outcome = await makeSongs(
    workplace({
      ...batch,
      plan: { ...batch.plan, planned },
      selection: { only: [], skip: [{ axis: 'seed', labels: ['1'] }] },
    }),
    { settleGrace: 0 },
    AbortSignal.abort('leave'),
  );
  expect(outcome).toMatchObject({ tally: { jobs: 9, waiting: 9 }, submissions: 0 });
  expect(disk.facts.get(stockFact) ?? '').toBe('');
  // And the first two once more, to be submitted.
  expect(walked).toBe(10 + 2);

  function workplace(changed: Workplace['batch']): Workplace {
    const store = memoryStore(disk);
    const api = { price: () => Promise.resolve({}) } as unknown as SongApi;
    const ports: RunPorts = {
      api,
      store,
      outputs: {
        fetch: () => Promise.reject(new Error('nothing is bought')),
        isPresent: () => Promise.resolve(true),
        missingOf: () => [],
      },
      clock: createVirtualClock(0),
      emit: () => undefined,
    };
    const service = {
      name: 'test',
      api,
      describe: () => Promise.resolve(undefined),
      url: 'http://127.0.0.1/v1',
      base: new URL('http://127.0.0.1/v1'),
      patience: 1000,
      close: () => Promise.resolve(),
    };
    const shelf = diskShelf(batch.outputDir);
    return { batch: changed, limits: batch.manifest.limits, service, store, shelf, ports };
  }
});
