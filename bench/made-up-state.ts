/**
 * Makes a state as a run leaves it that was interrupted half-way: half of the jobs of a plan are done, and the
 * songs lie on the disk (as files without content, of the right size).
 */
import { createHash } from 'node:crypto';
import { closeSync, ftruncateSync, mkdirSync, openSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { loadBatch } from '../src/batch/batch.ts';
import type { JobEvent } from '../src/job/history.ts';
import type { Job } from '../src/job/job.ts';
import { policyOf } from '../src/job/next-step.ts';
import { keepStock } from '../src/run/standing.ts';
import { judgeAll } from '../src/state/judging.ts';
import { recorder } from '../src/state/recording.ts';
import { connect, disconnect } from '../src/state/run-connection.ts';
import { openStore } from '../src/state/sqlite-store.ts';

/** Five axes, of which the last makes up the number; lyrics of 2 kB. */
export function writeManifest(folder: string, jobs: number): string {
  mkdirSync(join(folder, 'lyrics'));
  for (const [name, word] of [
    ['short-last-train', 'rain'],
    ['neon-rivers', 'light'],
  ] as const) {
    const verse = `[verse]\n${`${word} carries me home again\n`.repeat(8)}\n`;
    writeFileSync(join(folder, 'lyrics', `${name}.txt`), verse.repeat(8));
  }
  const path = join(folder, 'bench.yaml');
  writeFileSync(
    path,
    `name: bench
defaults: { gender: female, timbre: bright vocal }
matrix:
  lyrics: ['lyrics/*.txt']
  genre: [Synthpop, Jazz]
  mood: [happy, Dreamy]
  instrument: [guitar, synthesizer]
  seed: { from: 1, to: ${jobs / 16} }
output: { dir: ${JSON.stringify(join(folder, 'out'))} }
limits: { tasks: 20, requests: 100000/s }
`,
  );
  return path;
}

/** Jobs that live side by side, so that their events come in turn. */
const inFlight = 20;

/** @param service whose songs these are */
export async function makeState(manifest: string, service: string): Promise<string> {
  const place = { environment: {}, workingDirectory: dirname(manifest), config: {} };
  const batch = await loadBatch(manifest, {}, place, () => undefined);
  const { plan, selection, statePath, outputDir } = batch;
  const policy = policyOf(plan.manifest);
  const identity = { name: plan.manifest.name, service };
  mkdirSync(outputDir, { recursive: true });

  const db = connect(statePath, identity);
  judgeAll(db, policy);
  // Nobody's songs: what is lost in a power cut is made again.
  db.exec('PRAGMA synchronous = OFF');
  const recording = recorder(db, policy);
  let jobs: Job[] = [];
  let made = 0;
  for (const planned of plan.planned()) {
    jobs.push(planned.job());
    if (jobs.length < inFlight) continue;
    const lives = jobs.map((job, index) => ({ job, events: lifeOf(job, made + index) }));
    recording.transact(() => {
      for (let step = 0; step < 5; step++) {
        for (const { job, events } of lives) recording.append(job, events[step] ?? never());
      }
    });
    for (const { events } of lives) putSongs(outputDir, events);
    made += jobs.length;
    jobs = [];
    if (made >= plan.jobs / 2) break;
  }
  disconnect(db);

  const { store } = openStore(statePath, { identity, policy });
  await keepStock(plan, selection, store, policy);
  store.close();
  return statePath;
}

/** As the embedded server and the ears have it. */
function lifeOf(job: Job, number: number): readonly JobEvent[] {
  const at = 1_795_305_600_000 + number * 5000;
  const random = createHash('sha512').update(job.id).digest('base64url');
  const bytes = 5_580_000 + (number % 9973);
  const file = {
    path: `${job.output}.wav`,
    bytes,
    sha256: createHash('sha256').update(job.id).digest('hex'),
    mediaType: 'audio/wav',
    duration: 31.65,
  };
  const url = `https://cdn1.example.com/files/${random.slice(0, 30)}/0.wav`;
  const output = { name: '0.wav', url, contentType: 'audio/wav', bytes };
  const measures = {
    format: 'wav',
    duration: 31.65,
    sampleRate: 44_100,
    channels: 2,
    loudness: -14 - (number % 97) / 100,
    loudnessRange: 6 + (number % 89) / 100,
    truePeak: -1 - (number % 83) / 100,
    clipping: { runs: 0, samples: 0 },
    silence: { leading: 0.05, trailing: 0.47, total: 0.56, share: 0.0177 },
  } as const;
  return [
    { type: 'intended', at, skew: 770 },
    {
      type: 'accepted',
      at: at + 412,
      taskId: String(28_169_055_754 + number * 37),
      token: random.slice(30, 60),
      adopted: false,
    },
    {
      type: 'succeeded',
      at: at + 95_000 + (number % 7919),
      cost: 27_772_875_000n,
      seconds: 47.475,
      outputs: [output],
    },
    { type: 'saved', at: at + 105_000, files: [file] },
    { type: 'measured', at: at + 107_000, measured: [{ kind: 'measured', measures }] },
  ];
}

function putSongs(dir: string, events: readonly JobEvent[]): void {
  for (const event of events) {
    if (event.type !== 'saved') continue;
    for (const { path, bytes } of event.files) {
      mkdirSync(dirname(join(dir, path)), { recursive: true });
      const file = openSync(join(dir, path), 'w');
      ftruncateSync(file, bytes);
      closeSync(file);
    }
  }
}

function never(): never {
  throw new Error('a life has five events');
}
