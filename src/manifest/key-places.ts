/** Where keys stand that were given: `limits.tasks` is at `batch.yaml:4:10`. */
import { placeOf } from './frame.ts';
import { fieldOf, type Written } from './written.ts';

/** @param key with the keys above it; undefined for one that is not given */
export type KeyPlaces = (key: string) => string | undefined;

/** @param file path as typed */
export function keyPlaces(root: Written, file: string, text: string): KeyPlaces {
  return (key) => {
    const node = key.split('.').reduce<Written | undefined>(fieldOf, root);
    return node && placeOf({ file, range: node.range, text });
  };
}
