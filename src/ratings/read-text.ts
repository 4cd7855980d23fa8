/** Ratings from a text that anybody may have written: they must be of this batch. */
import { parseRatings, type Ratings } from './ratings.ts';

/**
 * @param batch the manifest's name
 * @returns what is wrong, as a clause that follows the name of the file (or "it")
 */
export function readRatingsText(
  text: string,
  batch: string,
): Ratings | { readonly problem: string } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { problem: 'is not JSON' };
  }
  const read = parseRatings(value);
  if ('problem' in read) {
    const { pointer, message } = read.problem;
    return { problem: pointer === '' ? message : `is no file of ratings: ${pointer} ${message}` };
  }
  if (read.batch === batch) return read;
  return { problem: `is about the batch "${read.batch}", and this is "${batch}"` };
}
