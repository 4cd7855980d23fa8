/** Jobs and events as a batch of songs has them, for tests that tell a story. */
import { createHash } from 'node:crypto';
import type { JobEvent, JobRecord } from '../../src/job/history.ts';
import type { Job } from '../../src/job/job.ts';
import type { Store, StoreReader } from '../../src/job/store.ts';

const lyrics = `[verse]\n${'Neon rivers carry me home again\n'.repeat(40)}`;

export function songJob(seed: number): Job {
  return {
    id: createHash('md5').update(`song ${seed}`).digest('hex'),
    model: 'wiro/text-to-song-with-reference-yue',
    coordinates: { lyrics: 'neon', clone: 'both', tags: 'dream-pop', seed: String(seed) },
    parameters: {
      prompt: lyrics,
      inputAudioUrl: 'https://example.com/songs/neon-rivers-reference.mp3',
      audio_prompt_type: 'both',
      genre: ['Pop'],
      instrument: ['synthesizer'],
      mood: ['Dreamy'],
      gender: ['female'],
      timbre: ['airy vocal'],
      seed: String(seed),
    },
    output: `neon/dream-pop_both_s${seed}`,
  };
}

type Of<Type extends JobEvent['type']> = Extract<JobEvent, { type: Type }>;

/** What happens to a song when all goes well. Times count up from 2026-11-22. */
export function goodLife(
  seed: number,
): readonly [Of<'intended'>, Of<'accepted'>, Of<'succeeded'>, Of<'saved'>] {
  const at = 1_795_305_600_000 + seed * 1000;
  const job = songJob(seed);
  const token = createHash('sha1').update(job.id).digest('hex');
  return [
    { type: 'intended', at },
    { type: 'accepted', at: at + 100, taskId: taskOf(seed), token, adopted: false },
    {
      type: 'succeeded',
      at: at + 60_000,
      cost: 3_510_000_000n,
      seconds: 6,
      outputs: [
        {
          name: '0.mp3',
          url: `https://cdn.example.com/${job.id}/0.mp3`,
          contentType: 'audio/mpeg',
          bytes: 202_472,
        },
      ],
    },
    {
      type: 'saved',
      at: at + 61_000,
      files: [
        {
          path: `${job.output}.mp3`,
          bytes: 202_472,
          sha256: createHash('sha256').update(job.id).digest('hex'),
          mediaType: 'audio/mpeg',
          duration: 21.35,
        },
      ],
    },
  ];
}

export function taskOf(seed: number): string {
  return String(1_000_000 + seed);
}

/** Appends the first so many events of a good life, one after the other. */
export async function live(store: Store, seed: number, events = 4): Promise<JobRecord> {
  const job = songJob(seed);
  let record: JobRecord = { job, attempts: [] };
  for (const event of goodLife(seed).slice(0, events)) record = await store.append(job, event);
  return record;
}

/** Where each known job stands, by seed; for a short comparison. */
export function stagesBySeed(reader: StoreReader): Readonly<Record<string, string>> {
  const stages: Record<string, string> = {};
  for (const { job, attempts } of reader.records()) {
    stages[job.coordinates.seed ?? ''] = attempts.at(-1)?.stage ?? 'waiting';
  }
  return stages;
}
