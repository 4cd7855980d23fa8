/** Writes numbers of any width, highest bit first, into bytes that grow as needed. */
export class BitWriter {
  #bytes = new Uint8Array(1 << 16);
  #length = 0;
  /** Bits that do not fill a byte yet. */
  #pending = 0;
  #width = 0;

  /** Whole bytes written so far. */
  get length(): number {
    return this.#length;
  }

  /** @param width 0 to 32 bits, of which the lowest of `value` are written */
  put(value: number, width: number): void {
    let left = width;
    while (left > 0) {
      const taken = Math.min(8 - this.#width, left);
      left -= taken;
      this.#pending = (this.#pending << taken) | ((value >>> left) & ((1 << taken) - 1));
      this.#width += taken;
      if (this.#width === 8) this.#flush();
    }
  }

  /** Any number of them. */
  putZeros(count: number): void {
    for (let left = count; left > 0; left -= 32) this.put(0, Math.min(32, left));
  }

  putBytes(bytes: Iterable<number>): void {
    for (const byte of bytes) this.put(byte, 8);
  }

  /** Fills up the byte that was begun. */
  align(): void {
    if (this.#width > 0) this.put(0, 8 - this.#width);
  }

  /** What was written from a byte on, as it is now: the next call may change it. */
  written(from = 0): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(from, this.#length);
  }

  #flush(): void {
    if (this.#length === this.#bytes.length) {
      const larger = new Uint8Array(this.#bytes.length * 2);
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    this.#bytes[this.#length++] = this.#pending & 0xff;
    this.#pending = 0;
    this.#width = 0;
  }
}
