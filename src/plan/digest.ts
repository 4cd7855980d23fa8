/**
 * What a plan is, in one hash: equal digests, equal jobs in the same order under the same names. So what
 * was found out about a plan need not be found out again while the manifest says the same.
 */
import { createHash, type Hash } from 'node:crypto';
import type { Manifest } from '../manifest/manifest.ts';
import type { Matrix } from './expand.ts';
import { digestParameters, type Digested, type Point } from './identity.ts';

/** Part of every digest. To be raised whenever the same manifest comes to mean other jobs, names or order. */
const version = 'songbatch-plan-1';

/** @param matrix that of the manifest */
export function digestPlan(manifest: Manifest, { axes, exclude, include }: Matrix<Point>): string {
  const hash = createHash('sha256');
  const { model, repeat, sample, output } = manifest;
  say(hash, [version, model, repeat, sample?.jobs, sample?.seed, output.name]);
  sayDigested(hash, digestParameters(manifest.defaults));
  for (const [place, { name, size, at }] of axes.entries()) {
    const rule = manifest.axes[place]?.rule?.text;
    say(hash, ['axis', name, size, rule]);
    if (rule !== undefined) continue;
    for (let index = 0; index < size; index++) sayPoint(hash, name, at(index));
  }
  for (const { pins } of exclude) say(hash, ['exclude', pins]);
  for (const { pins, values } of include) {
    say(hash, ['include', pins]);
    for (const [name, point] of values) sayPoint(hash, name, point);
  }
  return hash.digest('hex');
}

/** A JSON text has no line break, so that no two lists of words give one text. */
function say(hash: Hash, words: readonly unknown[]): void {
  hash.update(`${JSON.stringify(words)}\n`);
}

function sayPoint(hash: Hash, axis: string, point: Point): void {
  say(hash, [axis, point.label]);
  // A seed's label is all that it is, and there may be a million of them.
  if (axis !== 'seed') sayDigested(hash, point);
}

function sayDigested(hash: Hash, { digests, others }: Digested): void {
  say(hash, [digests, [...(others ?? [])]]);
}
