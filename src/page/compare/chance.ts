/** Randomness of which nothing can be foreseen, and in which no outcome is likelier than another. */

/** A whole number from 0 to `limit` - 1. */
export type Draw = (limit: number) => number;

/** @param next any 32 bits; the browser's own unless a test says otherwise */
export function drawBelow(limit: number, next: () => number = randomBits): number {
  // The last incomplete round through the limit is drawn anew: its numbers would come up more often.
  const rounds = Math.floor(2 ** 32 / limit) * limit;
  for (;;) {
    const bits = next();
    if (bits < rounds) return bits % limit;
  }
}

function randomBits(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;
}
