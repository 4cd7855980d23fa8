/**
 * Batches for tests of the listening page, with real songs of some seconds, measured and pictured as a run does
 * it, in a real state: made in this process, since a run of the CLI would take most of a test's time.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll } from 'vitest';
import { measureFile } from '../../src/audio/measure-file.ts';
import { nothingHeard } from '../../src/batch/alike-note.ts';
import { loadBatch, type Batch } from '../../src/batch/batch.ts';
import { noteManifest } from '../../src/batch/run-note.ts';
import { writeReport } from '../../src/batch/write-report.ts';
import type { Failure } from '../../src/job/failure.ts';
import type { JobEvent, SavedFile } from '../../src/job/history.ts';
import type { Job } from '../../src/job/job.ts';
import type { Measured, Measures } from '../../src/job/measures.ts';
import type { Store } from '../../src/job/store.ts';
import type { PageData } from '../../src/listening/page-format.ts';
import { writePictures } from '../../src/outputs/pictures.ts';
import { openStore } from '../../src/state/sqlite-store.ts';
import { tones, wav } from '../audio/signals.ts';

/** What becomes of a job; one without a fate waits. */
export type Fate =
  | ({ readonly ends: 'song' } & TestSong)
  | {
      readonly ends: 'failed';
      readonly failure: Failure;
    }
  | { readonly ends: 'running' }
  | { readonly ends: 'in-doubt' };

export interface TestSong {
  /** 3 unless said. */
  readonly seconds?: number;
  /** dBFS of its loudest part; -12 unless said. */
  readonly level?: number;
  /** Which it is; the job's own unless said. Jobs with one tune that differ in the seed only are near-duplicates. */
  readonly tune?: string;
  /** Put over what was measured. */
  readonly measures?: Partial<Measures>;
  /** What it is taken for; audio/wav unless said. */
  readonly mediaType?: string;
  /** Attempts that came before and failed. */
  readonly failures?: readonly Failure[];
  /** The file is removed after it was measured. */
  readonly isMissing?: true;
  /** After it was measured the file became as many zeros. */
  readonly isBroken?: true;
}

export interface PageBatch {
  /** Where manifest, songs, state and report are. */
  readonly folder: string;
  /** The page, absolute. */
  readonly index: string;
  /** What is in the page. */
  readonly data: PageData;
  /** In the order of the manifest, then those that it has dropped. */
  readonly jobs: readonly Job[];
}

export interface PageBatchOptions {
  /** Jobs of the state that the manifest does not have. */
  readonly dropped?: readonly Job[];
  /**
   * For batches that are about their size: all jobs have one song, of which no job has a file, and nothing is
   * looked for on the disk.
   */
  readonly isLarge?: true;
}

/** Removed when the file's tests have ended: all of them share it. */
export async function makePageBatch(
  manifest: string,
  fateOf: (job: Job, index: number) => Fate | undefined,
  { dropped = [], isLarge }: PageBatchOptions = {},
): Promise<PageBatch> {
  const folder = mkdtempSync(join(tmpdir(), 'songbatch-page-'));
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  writeFileSync(join(folder, 'batch.yaml'), manifest);
  const batch = await loadBatch(
    'batch.yaml',
    { out: join(folder, 'out') },
    { workingDirectory: folder, environment: {}, config: {} },
    () => undefined,
  );
  mkdirSync(batch.outputDir);
  const jobs = [...[...batch.plan.planned()].map((planned) => planned.job()), ...dropped];
  const service = { name: batch.manifest.name, service: 'embedded' };
  const { store } = openStore(batch.statePath, { identity: service, policy: { attempts: 1 } });
  try {
    await noteManifest(store, batch, 'embedded', startedAt);
    const shared = isLarge && (await makeSong(batch, 'shared.wav', { tune: 'one for all' }));
    const lives: Promise<void>[] = [];
    for (const [index, job] of jobs.entries()) {
      const fate = fateOf(job, index);
      if (!fate) continue;
      const live = liveOut(store, batch, job, index, fate, shared);
      lives.push(live);
      // A large batch lives side by side: so its events share their commits.
      if (!isLarge) await live;
    }
    await Promise.all(lives);
    const nothing = {
      missing: new Set<string>(),
      heard: { ...nothingHeard, revision: store.revision() },
    };
    const report = await writeReport(batch, store, '0.0.0', isLarge ? nothing : {});
    return { folder, index: report.index, data: report.data, jobs };
  } finally {
    store.close();
  }
}

