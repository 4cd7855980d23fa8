/** Songs that sound alike are found once, and remembered: by the fact in the state, and by nothing else. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { alikeText, hearNew, nothingHeard, readAlike } from '../../src/batch/alike-note.ts';
import type { Measures } from '../../src/job/measures.ts';
import type { Store } from '../../src/job/store.ts';
import { writePictures } from '../../src/outputs/pictures.ts';
import { tune } from '../job/tunes.ts';
import { emptyDisk, memoryStore } from '../run/memory-store.ts';
import { goodLife, live, songJob } from '../state/songs.ts';

const silence = { leading: 0, trailing: 0, total: 0, share: 0 };
const clipping = { runs: 0, samples: 0 };
const plain = { format: 'mp3', duration: 60, sampleRate: 44_100, channels: 2 } as const;
const measures: Measures = { ...plain, silence, clipping };

/** A song of this seed that sounds like that melody. */
async function sing(store: Store, dir: string, seed: number, melody: number): Promise<void> {
  const sha256 = String(melody).padEnd(64, '0');
  await live(store, seed, 3);
  const [, , , saved] = goodLife(seed);
  const [file] = saved.files;
  if (!file) throw new Error('a song without a file');
  await store.append(songJob(seed), { ...saved, files: [{ ...file, sha256 }] });
  const pictures = { waveform: {}, spectrogram: new Uint8Array(), fingerprint: tune(melody) };
  await writePictures(dir, sha256, pictures);
  await store.append(songJob(seed), {
    type: 'measured',
    at: saved.at + 1,
    measured: [{ kind: 'measured', measures }],
  });
}

function createFolder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'songbatch-alike-'));
  onTestFinished(() => {
    rmSync(dir, { recursive: true });
  });
  return dir;
}

const pairsOf = ({ pairs }: ReturnType<typeof hearNew>) =>
  [...pairs].map(([id, { of }]) => [id, of]);
const idOf = (seed: number) => songJob(seed).id;

test('a later run holds its songs against those of the runs before it, and asks for no others', async () => {
  const dir = createFolder();
  const store = memoryStore(emptyDisk());
  await sing(store, dir, 1, 1);
  await sing(store, dir, 2, 1);
  const first = hearNew(dir, store, nothingHeard);
  expect(pairsOf(first)).toEqual([[idOf(2), idOf(1)]]);

  await sing(store, dir, 3, 2);
  await sing(store, dir, 4, 1);
  const read = readAlike(alikeText(first));
  expect(read).toEqual(first);
  const second = hearNew(dir, store, read);
  expect(pairsOf(second)).toEqual([
    [idOf(2), idOf(1)],
    [idOf(4), idOf(1)],
  ]);
  expect(second).toEqual(hearNew(dir, store, nothingHeard));
  const refuse = () => {
    throw new Error('songs were heard again');
  };
  expect(hearNew(dir, { ...store, changes: refuse }, second)).toBe(second);
});

test('a song that was fetched again and is another now is told of no more', async () => {
  const dir = createFolder();
  const store = memoryStore(emptyDisk());
  await sing(store, dir, 1, 1);
  await sing(store, dir, 2, 1);
  const note = hearNew(dir, store, nothingHeard);
  const [, , , saved] = goodLife(2);
  await store.append(songJob(2), saved);
  await store.append(songJob(2), {
    type: 'measured',
    at: saved.at,
    measured: [{ kind: 'measured', measures }],
  });
  expect(pairsOf(hearNew(dir, store, note))).toEqual([]);
});

test('what an earlier version kept in the state is heard, too', async () => {
  const dir = createFolder();
  const store = memoryStore(emptyDisk());
  for (const seed of [1, 2]) {
    await live(store, seed);
    const heard = { ...measures, fingerprint: tune(1) };
    const measured = [{ kind: 'measured', measures: heard } as const];
    await store.append(songJob(seed), { type: 'measured', at: seed, measured });
  }
  expect(pairsOf(hearNew(dir, store, nothingHeard))).toEqual([[idOf(2), idOf(1)]]);
});

test.each([undefined, '', '{}', '[1]', '["1", []]', '[1, 2]', 'null'])(
  'a note that is broken (%j) is none',
  (text) => {
    expect(readAlike(text)).toEqual(nothingHeard);
  },
);
