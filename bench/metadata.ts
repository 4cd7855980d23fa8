/**
 * Writing `metadata.json` of a large batch as a whole, and bringing it up to date, beside copying the file: the
 * least that a file needs which is there whole or not at all. The histories are made up, so that nothing is measured but the writing.
 * `npm run bench:metadata [-- JOBS]`; the result is Markdown.
 */
import { createReadStream, mkdtempSync, rmSync, statSync } from 'node:fs';
import { copyFile, open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { JobRecord } from '../src/job/history.ts';
import type { PlacedRecord } from '../src/job/store.ts';
import { updateMetadata, type MetadataNote } from '../src/outputs/metadata-rewrite.ts';
import type { BatchFacts } from '../src/outputs/metadata.ts';
import { machine } from './measure.ts';

const [jobs = 1_000_000] = process.argv.slice(2).map(Number);
const changed = 1000;

const facts: BatchFacts = {
  version: '0.1.0',
  manifest: { name: 'bench', path: 'bench.yaml', sha256: 'a'.repeat(64) },
  service: 'https://api.wiro.ai/v1',
  writtenAt: 0,
  missing: new Set(),
  nearDuplicates: new Map(),
  policy: { attempts: 3 },
};

/** A song of a sweep, with short lyrics. */
function recordAt(place: number, seconds: number): JobRecord {
  const id = place.toString(16).padStart(32, '0');
  const at = 1_795_305_600_000 + place * 1000;
  const [format, duration, sampleRate, channels] = ['mp3', 61.2, 44_100, 2] as const;
  const silence = { leading: 0, trailing: 0.2, total: 1.4, share: 0.02 };
  const sound = { loudness: -14.1, loudnessRange: 4.2, truePeak: -1.1 };
  const clipping = { runs: 0, samples: 0 };
  const measures = { format, duration, sampleRate, channels, ...sound, clipping, silence };
  const file = { path: `neon/s${place}.mp3`, bytes: 980_000 + place, sha256: id + id };
  return {
    job: {
      id,
      model: 'wiro/text-to-song-with-reference-yue',
      coordinates: { lyrics: 'neon', clone: 'both', seed: String(place) },
      parameters: { prompt: '[verse]\nNeon rivers', genre: ['Pop'], seed: String(place) },
      output: `neon/s${place}`,
    },
    attempts: [
      {
        stage: 'saved',
        number: 1,
        intendedAt: at,
        taskId: String(place),
        token: '',
        acceptedAt: at + 300,
        adopted: false,
        endedAt: at + 60_000,
        cost: 3_510_000_000n,
        seconds,
        outputs: [],
        files: [{ ...file, mediaType: 'audio/mpeg', duration }],
        savedAt: at + 61_000,
        measured: [{ kind: 'measured', measures }],
      },
    ],
  };
}

/** So many jobs, of which some have changed since. */
function storeOf(count: number, places: readonly number[], revision: number) {
  return {
    revision: () => revision,
    records: function* (): Generator<JobRecord> {
      for (let place = 1; place <= count; place++) yield recordAt(place, 6);
    },
    changes: function* (): Generator<PlacedRecord> {
      for (const place of places) yield { place, record: recordAt(place, 6 + revision) };
    },
  };
}

interface Cost {
  readonly seconds: number;
  readonly cpuSeconds: number;
  /** Beyond what the process held before, in MB. */
  readonly memory: number;
}

async function measured(work: () => Promise<unknown>): Promise<Cost> {
  const held = process.memoryUsage.rss();
  let most = held;
  const watching = setInterval(() => {
    most = Math.max(most, process.memoryUsage.rss());
  }, 20);
  const [started, cpu] = [performance.now(), process.cpuUsage()];
  await work();
  const { user, system } = process.cpuUsage(cpu);
  const seconds = (performance.now() - started) / 1000;
  clearInterval(watching);
  return { seconds, cpuSeconds: (user + system) / 1e6, memory: (most - held) / 1e6 };
}

const dir = mkdtempSync(join(tmpdir(), 'songbatch-metadata-'));
const path = join(dir, 'metadata.json');
const rows: string[] = [];
const row = (what: string, { seconds, cpuSeconds, memory }: Cost) =>
  rows.push(
    `| ${what} | ${seconds.toFixed(1)} | ${cpuSeconds.toFixed(2)} | ${memory.toFixed(0)} |`,
  );
const range = (from: number, step: number) =>
  Array.from({ length: changed }, (_, index) => from + index * step);

try {
  let note: MetadataNote | undefined;
  const update = (count: number, places: readonly number[], revision: number) =>
    measured(async () => {
      note = await updateMetadata(dir, storeOf(count, places, revision), facts, note);
    });
  row(`${jobs} jobs, written whole`, await update(jobs, [], 1));
  const { size } = statSync(path);
  row(`${changed} jobs more`, await update(jobs + changed, range(jobs + 1, 1), 2));
  const everywhere = range(1, Math.floor(jobs / changed));
  row(`${changed} jobs changed, all over the file`, await update(jobs + changed, everywhere, 3));
  row('nothing changed', await update(jobs + changed, [], 3));
  row(
    'floor: the file copied and synced',
    await measured(async () => {
      await copyFile(path, `${path}.copy`);
      const copy = await open(`${path}.copy`, 'r+');
      await copy.sync();
      await copy.close();
    }),
  );
  row(
    'read back line by line, each job parsed',
    await measured(async () => {
      let read = 0;
      for await (const line of createInterface({ input: createReadStream(path) })) {
        if (!line.startsWith('    {')) continue;
        JSON.parse(line.replace(/,$/, ''));
        read++;
      }
      if (read !== jobs + changed) throw new Error(`${read} jobs were read back`);
    }),
  );
  process.stdout.write(
    [
      `metadata.json of ${(size / 1e6).toFixed(0)} MB, ${machine()}`,
      '',
      '| | s | CPU s | MB more |',
      '| --- | ---: | ---: | ---: |',
      ...rows,
      '',
    ].join('\n'),
  );
} finally {
  rmSync(dir, { recursive: true, force: true });
}
