/**
 * A model's options for the five kinds of tag. What goes out is an option's exact id; what a manifest
 * says may differ from YuE's in case, spaces, "-" and "_". Another model's are taken as they are written:
 * its description may be had from the network one day and not the next, and what a job is must not
 * depend on that.
 *
 * One id has a comma in it ("adventure, emotion"): nothing here ever splits at commas.
 */
import type { ModelDescription } from './model.ts';
import { tagKinds, type TagKind } from './parameters.ts';
import { yue, yueModel } from './yue.ts';

export const cloneTypes = ['vocal', 'instrumental', 'both'] as const;

export interface Vocabulary {
  /** Undefined where any tag may be written. */
  readonly optionsOf: (kind: TagKind) => readonly string[] | undefined;
  /** The id of an option: the exact one, else one that differs in case only, else in spacing too. */
  readonly find: (kind: TagKind, written: string) => string | undefined;
  /** Other kinds that have such a tag. */
  readonly otherKindsOf: (kind: TagKind, written: string) => readonly TagKind[];
}

/** @param description of the model; undefined where nothing is known of it */
export function vocabularyOf(description: ModelDescription | undefined): Vocabulary {
  const indexes = new Map<TagKind, Index>();
  for (const kind of tagKinds) {
    const options = description?.parameters.find(({ id }) => id === kind)?.options;
    if (options) indexes.set(kind, indexOf(options, description.model === yueModel && kind));
  }
  const find = (kind: TagKind, written: string): string | undefined => {
    const index = indexes.get(kind);
    return index ? index.find(written) : written;
  };
  return {
    optionsOf: (kind) => indexes.get(kind)?.options,
    find,
    otherKindsOf: (kind, written) =>
      tagKinds.filter(
        (other) => other !== kind && indexes.has(other) && find(other, written) !== undefined,
      ),
  };
}

interface Index {
  readonly options: readonly string[];
  readonly find: (written: string) => string | undefined;
}

/**
 * Where several options fold into one spelling, the first of the vocabulary has it. What a tag has meant by
 * the shipped vocabulary it means as long as there is such an option, whatever options are new: a song
 * that is bought must not become another job.
 *
 * @param folded the kind of YuE's tags, where spellings are folded
 */
function indexOf(options: readonly string[], folded: TagKind | false): Index {
  const by = (fold: (tag: string) => string): ReadonlyMap<string, string> =>
    new Map(options.toReversed().map((option) => [fold(option), option]));
  const exact = by((tag) => tag);
  if (!folded) return { options, find: (written) => exact.get(written) };
  const shipped = yue.parameters.find(({ id }) => id === folded)?.options ?? [];
  const usual = options === shipped ? undefined : indexOf(shipped, folded);
  const cased = by((tag) => tag.toLowerCase());
  const spaced = by(closedUp);
  return {
    options,
    find: (written) => {
      const known = usual?.find(written);
      if (known !== undefined && exact.has(known)) return known;
      return (
        exact.get(written) ?? cased.get(written.toLowerCase()) ?? spaced.get(closedUp(written))
      );
    },
  };
}

function closedUp(tag: string): string {
  return tag.toLowerCase().replaceAll(/[\s_-]+/g, '');
}
