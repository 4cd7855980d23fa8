/**
 * A set of hashes that takes 16 to 32 bytes an entry, where a JavaScript Set of strings takes a
 * hundred: a plan may have millions of jobs. Open addressing with linear probing; entries are
 * 128-bit, given as 32 hex digits, and spread evenly because they are hashes.
 */
export class CompactSet {
  #words = new Uint32Array(4 * 1024);
  #size = 0;

  /** @returns false when it was there already */
  add(hex: string): boolean {
    if (!this.#insert(this.#words, keyOf(hex))) return false;
    this.#size++;
    if (this.#size * 2 > this.#words.length / 4) this.#grow();
    return true;
  }

  has(hex: string): boolean {
    return this.#slotOf(this.#words, keyOf(hex)).isTaken;
  }

  #insert(words: Uint32Array, key: readonly number[]): boolean {
    const { at, isTaken } = this.#slotOf(words, key);
    if (!isTaken) words.set(key, at);
    return !isTaken;
  }

  /** Where the key is, or the free slot that it would get. */
  #slotOf(words: Uint32Array, key: readonly number[]): { at: number; isTaken: boolean } {
    const slots = words.length / 4;
    for (let slot = (key[0] ?? 0) % slots; ; slot = (slot + 1) % slots) {
      const at = slot * 4;
      if (words[at] === 0 && words[at + 1] === 0 && words[at + 2] === 0 && words[at + 3] === 0) {
        return { at, isTaken: false };
      }
      if (key.every((word, index) => words[at + index] === word)) return { at, isTaken: true };
    }
  }

  #grow(): void {
    const larger = new Uint32Array(this.#words.length * 2);
    for (let at = 0; at < this.#words.length; at += 4) {
      const key = [...this.#words.subarray(at, at + 4)];
      if (key.some((word) => word !== 0)) this.#insert(larger, key);
    }
    this.#words = larger;
  }
}

/** An all-zero slot means "free"; no SHA-256 prefix that we shall ever see is all zero. */
function keyOf(hex: string): readonly number[] {
  return [0, 8, 16, 24].map((start) => Number.parseInt(hex.slice(start, start + 8), 16));
}
