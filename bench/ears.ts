/**
 * How fast songs are measured, in seconds of sound per second of CPU time, with everything on; and, where
 * ffmpeg is installed, in what the measures differ from its own. `npm run bench:ears [-- FILE...]`
 *
 * Without files, songs of the embedded engine are measured, in every format that there is an encoder for.
 * CPU time, not time by the clock: the machine may be busy with other things. That of ffmpeg itself (M4A) is
 * not counted. The first file pays for what is compiled on the way.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { measureFile } from '../src/audio/measure-file.ts';
import type { Measures } from '../src/job/measures.ts';
import { renderSong } from '../src/sandbox/engine/render.ts';

const hasFfmpeg = spawnSync('ffmpeg', ['-version']).status === 0;
const ffmpegPath = hasFfmpeg
  ? execFileSync('sh', ['-c', 'command -v ffmpeg'], { encoding: 'utf8' }).trim()
  : undefined;
const folder = mkdtempSync(join(tmpdir(), 'songbatch-ears-'));

/** Songs, and how ffmpeg encodes each. */
const encodings = [
  ['mp3', '-b:a', '128k'],
  ['flac'],
  ['ogg', '-c:a', 'libvorbis', '-q:a', '4'],
  ['opus', '-c:a', 'libopus', '-b:a', '96k'],
  ['m4a', '-c:a', 'aac', '-b:a', '128k'],
] as const;

async function makeSongs(): Promise<string[]> {
  const verse =
    'Hello to the morning\nThe night is nearly done\nI walk along the river\nAnd look into the sun';
  const chorus = 'Sing it out loud\nSing it again\nOver the city\nand under the rain';
  const genres = ['Pop', 'rock', 'jazz'].map(async (genre, index) => {
    const { file } = await renderSong({
      lyrics: Array(4).fill(`[verse]\n${verse}\n\n[chorus]\n${chorus}`).join('\n\n'),
      reference: '',
      clone: 'vocal',
      genre: [genre],
      instrument: ['guitar'],
      mood: ['happy'],
      gender: ['female'],
      timbre: ['bright vocal'],
      seed: String(index),
    });
    const original = join(folder, `${genre}.wav`);
    writeFileSync(original, file);
    if (!hasFfmpeg) return [original];
    const others = encodings.map(([extension, ...words]) => {
      const path = join(folder, `${genre}.${extension}`);
      execFileSync('ffmpeg', ['-v', 'error', '-y', '-i', original, ...words, path]);
      return path;
    });
    return [original, ...others];
  });
  return (await Promise.all(genres)).flat();
}

/** What ffmpeg measures: seconds, LUFS, dBTP. */
function askFfmpeg(path: string) {
  const words = [
    '-hide_banner',
    '-nostats',
    '-i',
    path,
    '-af',
    'ebur128=peak=true:framelog=verbose',
  ];
  const { stderr } = spawnSync('ffmpeg', [...words, '-f', 'null', '-'], { encoding: 'utf8' });
  const summary = stderr.slice(stderr.lastIndexOf('Summary:'));
  const number = (pattern: RegExp) => Number(pattern.exec(summary)?.[1]);
  const probe = ['-v', 'error', '-show_entries', 'format=duration', '-of', 'csv=p=0', path];
  return {
    duration: Number(execFileSync('ffprobe', probe, { encoding: 'utf8' })),
    loudness: number(/I:\s+(-?[\d.]+) LUFS/),
    truePeak: number(/Peak:\s+(-?[\d.]+) dBFS/),
  };
}

async function measure(path: string): Promise<{ measures: Measures; cpuSeconds: number }> {
  const before = process.cpuUsage();
  const { measured } = await measureFile(
    { path, wantsPictures: true, ...(ffmpegPath !== undefined && { ffmpeg: ffmpegPath }) },
    { onProgress: () => undefined, onChild: () => undefined },
  );
  const { user, system } = process.cpuUsage(before);
  if (measured.kind !== 'measured') throw new Error(`${path}: ${measured.why}`);
  return { measures: measured.measures, cpuSeconds: (user + system) / 1e6 };
}

const print = (line: string) => process.stdout.write(`${line}\n`);

const signed = (value: number, digits: number) =>
  `${value < 0 ? '' : '+'}${value.toFixed(digits)}`.padStart(8);

try {
  const files = process.argv.length > 2 ? process.argv.slice(2) : await makeSongs();
  print(
    `${'file'.padEnd(14)} seconds  x real  LUFS   dBTP${hasFfmpeg ? '   against ffmpeg:  ms      LU      dB' : ''}`,
  );
  let seconds = 0;
  let cpu = 0;
  for (const file of files) {
    const { measures, cpuSeconds } = await measure(file);
    seconds += measures.duration;
    cpu += cpuSeconds;
    const { duration, loudness = NaN, truePeak = NaN } = measures;
    let line = `${basename(file).padEnd(14)} ${duration.toFixed(1).padStart(7)}  ${(duration / cpuSeconds).toFixed(0).padStart(6)}  ${loudness.toFixed(1)}  ${truePeak.toFixed(1).padStart(5)}`;
    if (hasFfmpeg) {
      const theirs = askFfmpeg(file);
      line += `            ${signed((duration - theirs.duration) * 1000, 0)}${signed(loudness - theirs.loudness, 2)}${signed(truePeak - theirs.truePeak, 2)}`;
    }
    print(line);
  }
  print(
    `all: ${seconds.toFixed(0)} s of sound in ${cpu.toFixed(1)} s of CPU time: ${(seconds / cpu).toFixed(0)} times real time, pictures included`,
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
