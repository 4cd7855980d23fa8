/** The work of `songbatch check`. */
import { statSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import type { Ears } from '../../audio/ears.ts';
import { createEars } from '../../audio/ears.ts';
import { findProgram } from '../../batch/find-program.ts';
import { UsageError } from '../../batch/usage-error.ts';
import { measuredJson, measuredText } from '../../report/measures-report.ts';
import { printable } from '../../report/words.ts';
import type { Invocation } from '../invocation.ts';

export interface CheckFlags {
  readonly peaks?: string;
  readonly spectrogram?: string;
  readonly json?: true;
}

/** @returns whether all of them could be measured */
export async function check(
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
