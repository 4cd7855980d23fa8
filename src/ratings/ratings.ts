/**
 * What a listener thought of songs, as the listening page keeps it and exports it: `ratings.json`
 * (`schemas/ratings.schema.json`). One file is one listener; several files are merged.
 *
 * A rating is of a sound: it names the job and the song's hash, and counts only where the job still has
 * that song. Read by hand and not by its schema, since the page reads it too: a test holds both together.
 */

export const ratingsSchemaId = 'https://songbatch.dev/schemas/ratings.schema.json';

export interface Ratings {
  readonly $schema: typeof ratingsSchemaId;
  /** The manifest's name. */
  readonly batch: string;
  /** Who listened: free text of 1 to 80 characters. */
  readonly listener: string;
  readonly comparisons: readonly Comparison[];
  readonly abx: readonly AbxTest[];
  readonly stars: readonly Stars[];
}

/** A song as somebody heard it. */
export interface Heard {
  /** Job id, 32 lower-case hex digits. */
  readonly job: string;
  /** The first 32 hex digits of the song's SHA-256. */
  readonly song: string;
}

export const choices = ['a', 'b', 'equal', 'skip'] as const;

export interface Comparison {
  /** When it was made, as `2026-11-22T10:15:00.000Z`; with `a` and `b` it tells comparisons apart. */
  readonly at: string;
  readonly a: Heard;
  readonly b: Heard;
  readonly choice: (typeof choices)[number];
  /** Which song was which was not shown. */
  readonly blind: boolean;
}

/** How often X was told to be the one that it was. */
export interface AbxTest {
  readonly at: string;
  readonly a: Heard;
  readonly b: Heard;
  /** 1 to 1000. */
  readonly trials: number;
  /** 0 to `trials`. */
  readonly correct: number;
}

/** How one song was liked by itself; the last word of a listener on a sound holds. */
export interface Stars {
  readonly at: string;
  readonly of: Heard;
  readonly stars: 1 | 2 | 3 | 4 | 5;
}

/** What is wrong with a file of ratings, and where. */
export interface RatingsProblem {
  /** JSON pointer, `/comparisons/3/choice`; empty for the whole document. */
  readonly pointer: string;
  /** A clause that follows the place. */
  readonly message: string;
}

export const longestListener = 80;
const mostTrials = 1000;
/** Of each kind in a file: far more than somebody hears in a year, and a bound for what a stranger sends. */
const mostRatings = 100_000;

/** @param value what JSON.parse made of the file */
export function parseRatings(value: unknown): Ratings | { readonly problem: RatingsProblem } {
  try {
    return readRatings(value);
  } catch (error) {
    if (!(error instanceof Misfit)) throw error;
    return { problem: { pointer: error.pointer, message: error.message } };
  }
}

/**
 * One document for each listener, in the order in which they first come. What was exported twice counts
 * once; where two files disagree about the same rating, the later one holds.
 */
export function mergeRatings(files: readonly Ratings[]): readonly Ratings[] {
  const byListener = Map.groupBy(files, ({ listener }) => listener);
  return Array.from(byListener.values(), (ofOne): Ratings => ({
    $schema: ratingsSchemaId,
    batch: ofOne[0]?.batch ?? '',
    listener: ofOne[0]?.listener ?? '',
    comparisons: unique(ofOne, ({ comparisons }) => comparisons, pairKey),
    abx: unique(ofOne, ({ abx }) => abx, pairKey),
    stars: unique(
      ofOne,
      ({ stars }) => stars,
      ({ at, of }) => `${at} ${soundKey(of)}`,
    ),
  }));
}

/** Equal for equal sounds of one job, and for nothing else. */
export function soundKey({ job, song }: Heard): string {
  return `${job}:${song}`;
}

function pairKey({ at, a, b }: Comparison | AbxTest): string {
  return `${at} ${soundKey(a)} ${soundKey(b)}`;
}

function unique<Rating>(
  files: readonly Ratings[],
  of: (file: Ratings) => readonly Rating[],
  key: (rating: Rating) => string,
): Rating[] {
  return [...new Map(files.flatMap(of).map((rating) => [key(rating), rating])).values()];
}

/** Thrown and caught in this file. */
class Misfit extends Error {
  readonly pointer: string;

  constructor(pointer: string, message: string) {
    super(message);
    this.pointer = pointer;
  }
}

function readRatings(value: unknown): Ratings {
  const keys = ['$schema', 'batch', 'listener', 'comparisons', 'abx', 'stars'] as const;
  // First of all: of another kind of file nothing else is worth telling.
  if (isObject(value) && value['$schema'] !== ratingsSchemaId) {
    throw new Misfit('/$schema', `is not "${ratingsSchemaId}": these are no ratings`);
  }
  const document = readObject(value, '', keys);
  return {
    $schema: ratingsSchemaId,
    batch: readText(
      document.batch,
      '/batch',
      /^[a-z0-9][a-z0-9-]{0,63}$/,
      'the name of a manifest',
    ),
    listener: readListener(document.listener),
    comparisons: readList(document.comparisons, '/comparisons', readComparison),
    abx: readList(document.abx, '/abx', readAbx),
    stars: readList(document.stars, '/stars', readStars),
  };
}

