/** `songbatch check`: measures any file of sound. Needs no manifest, asks nobody, changes nothing. */
import { statSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { Ears } from '../../audio/ears.ts';
import { createEars } from '../../audio/ears.ts';
import { measuredJson, measuredText } from '../../report/measures-report.ts';
import { printable } from '../../report/words.ts';
import { exitCodes } from '../exit-codes.ts';
import { jsonFlag } from '../flags.ts';
import type { Invocation } from '../invocation.ts';
import { findProgram } from '../../batch/find-program.ts';
import { UsageError } from '../../batch/usage-error.ts';

interface CheckFlags {
  readonly peaks?: string;
  readonly spectrogram?: string;
  readonly json?: true;
}

export function addCheckCommand(program: Command, invocation: Invocation): void {
  program
    .command('check')
    .summary('measure any file of sound')
    .description(
      'Measures songs, whoever made them: duration, loudness (LUFS, EBU R 128), true peak, clipping, silence.\nReads WAV, MP3, FLAC, Ogg Vorbis and Opus by itself, and M4A where ffmpeg is installed.\nExits with 0 if all could be measured, with 1 if some could not.',
    )
    .argument('<file...>', 'the files; what they are is told by their bytes')
    .option('--peaks <file>', 'write the outline of the wave here, as JSON (of one file)')
    .option('--spectrogram <file>', 'write a spectrogram here, as PNG (of one file)')
    .addOption(jsonFlag())
    .addHelpText(
      'after',
      `
Examples:
  songbatch check out/demo/*.wav
  songbatch check song.mp3 --spectrogram song.png
  songbatch check out/**/*.wav --json | jq -r 'select(.loudness < -20) | .file'

With --json every file is a line of its own; schemas/measures.schema.json tells what is in it. Loudness is
LUFS, its range LU, true peak dBTP; all times are seconds. What a file does not have is left out.`,
    )
    .action(async (files: readonly string[], flags: CheckFlags) => {
      const allMeasured = await check(files, flags, invocation);
      invocation.exitWith(allMeasured ? exitCodes.done : exitCodes.failed);
    });
}

async function check(
  files: readonly string[],
  flags: CheckFlags,
  { terminal, environment, workingDirectory }: Invocation,
): Promise<boolean> {
  const paths = files.map((file) => resolve(workingDirectory, file));
  expectFiles(files, paths);
  const pictures = picturePaths(flags, paths, workingDirectory);
  const ears = createEars({
    workers: Math.min(files.length, availableParallelism()),
    ffmpeg: findProgram('ffmpeg', environment),
  });
  try {
    const { signal } = new AbortController();
    const measured = paths.map((path) =>
      pictures ? portray(ears, path, pictures, signal) : ears.measure(path, signal),
    );
    let allMeasured = true;
    for (const [index, file] of files.entries()) {
      const one = await measured[index];
      if (!one) continue;
      if (one.kind !== 'measured') allMeasured = false;
      terminal.print(
        flags.json ? JSON.stringify(measuredJson(file, one)) : measuredText(file, one),
      );
    }
    return allMeasured;
  } finally {
    await ears.close();
  }
}

/** Before anything is measured: a name that was mistyped is the user's to mend. */
function expectFiles(files: readonly string[], paths: readonly string[]): void {
  for (const [index, path] of paths.entries()) {
    const name = printable(files[index] ?? path);
    const found = statSync(path, { throwIfNoEntry: false });
    if (!found) throw new UsageError(`there is no file ${name}`);
    if (found.isDirectory()) {
      throw new UsageError(
        `${name} is a folder`,
        `songbatch check ${name}/* measures what is in it`,
      );
    }
  }
}

interface PicturePaths {
  readonly peaks?: string;
  readonly spectrogram?: string;
}

function picturePaths(
  { peaks, spectrogram }: CheckFlags,
  songs: readonly string[],
  workingDirectory: string,
): PicturePaths | undefined {
  if (peaks === undefined && spectrogram === undefined) return undefined;
  if (songs.length > 1) throw new UsageError('--peaks and --spectrogram go with one file');
  const target = (path: string) => {
    const absolute = resolve(workingDirectory, path);
    if (songs.includes(absolute)) throw new UsageError(`${printable(path)} is the song itself`);
    return absolute;
  };
  return {
    ...(peaks !== undefined && { peaks: target(peaks) }),
    ...(spectrogram !== undefined && { spectrogram: target(spectrogram) }),
  };
}

async function portray(ears: Ears, path: string, targets: PicturePaths, signal: AbortSignal) {
  const { measured, pictures } = await ears.portray(path, signal);
  if (pictures && targets.peaks !== undefined) {
    write(targets.peaks, `${JSON.stringify(pictures.waveform)}\n`);
  }
  if (pictures && targets.spectrogram !== undefined) {
    write(targets.spectrogram, pictures.spectrogram);
  }
  return measured;
}

function write(path: string, content: string | Uint8Array): void {
  try {
    writeFileSync(path, content);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UsageError(`${printable(path)} cannot be written: ${printable(why)}`);
  }
}
