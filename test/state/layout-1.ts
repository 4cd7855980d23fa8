/** What `fixtures/layout-1.sqlite` was made of, by the songbatch that had layout 1: jobs with one event after the other. */
import type { JobEvent } from '../../src/job/history.ts';
import { goodLife } from './songs.ts';

const fingerprint = 'AQAxF8XI7cwxF8edy6wxF8eOvKsxF8S4vcwxeMSpvKshd8Ss';

/** By seed. */
export const lives: Readonly<Record<number, readonly JobEvent[]>> = {
  1: [
    ...goodLife(1),
    {
      type: 'measured',
      at: 1_795_305_700_000,
      measured: [
        {
          kind: 'measured',
          measures: {
            format: 'mp3',
            duration: 21.35,
            sampleRate: 44_100,
            channels: 2,
            loudness: -14.03,
            clipping: { runs: 1, samples: 4 },
            silence: { leading: 0.05, trailing: 0.47, total: 0.56, share: 0.0262 },
            fingerprint,
            damage: [{ kind: 'surplus', bytes: 12 }],
          },
        },
      ],
    },
  ],
  2: goodLife(2).slice(0, 3),
  3: [
    {
      type: 'intended',
      at: 1_795_305_600_000,
      uploads: { inputAudioUrl: 'https://cdn.example.com/reference.mp3' },
      callbackUrl: 'https://public.example/hook?token=1',
    },
    { type: 'withdrawn', at: 1_795_305_600_001, why: 'not sent' },
  ],
  4: [
    { type: 'intended', at: 1_795_305_600_000, skew: 770 },
    ...goodLife(4).slice(1, 2),
    { type: 'failed', at: 1_795_305_800_000, failure: { reason: 'timeout' }, cost: 0n },
  ],
  5: [
    ...goodLife(5).slice(0, 2),
    {
      type: 'failed',
      at: 1_795_305_800_000,
      failure: { reason: 'task-unknown', message: '' },
      cost: 0n,
    },
  ],
  6: goodLife(6).slice(0, 2),
  7: goodLife(7),
};
