/**
 * Repeatable chance. Each decision draws from a stream with a name of its own, so that one more
 * draw in one place does not change every song everywhere else.
 */
export interface Chance {
  /** 0 up to, not including, 1. */
  readonly next: () => number;
  /** -1 up to, not including, 1. */
  readonly signed: () => number;
  readonly pick: <T>(choices: readonly [T, ...T[]]) => T;
}

/** 32 bits of FNV-1a over UTF-16 units, with a finishing mix so that near names lie far apart. */
export function hash(text: string, start = 0x811c9dc5): number {
  let h = start;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
  h = Math.imul(h ^ (h >>> 12), 0x297a2d39);
  return (h ^ (h >>> 15)) >>> 0;
}

/** A stream that its name alone decides (the generator is sfc32). */
export function chance(name: string): Chance {
  let a = hash(name);
  let b = hash(name, 0x1b873593);
  let c = hash(name, 0xcc9e2d51);
  let counter = 1;
  const next = (): number => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 4294967296;
  };
  for (let i = 0; i < 12; i++) next();
  return {
    next,
    signed: () => next() * 2 - 1,
    pick: (choices) => choices[Math.floor(next() * choices.length)] ?? choices[0],
  };
}
