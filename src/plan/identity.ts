/**
 * What a job is: the hash of what it buys, not of its place in the matrix. Reordering axes, renaming
 * labels or adding values changes no id, so nothing is bought again.
 *
 *   id     = first 128 bits of SHA-256( "songbatch-job-1\n" model "\n" copy "\n" digests )
 *   digest = SHA-256( name "=" canonical JSON of the value ), one for each parameter that is sent,
 *            in the order of `parameterNames`; a local file is `{"sha256":"..."}`
 *
 * `copy` is 0 unless `repeat` buys the same song more than once; the first copy of a job is the job
 * itself, so that raising `repeat` buys only what is new. Each value of an axis is hashed once, and
 * a job costs one short hash on top. Changing anything here re-buys every batch: never.
 */
import { hash } from 'node:crypto';
import type { AxisValue } from '../manifest/manifest.ts';
import type { ParameterName, ParameterSource, ParameterSources } from '../manifest/parameters.ts';
import { isLocalFile, parameterNames } from '../manifest/parameters.ts';
import type { JobId } from '../job/job.ts';

/** A set of parameters with the digest of each, ready to be combined with others. */
export interface Digested {
  readonly parameters: ParameterSources;
  /** By position in `parameterNames`. 32 bytes each, as a latin1 string. */
  readonly digests: readonly (string | undefined)[];
}

/** A value of an axis, digested. */
export interface Point extends Digested {
  readonly label: string;
}

export function digestParameters(parameters: ParameterSources): Digested {
  return {
    parameters,
    digests: parameterNames.map((name) => {
      const source = parameters[name];
      return source === undefined ? undefined : digestParameter(name, source);
    }),
  };
}

export function digestValue(value: AxisValue): Point {
  return { label: value.label, ...digestParameters(value.parameters) };
}

function digestParameter(name: ParameterName, source: ParameterSource): string {
  const canonical = JSON.stringify(isLocalFile(source) ? { sha256: source.sha256 } : source);
  return hash('sha256', `${name}=${canonical}`, 'buffer').toString('latin1');
}

/** @param layers from the weakest to the strongest: the last that has a parameter decides it */
export function jobId(model: string, copy: number, layers: readonly Digested[]): JobId {
  let digests = '';
  for (let index = 0; index < parameterNames.length; index++) {
    digests += strongest(layers, index) ?? '';
  }
  const identity = Buffer.from(`songbatch-job-1\n${model}\n${copy}\n${digests}`, 'latin1');
  return hash('sha256', identity, 'hex').slice(0, 32);
}

function strongest(layers: readonly Digested[], index: number): string | undefined {
  for (let layer = layers.length - 1; layer >= 0; layer--) {
    const digest = layers[layer]?.digests[index];
    if (digest !== undefined) return digest;
  }
  return undefined;
}
