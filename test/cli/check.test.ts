/** `songbatch check`, as built. It needs no server, no manifest and no key. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import { createFolder, fixture, silence, tones, wav } from '../audio/signals.ts';
import { executable } from './rig.ts';

function setUp() {
  const put = createFolder();
  const song = put('song.wav', wav({ channels: [tones(44_100, [{ seconds: 5, level: -20 }])] }));
  const folder = dirname(song);
  const check = (...words: string[]) => {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [executable, 'check', ...words],
      {
        cwd: folder,
        // No ffmpeg, wherever this runs.
        env: { PATH: folder },
        encoding: 'utf8',
      },
    );
    return { code: status, stdout, stderr };
  };
  return { put, folder, check };
}

test('prints a block for each file, in the order given', () => {
  const { put, check } = setUp();
  put('quiet.wav', wav({ channels: [silence(44_100, 2)] }));
  const { code, stdout, stderr } = check('song.wav', 'quiet.wav');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toBe(`song.wav
  format     WAV, 44.1 kHz, mono
  duration   5.000 s
  loudness   -23.0 LUFS, range 0.0 LU
  true peak  -20.0 dBTP
  clipping   none
  silence    none
quiet.wav
  format     WAV, 44.1 kHz, mono
  duration   2.000 s
  loudness   none
  true peak  none
  clipping   none
  silence    2.00 s (100.0 %), 2.00 s at the start, 2.00 s at the end
`);
});

test('--json is a line for each file, as its schema says, whatever the file', () => {
  const { put, folder, check } = setUp();
  put('empty.mp3', '');
  put('text.mp3', 'no song');
  put('cut.wav', wav().subarray(0, 40_000));
  const broken = Float32Array.of(NaN, 1, 1, 1, 1, 0);
  put('broken.wav', wav({ channels: [broken], coding: 'float32', tail: Buffer.alloc(999) }));
  const names = ['tones.mp3', 'tones.flac', 'tones.ogg', 'tones.opus', 'tones.m4a'];
  for (const name of names) copyFileSync(fixture(name), join(folder, name));
  const files = ['song.wav', 'empty.mp3', 'text.mp3', 'cut.wav', 'broken.wav', ...names];
  const { code, stdout } = check(...files, '--json');
  expect(code).toBe(1);
  const lines = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { file: string });
  expect(lines.map(({ file }) => file)).toEqual(files);

  const path = join(import.meta.dirname, '../../schemas/measures.schema.json');
  const validate = new Ajv2020({ strict: true, allErrors: true }).compile(
    JSON.parse(readFileSync(path, 'utf8')) as object,
  );
  for (const line of lines) {
    validate(line);
    expect([line.file, validate.errors]).toEqual([line.file, null]);
  }
  expect(lines[0]).toMatchObject({ measured: true, format: 'wav', duration: 5 });
  expect(lines[1]).toMatchObject({ measured: false, cause: 'file', why: 'it is empty' });
  expect(lines[3]).toHaveProperty('damage', [{ kind: 'ends-early', promised: 1 }]);
  expect(lines.at(-1)).toMatchObject({
    measured: false,
    cause: 'machine',
    stated: { channels: 2 },
  });
});

test('a file that cannot be measured is exit 1, and the others are measured', () => {
  const { put, check } = setUp();
  put('text.mp3', 'no song');
  const { code, stdout } = check('text.mp3', 'song.wav');
  expect(code).toBe(1);
  expect(stdout).toContain('text.mp3\n  unmeasured it is neither WAV');
  expect(stdout).toContain('-23.0 LUFS');
});

test.each<[string, string[], RegExp]>([
  ['no file', [], /missing required argument 'file'/],
  ['a file that is not there', ['song.wav', 'nope.wav'], /there is no file nope\.wav/],
  ['a folder', ['.'], /\. is a folder[^]*check \.\/\*/],
  ['pictures of two', ['song.wav', 'song.wav', '--peaks', 'p.json'], /go with one file/],
  ['pictures in place of the song', ['song.wav', '--spectrogram', './song.wav'], /the song itself/],
  ['pictures where there is no folder', ['song.wav', '--peaks', 'no/p.json'], /cannot be written/],
])('%s is exit 2 and says why', (_, words, message) => {
  const { folder, check } = setUp();
  const before = readFileSync(join(folder, 'song.wav'));
  const { code, stdout, stderr } = check(...words);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(message);
  expect(stderr).not.toMatch(/^\s+at /m);
  expect(readFileSync(join(folder, 'song.wav'))).toEqual(before);
});

test('--peaks and --spectrogram write pictures', () => {
  const { folder, check } = setUp();
  expect(check('song.wav', '--peaks', 'p.json', '--spectrogram', 's.png').code).toBe(0);
  const { lows, highs } = JSON.parse(readFileSync(join(folder, 'p.json'), 'utf8')) as {
    lows: number[];
    highs: number[];
  };
  expect([lows.length, highs.length, lows[500], highs[500]]).toEqual([1000, 1000, -13, 13]);
  expect(readFileSync(join(folder, 's.png')).toString('latin1', 1, 4)).toBe('PNG');
});

test('a hostile name is printed harmlessly', () => {
  const { folder, check } = setUp();
  const name = 'a\x1b[2J\nb.wav';
  mkdirSync(join(folder, 'x'));
  writeFileSync(join(folder, 'x', name), wav());
  const { code, stdout } = check(`x/${name}`);
  expect(code).toBe(0);
  expect(stdout).not.toContain('\x1b');
  expect(stdout.split('\n')[0]).toBe('x/a\\u001b[2J b.wav');
});

test('the help has examples', () => {
  const { check } = setUp();
  expect(check('--help').stdout).toContain('Examples:');
});