const startedAt = Date.UTC(2026, 10, 22, 10);

async function liveOut(
  store: Store,
  batch: Batch,
  job: Job,
  index: number,
  fate: Fate,
  shared: MadeSong | undefined,
): Promise<void> {
  let at = startedAt + index * 250;
  const happen = async (event: JobEvent) => {
    await store.append(job, event);
  };
  const begin = async () => {
    await happen({ type: 'intended', at: (at += 50) });
    const taskId = String(1_000_000 + at - startedAt + index * 100_000);
    const token = createHash('sha1').update(taskId).digest('hex');
    await happen({ type: 'accepted', at: (at += 50), taskId, token, adopted: false });
  };
  const fail = async (failure: Failure) => {
    await begin();
    await happen({ type: 'failed', at: (at += 9000), failure, cost: 0n });
  };
  switch (fate.ends) {
    case 'failed':
      return fail(fate.failure);
    case 'running':
      return begin();
    case 'in-doubt':
      return happen({ type: 'intended', at });
    case 'song':
  }
  for (const failure of fate.failures ?? []) await fail(failure);
  await begin();
  const song = shared ?? (await makeSong(batch, `${job.output}.wav`, { tune: job.id, ...fate }));
  const file: SavedFile = { ...song.file, path: `${job.output}.wav` };
  const seconds = 30 + (index % 17);
  const name = file.path.split('/').at(-1) ?? '';
  const url = `https://cdn.example.com/${job.id}/0.wav`;
  const cost = 17_550_000_000n + BigInt(index % 7) * 1_000_000_000n;
  at += seconds * 1000;
  await happen({ type: 'succeeded', at, cost, seconds, outputs: [{ name, url }] });
  await happen({ type: 'saved', at: (at += 900), files: [file] });
  await happen({ type: 'measured', at: (at += 100), measured: [song.measured] });
}

interface MadeSong {
  readonly file: SavedFile;
  readonly measured: Measured;
}

async function makeSong(
  { outputDir }: Batch,
  path: string,
  {
    seconds = 3,
    level = -12,
    tune = '',
    measures,
    mediaType = 'audio/wav',
    isMissing,
    isBroken,
  }: TestSong,
): Promise<MadeSong> {
  const sampleRate = 22_050;
  const digest = createHash('sha256').update(tune).digest();
  const notes = Array.from({ length: 8 }, (_, note) => ({
    seconds: seconds / 8,
    level: level - (note === 5 ? 0 : 4 + (digest.readUInt8(note) % 24)),
    frequency: 110 * 2 ** ((digest.readUInt8(note + 8) % 48) / 12),
  }));
  const content = wav({ sampleRate, channels: [tones(sampleRate, notes)] });
  const sha256 = createHash('sha256').update(content).digest('hex');
  const place = join(outputDir, path);
  mkdirSync(dirname(place), { recursive: true });
  writeFileSync(place, content);
  const witness = { onProgress: () => undefined, onChild: () => undefined };
  const { measured, pictures } = await measureFile({ path: place, wantsPictures: true }, witness);
  if (measured.kind !== 'measured' || !pictures) throw new Error('the song was not measured');
  await writePictures(outputDir, sha256, pictures);
  if (isBroken) writeFileSync(place, Buffer.alloc(content.length));
  if (isMissing) rmSync(place);
  const file = { path, bytes: content.length, sha256, mediaType, duration: seconds };
  const all = { ...measured.measures, ...measures };
  return { file, measured: { kind: 'measured', measures: all } };
}
