/**
 * What a job is: the hash of what it buys, not of its place in the matrix. Reordering axes, renaming
 * labels or adding values changes no id, so nothing is bought again.
 *
 *   id     = first 128 bits of SHA-256( "songbatch-job-1\n" model "\n" copy "\n" digests )
 *   digest = SHA-256( name "=" canonical JSON of the value ), one for each parameter that is sent,
 *            in the order of `parameterNames`, any others behind them by name; a local file is
 *            `{"sha256":"..."}`
 *
 * `copy` is 0 unless `repeat` buys the same song more than once; the first copy of a job is the job
 * itself, so that raising `repeat` buys only what is new. Each value of an axis is hashed once, and
 * a job costs one short hash on top. Changing anything here re-buys every batch: never.
 */
import { hash } from 'node:crypto';
import type { AxisValue } from '../manifest/manifest.ts';
import type { ParameterSource, ParameterSources } from '../manifest/parameters.ts';
import { isLocalFile, otherNames, parameterNames } from '../manifest/parameters.ts';
import type { JobId } from '../job/job.ts';

/** The digests of a set of parameters, ready to be combined with others. */
export interface Digests {
  /** By position in `parameterNames`. 32 bytes each, as a latin1 string. */
  readonly digests: readonly (string | undefined)[];
  /** Of all other parameters, by name; absent where there is none, as for nearly every job. */
  readonly others?: ReadonlyMap<string, string> | undefined;
}

export interface Digested extends Digests {
  readonly parameters: ParameterSources;
}

/** A value of an axis, digested. */
export interface Point extends Digested {
  readonly label: string;
}

export function digestParameters(parameters: ParameterSources): Digested {
  const others = otherNames(parameters).flatMap((name): [string, string][] => {
    const source = parameters[name];
    return source === undefined ? [] : [[name, digestParameter(name, source)]];
  });
  return {
    parameters,
    digests: parameterNames.map((name) => {
      const source = parameters[name];
      return source === undefined ? undefined : digestParameter(name, source);
    }),
    ...(others.length > 0 && { others: new Map(others) }),
  };
}

export function digestValue(value: AxisValue): Point {
  return new HashedWhenAsked(value);
}

/** Of a million seeds, which are not kept, most are only named. A class, because of its getters. */
class HashedWhenAsked implements Point {
  readonly label: string;
  readonly parameters: ParameterSources;
  #digested: Digested | undefined;

  constructor({ label, parameters }: AxisValue) {
    this.label = label;
    this.parameters = parameters;
  }

  get digests(): Digested['digests'] {
    return (this.#digested ??= digestParameters(this.parameters)).digests;
  }

  get others(): Digested['others'] {
    return (this.#digested ??= digestParameters(this.parameters)).others;
  }
}

/** Several layers as one. @param layers from the weakest to the strongest */
export function flatten(layers: readonly Digests[]): Digests {
  const others = strongestOthers(layers);
  return {
    digests: parameterNames.map((_, index) => strongest(layers, index)),
    ...(others.size > 0 && { others }),
  };
}

function digestParameter(name: string, source: ParameterSource): string {
  const canonical = JSON.stringify(isLocalFile(source) ? { sha256: source.sha256 } : source);
  return hash('sha256', `${name}=${canonical}`, 'binary');
}

/** @param layers from the weakest to the strongest: the last that has a parameter decides it */
export function jobId(model: string, copy: number, layers: readonly Digests[]): JobId {
  let digests = '';
  for (let index = 0; index < parameterNames.length; index++) {
    digests += strongest(layers, index) ?? '';
  }
  digests += otherDigests(layers);
  const identity = Buffer.from(`songbatch-job-1\n${model}\n${copy}\n${digests}`, 'latin1');
  return hash('sha256', identity, 'hex').slice(0, 32);
}

function strongest(layers: readonly Digests[], index: number): string | undefined {
  for (let layer = layers.length - 1; layer >= 0; layer--) {
    const digest = layers[layer]?.digests[index];
    if (digest !== undefined) return digest;
  }
  return undefined;
}

function otherDigests(layers: readonly Digests[]): string {
  const strongest = strongestOthers(layers);
  if (strongest.size === 0) return '';
  const names = Array.from(strongest.keys()).sort();
  return names.map((name) => strongest.get(name) ?? '').join('');
}

const none: ReadonlyMap<string, string> = new Map();

function strongestOthers(layers: readonly Digests[]): ReadonlyMap<string, string> {
  if (!layers.some(({ others }) => others)) return none;
  return new Map(layers.flatMap(({ others }) => [...(others ?? [])]));
}
