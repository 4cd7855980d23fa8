/**
 * The throat: resonators in cascade, as in Klatt's synthesizer (1980), and hiss in parallel to them.
 * Each works on a block of samples at a time, between two changes of its tuning.
 */
import { cosineOfTurns, exponential } from '../arithmetic.ts';
import { sampleRate } from '../sound.ts';
import type { Hiss } from './phonemes.ts';

const pi = 3.141592653589793;

/** Coefficients of a pair of poles at `hz` that is `width` Hz wide. */
function polesAt(hz: number, width: number): readonly [number, number] {
  const radius = exponential((-pi * width) / sampleRate);
  const turns = Math.min(hz, sampleRate * 0.46) / sampleRate;
  return [2 * radius * cosineOfTurns(turns), -radius * radius];
}

/** Lets frequencies around one pass more than others; 1 at 0 Hz. */
export class Resonator {
  #a = 1;
  #b = 0;
  #c = 0;
  #y1 = 0;
  #y2 = 0;

  tune(hz: number, width: number): void {
    [this.#b, this.#c] = polesAt(hz, width);
    this.#a = 1 - this.#b - this.#c;
  }

  run(block: Float64Array, count: number): void {
    const [a, b, c] = [this.#a, this.#b, this.#c];
    let [y1, y2] = [this.#y1, this.#y2];
    for (let k = 0; k < count; k++) {
      const y = a * (block[k] ?? 0) + b * y1 + c * y2;
      y2 = y1;
      y1 = y;
      block[k] = y;
    }
    this.#y1 = y1;
    this.#y2 = y2;
  }
}

/** The opposite of a resonator: takes frequencies around one away, as the nose does. */
export class AntiResonator {
  #a = 1;
  #b = 0;
  #c = 0;
  #x1 = 0;
  #x2 = 0;

  tune(hz: number, width: number): void {
    [this.#b, this.#c] = polesAt(hz, width);
    this.#a = 1 / (1 - this.#b - this.#c);
  }

  run(block: Float64Array, count: number): void {
    const [a, b, c] = [this.#a, this.#b, this.#c];
    let [x1, x2] = [this.#x1, this.#x2];
    for (let k = 0; k < count; k++) {
      const x = block[k] ?? 0;
      block[k] = a * (x - b * x1 - c * x2);
      x2 = x1;
      x1 = x;
    }
    this.#x1 = x1;
    this.#x2 = x2;
  }
}

/** One band of noise. */
class HissBand {
  #gain = 0;
  #level = 0;
  #b = 0;
  #c = 0;
  #y1 = 0;
  #y2 = 0;

  tune([centre, width, level]: readonly [number, number, number]): void {
    [this.#b, this.#c] = polesAt(centre, width);
    this.#gain = 1 - exponential((-pi * width) / sampleRate);
    this.#level = level;
  }

  add(into: Float64Array, noise: Float64Array, count: number): void {
    const [gain, level, b, c] = [this.#gain, this.#level, this.#b, this.#c];
    let [y1, y2] = [this.#y1, this.#y2];
    for (let k = 0; k < count; k++) {
      const y = gain * (noise[k] ?? 0) + b * y1 + c * y2;
      into[k] = (into[k] ?? 0) + (y - y2) * level;
      y2 = y1;
      y1 = y;
    }
    this.#y1 = y1;
    this.#y2 = y2;
  }
}

/** Air through a narrow place between tongue and teeth. */
export class Mouth {
  readonly #bands = [new HissBand(), new HissBand()] as const;
  #hiss: Hiss | undefined;

  form(hiss: Hiss): void {
    if (hiss === this.#hiss) return;
    this.#hiss = hiss;
    this.#bands[0].tune(hiss.bands[0]);
    this.#bands[1].tune(hiss.bands[1]);
  }

  add(into: Float64Array, noise: Float64Array, count: number): void {
    for (const band of this.#bands) band.add(into, noise, count);
  }
}
