/**
 * Wiro's options for the five kinds of tag. What goes out is an option's exact id; what a manifest
 * says may differ from it in case, spaces, "-" and "_".
 *
 * One id has a comma in it ("adventure, emotion"): nothing here ever splits at commas.
 */
import vocabulary from './tag-vocabulary.json' with { type: 'json' };
import { tagKinds, type TagKind } from './parameters.ts';

export const cloneTypes = ['vocal', 'instrumental', 'both'] as const;

export function optionsOf(kind: TagKind): readonly string[] {
  return vocabulary[kind];
}

/** The id of an option: the exact one, else one that differs in case only, else in spacing too. */
export function findTag(kind: TagKind, written: string): string | undefined {
  const known = indexes[kind];
  return (
    known.exact.get(written) ??
    known.cased.get(written.toLowerCase()) ??
    known.spaced.get(closedUp(written))
  );
}

/** Other kinds that have such a tag. */
export function otherKindsOf(kind: TagKind, written: string): readonly TagKind[] {
  return tagKinds.filter((other) => other !== kind && findTag(other, written) !== undefined);
}

function closedUp(tag: string): string {
  return tag.toLowerCase().replaceAll(/[\s_-]+/g, '');
}

const indexes = {
  genre: indexOf('genre'),
  instrument: indexOf('instrument'),
  mood: indexOf('mood'),
  gender: indexOf('gender'),
  timbre: indexOf('timbre'),
};

/** Where several options fold into one spelling, the first of the vocabulary has it. */
function indexOf(kind: TagKind) {
  const by = (fold: (tag: string) => string): ReadonlyMap<string, string> =>
    new Map(
      optionsOf(kind)
        .toReversed()
        .map((option) => [fold(option), option]),
    );
  return { exact: by((tag) => tag), cased: by((tag) => tag.toLowerCase()), spaced: by(closedUp) };
}
