/**
 * A manifest that has been read, checked and resolved: nothing in it refers to YAML any more,
 * and nothing in it can be wrong. `parse.ts` makes it; `plan/` expands it.
 */
import type { ParameterSources } from './parameters.ts';

export const axisNames = [
  'lyrics',
  'reference',
  'clone',
  'tags',
  'parameters',
  'genre',
  'instrument',
  'mood',
  'gender',
  'timbre',
  'seed',
] as const;

export type AxisName = (typeof axisNames)[number];

/** One point on an axis. */
export interface AxisValue {
  /** Unique on its axis, stable, safe in a file name. What exclude and include name. */
  readonly label: string;
  /** What a job with this value sends. Empty for `reference: none`. */
  readonly parameters: ParameterSources;
}

/**
 * An axis of the matrix. Values are reached by index so that a million seeds need not be held:
 * a range makes each value when it is asked for.
 */
export interface Axis {
  readonly name: AxisName;
  readonly size: number;
  /** @param index from 0 to size - 1 */
  readonly at: (index: number) => AxisValue;
  /** Where the values are not listed. */
  readonly rule?: AxisRule;
}

/** What all values of an axis follow from. */
export interface AxisRule {
  /** Equal texts, equal values. */
  readonly text: string;
  /** Position of the value with this label. */
  readonly find: (label: string) => number | undefined;
}

/** Where an `exclude` or `include` entry stands on one axis of the matrix. */
export interface Pin {
  /** Position in `Manifest.axes`. */
  readonly axis: number;
  /** Position on that axis; `undefined` for a value that the axis does not have (include only). */
  readonly index: number | undefined;
}

/** An `exclude` entry: drops every combination that stands at all of its pins. */
export interface Exclusion {
  readonly pins: readonly Pin[];
}

/** An `include` entry, with GitHub's meaning: see `plan/expand.ts`. */
export interface Inclusion {
  /** One for each key that is an axis of the matrix. */
  readonly pins: readonly Pin[];
  /** The value of each key, whether or not the matrix has that axis; in the order written. */
  readonly values: ReadonlyMap<AxisName, AxisValue>;
}

/** A piece of `output.name`: text, or the label of an axis (`repeat`: the copy, from 1). */
export type NamePart = { readonly text: string } | { readonly axis: AxisName | 'repeat' };

export interface Limits {
  /** Tasks in flight at most. */
  readonly tasks: number;
  /** API calls a second at most. */
  readonly requestsPerSecond: number;
  /** Picodollars (1e-12 USD); absent: no limit. */
  readonly budget?: bigint;
  /** A plan with more jobs than this is refused. */
  readonly jobs?: number;
  /** Milliseconds from acceptance after which a task counts as hung. */
  readonly taskTimeout: number;
  /** Milliseconds from the start of a run after which nothing more is submitted. */
  readonly deadline?: number;
  /** Bytes; a longer song is not taken. */
  readonly outputSize: number;
}

/** Stop submitting after so many failed jobs, or so large a share of the jobs that ended. */
export type Halt = { readonly count: number } | { readonly share: number };

/** What an output must measure up to. Shares run from 0 to 1, loudness is LUFS. */
export interface Checks {
  readonly minSeconds?: number;
  readonly maxSilence?: number;
  readonly loudness?: { readonly from: number; readonly to: number };
  /** Tell, but do not fail the job. */
  readonly warn: boolean;
}

export interface Manifest {
  /** Absolute path of the file. */
  readonly path: string;
  /** SHA-256 of the file's bytes, lower-case hex. */
  readonly sha256: string;
  readonly name: string;
  /** `owner/model`, lower case. */
  readonly model: string;
  /** Parameters without which the model takes no job, each by the names under which it can be given. */
  readonly required: readonly (readonly string[])[];
  /** `defaults`, and what is written under `parameters` for every job. */
  readonly defaults: ParameterSources;
  /** In the order written: the last varies fastest. */
  readonly axes: readonly Axis[];
  readonly exclude: readonly Exclusion[];
  readonly include: readonly Inclusion[];
  readonly sample?: { readonly jobs: number; readonly seed: number };
  /** How many of each job are bought; 1 unless the manifest says otherwise. */
  readonly repeat: number;
  readonly limits: Limits;
  readonly retry: { readonly attempts: number };
  readonly halt?: Halt;
  readonly checks?: Checks;
  readonly output: {
    /** Absolute path, or a bucket: `s3://bucket/prefix`. */
    readonly dir: string;
    /** The same on another day, `2026-11-21`; only where `{date}` stands in it. */
    readonly dirOn?: (date: string) => string;
    readonly name: readonly NamePart[];
  };
}
