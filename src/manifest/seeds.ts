/**
 * The seed axis: a range, a list, or numbers drawn at random. Ranges and draws make each seed when
 * it is asked for, so that a million of them need no memory.
 *
 * What is drawn is part of the format: the same manifest must name the same songs on every machine
 * and in every version, or a resumed batch would buy others. Only 32-bit integer arithmetic, then.
 */
import type { AxisValue } from './manifest.ts';

/** Random seeds are below this: what every generator takes as a seed. */
const drawnBelow = 2 ** 31;

export interface Seeds {
  readonly size: number;
  /** What they follow from. */
  readonly rule: string;
  readonly at: (index: number) => number;
  /** Position of a seed, if it is among these. */
  readonly find: (seed: number) => number | undefined;
}

export function seedValue(seed: number | string): AxisValue {
  const digits = String(seed);
  return { label: digits, parameters: { seed: digits } };
}

/** Both ends included. */
export function seedRange(from: number, to: number): Seeds {
  const size = to - from + 1;
  return {
    size,
    rule: `${from} to ${to}`,
    at: (index) => from + index,
    find: (seed) => within(seed - from, size),
  };
}

/**
 * `count` distinct seeds from 0 to 2^31 - 1. The numbers are a keyed permutation of 0, 1, 2, ...:
 * so they never repeat, any of them can be had by itself, and a larger count keeps the earlier ones.
 */
export function randomSeeds(count: number, from: number): Seeds {
  const keys = roundKeys(from);
  const backwards = keys.toReversed();
  return {
    size: count,
    rule: `${count} random from ${from}`,
    at: (index) => walk(index, (value) => permute(value, keys)),
    find: (seed) =>
      seed < drawnBelow
        ? within(
            walk(seed, (value) => swap(permute(swap(value), backwards))),
            count,
          )
        : undefined,
  };
}

function within(index: number, size: number): number | undefined {
  return Number.isInteger(index) && index >= 0 && index < size ? index : undefined;
}

/** A permutation of 32 bits, repeated until it lands in 31 bits, is a permutation of 31 bits. */
function walk(start: number, step: (value: number) => number): number {
  let value = step(start);
  while (value >= drawnBelow) value = step(value);
  return value;
}

/** A Feistel network: halves of 16 bits, one round for each key. */
function permute(value: number, keys: readonly number[]): number {
  let left = value >>> 16;
  let right = value & 0xffff;
  for (const key of keys) [left, right] = [right, left ^ (mix(right ^ key) & 0xffff)];
  return ((left << 16) | right) >>> 0;
}

/** With the halves exchanged before and after, the keys in reverse order undo the network. */
function swap(value: number): number {
  return ((value << 16) | (value >>> 16)) >>> 0;
}

function roundKeys(from: number): readonly number[] {
  const low = from % 2 ** 32;
  const high = Math.floor(from / 2 ** 32);
  return Array.from({ length: 6 }, (_, round) => mix(mix(low + round * 0x9e3779b9) ^ high));
}

/** Scatters every bit of 32 over all of them (xor-shift and multiply, twice). */
function mix(value: number): number {
  let bits = value | 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x7feb352d);
  bits = Math.imul(bits ^ (bits >>> 15), 0x846ca68b);
  return (bits ^ (bits >>> 16)) >>> 0;
}
