/**
 * All that is wrong or questionable about a file somebody wrote, found on this machine alone: without
 * state, network or key.
 */
import { resolve } from 'node:path';
import { refreshCommand } from '../manifest/known-model.ts';
import { lintLyrics } from '../manifest/lyrics.ts';
import { largestLyrics } from '../manifest/lyrics-values.ts';
import type { Problem } from '../manifest/problem.ts';
import { standIns } from '../manifest/run-values.ts';
import { showCoordinates } from '../plan/candidates.ts';
import type { Plan } from '../plan/plan.ts';
import { makePlan } from '../plan/plan.ts';
import { diskSources } from './disk-sources.ts';
import { readManifest } from './manifest-file.ts';

/**
 * A manifest, with the lyrics and songs that it names, or lyrics by themselves: what a file is its
 * name tells, so that a manifest that is badly broken is not taken for a song.
 *
 * @param path as typed
 * @param workingDirectory absolute
 */
export function lintFile(path: string, workingDirectory: string): readonly Problem[] {
  return /\.(ya?ml|json)$/i.test(path)
    ? lintManifest(path, workingDirectory)
    : lintLyricsFile(path, workingDirectory);
}

function lintManifest(path: string, workingDirectory: string): readonly Problem[] {
  const { manifest, problems, model } = readManifest(path, workingDirectory, standIns);
  // What a plan of half a manifest lacks or repeats says nothing.
  if (!manifest) return problems;
  const found = [...problems];
  const warn = (message: string, hint: string) => {
    found.push({ severity: 'warning', file: path, message, hint });
  };
  if (model && !model.description) {
    warn(
      `nothing is known here of the model ${model.name}: its parameters are not checked`,
      `"${refreshCommand(model.name)} --write" keeps what the API says of it`,
    );
  }
  const plan = makePlan(manifest);
  if ('problems' in plan) {
    return [...found, ...plan.problems.map((problem) => ({ ...problem, file: path }))];
  }
  warnOfDuplicates(plan, warn);
  return found;
}

function warnOfDuplicates(plan: Plan, warn: (message: string, hint: string) => void): void {
  const { count, first } = plan.duplicates;
  if (!first) return;
  const others = count === 1 ? '' : `, and ${count - 1} more like it`;
  warn(
    `${showCoordinates(first.dropped)} buys the same as ${showCoordinates(first.kept)}, and is bought once${others}`,
    'remove or exclude what is there twice; "repeat" buys a song more than once',
  );
}

function lintLyricsFile(path: string, workingDirectory: string): readonly Problem[] {
  const text = diskSources.readText(resolve(workingDirectory, path), largestLyrics);
  if (typeof text !== 'string') {
    const message = `cannot read the lyrics: ${text.unreadable}`;
    return [{ severity: 'error', message, file: path }];
  }
  return lintLyrics(text).map((flaw) => ({ ...flaw, file: path, text }));
}
