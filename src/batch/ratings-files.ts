/** The files of ratings that a ranking is made from. */
import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { visible } from '../manifest/frame.ts';
import { parseRatings, type Ratings } from '../ratings/ratings.ts';
import { shownPath, type Batch } from './batch.ts';
import { decodeText, readBytes } from './disk-sources.ts';
import { UsageError } from './usage-error.ts';

export interface RatingsFile {
  /** As typed, or as the user would type it. */
  readonly path: string;
  readonly ratings: Ratings;
}

/** Bytes: more than the 100,000 ratings that a file may have. */
const largestFile = 64 * 1024 * 1024;

/**
 * @param named as typed; none: `ratings*.json` in the output folder. Throws `UsageError` where one cannot be
 *   used, or is about another batch
 */
export function readRatingsFiles(
  named: readonly string[],
  { outputDir, manifest }: Batch,
  workingDirectory: string,
): readonly RatingsFile[] {
  const paths =
    named.length > 0
      ? [...new Set(named)]
      : ratingsIn(outputDir).map((name) => shownPath(join(outputDir, name), workingDirectory));
  return paths.map((path) => {
    const ratings = readRatings(path, workingDirectory);
    if (ratings.batch !== manifest.name) {
      throw new UsageError(
        `${visible(path)}: these are ratings of the batch "${ratings.batch}", and the manifest is "${manifest.name}"`,
        'leave that file out, or name the manifest that it is about',
      );
    }
    return { path, ratings };
  });
}

function ratingsIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
      .filter((name) => /^ratings.*\.json$/.test(name))
      .sort();
  } catch {
    // Nothing has been run yet.
    return [];
  }
}

function readRatings(path: string, workingDirectory: string): Ratings {
  const bytes = readBytes(resolve(workingDirectory, path), largestFile);
  const text = 'unreadable' in bytes ? bytes : decodeText(bytes);
  if (typeof text !== 'string') throw unusable(path, `cannot be read: ${text.unreadable}`);
  const read = parseRatings(parsed(path, text));
  if (!('problem' in read)) return read;
  const { pointer, message } = read.problem;
  throw unusable(path, `${pointer === '' ? 'the document' : pointer} ${message}`);
}

function parsed(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw unusable(path, 'this is no JSON');
  }
}

function unusable(path: string, why: string): UsageError {
  return new UsageError(
    visible(`${path}: ${why}`),
    'export the ratings anew from the listening page; "songbatch schema ratings" tells the format',
  );
}