function readComparison(value: unknown, pointer: string): Comparison {
  const keys = ['at', 'a', 'b', 'choice', 'blind'] as const;
  const { choice, blind, ...pair } = readObject(value, pointer, keys);
  const read = choices.find((known) => known === choice);
  if (!read) throw new Misfit(`${pointer}/choice`, `is not one of ${choices.join(', ')}`);
  if (typeof blind !== 'boolean') throw new Misfit(`${pointer}/blind`, 'is not true or false');
  return { ...readPair(pair, pointer), choice: read, blind };
}

function readAbx(value: unknown, pointer: string): AbxTest {
  const keys = ['at', 'a', 'b', 'trials', 'correct'] as const;
  const { trials, correct, ...pair } = readObject(value, pointer, keys);
  const read = {
    ...readPair(pair, pointer),
    trials: readWhole(trials, `${pointer}/trials`, 1, mostTrials),
    correct: readWhole(correct, `${pointer}/correct`, 0, mostTrials),
  };
  if (read.correct > read.trials) throw new Misfit(`${pointer}/correct`, 'is more than trials');
  return read;
}

function readStars(value: unknown, pointer: string): Stars {
  const { at, of, stars } = readObject(value, pointer, ['at', 'of', 'stars'] as const);
  return {
    at: readTime(at, `${pointer}/at`),
    of: readHeard(of, `${pointer}/of`),
    stars: readWhole(stars, `${pointer}/stars`, 1, 5) as Stars['stars'],
  };
}

function readPair(
  { at, a, b }: { readonly at: unknown; readonly a: unknown; readonly b: unknown },
  pointer: string,
): Pick<Comparison, 'at' | 'a' | 'b'> {
  const pair = {
    at: readTime(at, `${pointer}/at`),
    a: readHeard(a, `${pointer}/a`),
    b: readHeard(b, `${pointer}/b`),
  };
  if (soundKey(pair.a) === soundKey(pair.b))
    throw new Misfit(`${pointer}/b`, 'is the same song as a');
  return pair;
}

function readHeard(value: unknown, pointer: string): Heard {
  const { job, song } = readObject(value, pointer, ['job', 'song'] as const);
  const digits = /^[0-9a-f]{32}$/;
  return {
    job: readText(job, `${pointer}/job`, digits, '32 hex digits'),
    song: readText(song, `${pointer}/song`, digits, '32 hex digits'),
  };
}

/** Exactly these keys. */
function readObject<Key extends string>(
  value: unknown,
  pointer: string,
  keys: readonly Key[],
): Readonly<Record<Key, unknown>> {
  if (!isObject(value)) throw new Misfit(pointer, 'is no object');
  const missing = keys.find((key) => !Object.hasOwn(value, key));
  if (missing !== undefined) throw new Misfit(pointer, `has no key "${missing}"`);
  const unknown = Object.keys(value).find((key) => !keys.some((known) => known === key));
  if (unknown !== undefined) {
    throw new Misfit(`${pointer}/${pointerStep(unknown)}`, 'is a key that ratings do not have');
  }
  return value;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function readList<Item>(
  value: unknown,
  pointer: string,
  read: (item: unknown, pointer: string) => Item,
): readonly Item[] {
  if (!Array.isArray(value)) throw new Misfit(pointer, 'is no list');
  if (value.length > mostRatings) throw new Misfit(pointer, `has more than ${mostRatings} entries`);
  return value.map((item, index) => read(item, `${pointer}/${index}`));
}

function readListener(value: unknown): string {
  // Characters as JSON Schema counts them: code points.
  const length = typeof value === 'string' ? Array.from(value).length : 0;
  if (typeof value === 'string' && length >= 1 && length <= longestListener) return value;
  throw new Misfit('/listener', `is no text of 1 to ${longestListener} characters`);
}

function readTime(value: unknown, pointer: string): string {
  const time =
    /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?Z$/;
  return readText(value, pointer, time, 'a time like 2026-11-22T10:15:00.000Z');
}

function readText(value: unknown, pointer: string, form: RegExp, what: string): string {
  if (typeof value === 'string' && form.test(value)) return value;
  throw new Misfit(pointer, `is not ${what}`);
}

function readWhole(value: unknown, pointer: string, from: number, to: number): number {
  if (Number.isInteger(value) && Number(value) >= from && Number(value) <= to) return Number(value);
  throw new Misfit(pointer, `is no whole number from ${from} to ${to}`);
}

function pointerStep(key: string): string {
  return key.slice(0, 80).replaceAll('~', '~0').replaceAll('/', '~1');
}
