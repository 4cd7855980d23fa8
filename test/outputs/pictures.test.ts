/** Pictures are read back as what they are: files that anybody may have laid there. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { expect, onTestFinished, test } from 'vitest';
import { readFingerprint, readOutline, writePictures } from '../../src/outputs/pictures.ts';

test('an outline is read where it is one, and nothing else is waited for or believed', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'songbatch-pictures-'));
  onTestFinished(() => {
    rmSync(folder, { recursive: true });
  });
  const waveform = { lows: [-3, -2], highs: [1, 2] };
  const own = 'a'.repeat(64);
  await writePictures(folder, own, { waveform, spectrogram: new Uint8Array() });
  expect(await readOutline(folder, own)).toEqual(waveform);
  expect(readFingerprint(folder, own)).toBeUndefined();
  const fingerprint = 'AQ'.padEnd(960, 'h+/');
  await writePictures(folder, own, { waveform, spectrogram: new Uint8Array(), fingerprint });
  expect(await readOutline(folder, own)).toEqual({ fingerprint, ...waveform });
  expect(readFingerprint(folder, own)).toBe(fingerprint);

  const sound = join(folder, 'report/sound');
  const placed = (digit: string, place: (path: string) => void) => {
    place(join(sound, `${digit.repeat(32)}.json`));
    expect(readFingerprint(folder, digit.repeat(64))).toBeUndefined();
    return readOutline(folder, digit.repeat(64));
  };
  const json = JSON.stringify({ ...waveform, more: 'x'.repeat(1_000_000) });
  const others = {
    absent: placed('0', () => undefined),
    broken: placed('1', (path) => {
      writeFileSync(path, '{"lows":[');
    }),
    huge: placed('2', (path) => {
      writeFileSync(path, json);
    }),
    'a folder': placed('3', (path) => {
      mkdirSync(path);
    }),
    'a pipe': placed('4', (path) => execFileSync('mkfifo', [path])),
    'a symlink': placed('5', (path) => {
      symlinkSync('/dev/zero', path);
    }),
  };
  for (const [what, read] of Object.entries(others)) expect(await read, what).toBeUndefined();
});

test('threads that measure the same song at the same time are not in each other’s way', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'songbatch-pictures-'));
  onTestFinished(() => {
    rmSync(folder, { recursive: true });
  });
  const sha256 = 'b'.repeat(64);
  const thread = () =>
    once(
      new Worker(new URL('./pictures.child.ts', import.meta.url), {
        workerData: { folder, sha256 },
      }),
      'message',
    );
  expect((await Promise.all([thread(), thread(), thread()])).flat()).toEqual([0, 0, 0]);
  expect(readdirSync(join(folder, 'report/sound')).toSorted()).toEqual(
    ['.json', '.png'].map((suffix) => sha256.slice(0, 32) + suffix),
  );
});
