/** Reads ratings that a page sends or that lie in the folder: they must be of this batch. */
import { parseRatings, type Ratings } from '../ratings/ratings.ts';

/** @param batch the manifest's name */
export function readDocument(text: string, batch: string): Ratings | { readonly problem: string } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { problem: 'it is not JSON' };
  }
  const read = parseRatings(value);
  if ('problem' in read) {
    const { pointer, message } = read.problem;
    return { problem: `${pointer === '' ? 'it' : pointer} ${message}` };
  }
  if (read.batch !== batch) {
    return { problem: `it is of the batch "${read.batch}", and this is "${batch}"` };
  }
  return read;
}
