/**
 * A setting that can be made in several places: which word holds, and whose it is. Runs go by the values;
 * `songbatch config` shows both.
 */

/** In the order in which they are heard. */
const speakers = ['flag', 'environment', 'manifest', 'configuration', 'default'] as const;

export type Speaker = (typeof speakers)[number];

export interface Said<Value> {
  readonly value: Value;
  readonly by: Speaker;
  /** What would hold if the configuration did not allow less. */
  readonly instead?: Said<Value>;
}

type Words<Value> = Partial<Readonly<Record<Speaker, Value | undefined>>>;
type LastWord<Value> = { readonly manifest: Value } | { readonly default: Value };

/** The word of the first who says anything. */
export function firstSaid<Value>(words: Words<Value> & LastWord<Value>): Said<Value>;
export function firstSaid<Value>(words: Words<Value>): Said<Value> | undefined;
export function firstSaid<Value>(words: Words<Value>): Said<Value> | undefined {
  for (const by of speakers) {
    const value = words[by];
    if (value !== undefined) return { value, by };
  }
  return undefined;
}

/** No more than the configuration allows. */
export function capped<Value extends number | bigint, Wanted extends Said<Value> | undefined>(
  wanted: Wanted,
  cap: Value | undefined,
): Wanted | Said<Value> {
  if (cap === undefined || (wanted && wanted.value <= cap)) return wanted;
  return { value: cap, by: 'configuration', ...(wanted && { instead: wanted }) };
}

/** A variable that is set to nothing is not set: so CI systems pass on what they do not have. */
export function variable(environment: NodeJS.ProcessEnv, name: string): string | undefined {
  const value = environment[name];
  return value === '' ? undefined : value;
}
