/** Rewriting `metadata.json` after some jobs have changed: what comes of it, and when it is not trusted. */
import { mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import fc from '../fast-check.ts';
import { apply, type JobEvent } from '../../src/job/history.ts';
import type { Store } from '../../src/job/store.ts';
import { metadataPieces, type BatchFacts } from '../../src/outputs/metadata.ts';
import { updateMetadata, type MetadataNote } from '../../src/outputs/metadata-rewrite.ts';
import { emptyDisk, memoryStore } from '../run/memory-store.ts';
import { handful, job as someJob, possible } from '../state/histories.ts';
import { goodLife, live, songJob } from '../state/songs.ts';

const facts: BatchFacts = {
  version: '0.1.0',
  manifest: { name: 'midnight-ab', path: 'midnight.yaml', sha256: 'a'.repeat(64) },
  service: 'embedded',
  writtenAt: 0,
  missing: new Set(),
  nearDuplicates: new Map(),
  policy: { attempts: 3 },
};

function createFolder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'songbatch-rewrite-'));
  onTestFinished(() => {
    rmSync(dir, { recursive: true });
  });
  return dir;
}

const textIn = (dir: string) => readFileSync(join(dir, 'metadata.json'), 'utf8');
const wholeText = (store: Store, of = facts) => [...metadataPieces(store, of)].join('');

test('what is rewritten is byte for byte what would have been written whole', async () => {
  const dir = createFolder();
  const step = fc.record({
    job: fc.nat(),
    choice: fc.nat(),
    events: handful,
    writes: fc.boolean(),
    changes: fc.constantFrom('nothing', 'nothing', 'policy', 'missing'),
  });
  const jobs = fc.uniqueArray(someJob, {
    minLength: 1,
    maxLength: 6,
    selector: ({ id }) => id,
  });
  await fc.assert(
    fc.asyncProperty(jobs, fc.array(step, { maxLength: 30 }), async (some, steps) => {
      const store = memoryStore(emptyDisk());
      let today = facts;
      let note: MetadataNote | undefined;
      for (const { job: pick, choice, events, writes, changes } of steps) {
        const job = some[pick % some.length];
        if (!job) continue;
        const types = possible(store.get(job.id) ?? { job, attempts: [] });
        await store.append(job, events[types[choice % types.length] ?? 'intended']);
        if (changes === 'policy') today = { ...today, policy: { attempts: 1 + (choice % 3) } };
        if (changes === 'missing') today = { ...today, missing: new Set([String(choice % 2)]) };
        if (!writes) continue;
        today = { ...today, writtenAt: today.writtenAt + 1 };
        note = await updateMetadata(dir, store, today, note);
        expect(textIn(dir)).toBe(wholeText(store, today));
      }
    }),
    { numRuns: 60 },
  );
});

test('lines longer than what is read at once are copied, too', async () => {
  const dir = createFolder();
  const store = memoryStore(emptyDisk());
  const long = (seed: number) => {
    const job = songJob(seed);
    return { ...job, parameters: { ...job.parameters, prompt: 'la '.repeat(500_000) } };
  };
  for (const seed of [1, 2, 3]) await store.append(long(seed), goodLife(seed)[0]);
  const note = await updateMetadata(dir, store, facts, undefined);
  await store.append(long(2), goodLife(2)[1]);
  await updateMetadata(dir, store, facts, note);
  expect(textIn(dir)).toBe(wholeText(store));
});

test('where nothing has happened the file is left as it is', async () => {
  const dir = createFolder();
  const store = memoryStore(emptyDisk());
  await live(store, 1);
  const note = await updateMetadata(dir, store, facts, undefined);
  const { ino } = statSync(join(dir, 'metadata.json'));
  expect(await updateMetadata(dir, store, { ...facts, writtenAt: 5000 }, note)).toEqual(note);
  expect(statSync(join(dir, 'metadata.json')).ino).toBe(ino);
});

test('only the jobs that have changed are asked for', async () => {
  const dir = createFolder();
  const store = memoryStore(emptyDisk());
  for (let seed = 0; seed < 50; seed++) await live(store, seed);
  const note = await updateMetadata(dir, store, facts, undefined);
  await live(store, 50);
  const records = () => {
    throw new Error('all jobs were asked for');
  };
  await updateMetadata(dir, { ...store, records }, facts, note);
  expect(textIn(dir)).toBe(wholeText(store));
});

test.each([
  [
    'was changed',
    (path: string) => {
      writeFileSync(path, readFileSync(path, 'utf8').replace('done', 'gone'));
    },
  ],
  [
    'was touched',
    (path: string) => {
      utimesSync(path, 1, 1);
    },
  ],
  [
    'was emptied',
    (path: string) => {
      writeFileSync(path, '');
    },
  ],
  [
    'is gone',
    (path: string) => {
      rmSync(path);
    },
  ],
])('a file that %s since is written whole', async (_, meddle) => {
  const dir = createFolder();
  const store = memoryStore(emptyDisk());
  for (const seed of [1, 2, 3]) await live(store, seed);
  const note = await updateMetadata(dir, store, facts, undefined);
  meddle(join(dir, 'metadata.json'));
  await live(store, 4);
  await updateMetadata(dir, store, facts, note);
  expect(textIn(dir)).toBe(wholeText(store));
});

test('lines of a later version, or of another policy, are written anew', async () => {
  const dir = createFolder();
  const store = memoryStore(emptyDisk());
  const failed: JobEvent = { type: 'failed', at: 2, failure: { reason: 'timeout' }, cost: 0n };
  const job = songJob(1);
  const intended = apply({ job, attempts: [] }, goodLife(1)[0]);
  await store.append(intended.job, goodLife(1)[0]);
  await store.append(job, failed);
  const note = await updateMetadata(dir, store, facts, undefined);
  expect(textIn(dir)).toContain('"status":"failed"');
  const strict = { ...facts, policy: { attempts: 1 } };
  await updateMetadata(dir, store, strict, note);
  expect(textIn(dir)).toBe(wholeText(store, strict));
});
