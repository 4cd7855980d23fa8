/**
 * The spectrum of a song as time goes on: power by frequency, for windows of about 0.1 s (Hann) that
 * overlap by half. The channels are mixed to one.
 */
export interface SpectrumReader {
  readonly add: (channels: readonly Float32Array[]) => void;
}

export interface SpectrumShape {
  /** Samples of a window; a power of two. */
  readonly size: number;
  /** Seconds from one window to the next. */
  readonly step: number;
}

export function spectrumShape(sampleRate: number): SpectrumShape {
  const size = 2 ** Math.round(Math.log2(sampleRate * 0.093));
  return { size, step: size / 2 / sampleRate };
}

/**
 * @param onSpectrum given size / 2 + 1 powers, of which the n-th belongs to n times the sample rate / size;
 *   a sine of full scale has a power of 1 at its frequency. Good until the next.
 */
export function createSpectrumReader(
  { size }: SpectrumShape,
  onSpectrum: (powers: Float64Array) => void,
): SpectrumReader {
  const { window, transform } = tablesOf(size);
  const mixed = new Float64Array(size);
  const windowed = new Float64Array(size);
  const powers = new Float64Array(size / 2 + 1);
  let filled = 0;
  return {
    add: (channels) => {
      const length = channels[0]?.length ?? 0;
      const share = 1 / Math.max(1, channels.length);
      for (let at = 0; at < length;) {
        const count = Math.min(length - at, size - filled);
        for (let index = 0; index < count; index++) {
          let sum = 0;
          for (const channel of channels) sum += channel[at + index] ?? 0;
          mixed[filled + index] = sum * share;
        }
        at += count;
        filled += count;
        if (filled < size) break;
        for (let index = 0; index < size; index++) {
          windowed[index] = (mixed[index] ?? 0) * (window[index] ?? 0);
        }
        transform(windowed, powers);
        onSpectrum(powers);
        mixed.copyWithin(0, size / 2);
        filled = size / 2;
      }
    },
  };
}

interface Tables {
  readonly window: Float64Array;
  readonly transform: (samples: Float64Array, powers: Float64Array) => void;
}

/** By size; there are few, and making them costs as much as a second of sound. */
const tables = new Map<number, Tables>();

function tablesOf(size: number): Tables {
  const known = tables.get(size);
  if (known) return known;
  const made: Tables = {
    window: Float64Array.from(
      { length: size },
      // The window halves the amplitude, and half of it is at the frequency below zero.
      (_, index) => ((1 - Math.cos((2 * Math.PI * index) / size)) / 2) * (4 / size),
    ),
    transform: createTransform(size),
  };
  tables.set(size, made);
  return made;
}

/**
 * Fast Fourier transform of real samples: pairs of them are taken for complex numbers, transformed in
 * half the size (Cooley and Tukey, in place), and the two halves are told apart by their symmetry.
 */
function createTransform(size: number): Tables['transform'] {
  const half = size / 2;
  const bits = Math.log2(half);
  const reversed = Uint32Array.from({ length: half }, (_, index) => {
    let mirror = 0;
    for (let bit = 0; bit < bits; bit++) if (index & (1 << bit)) mirror |= 1 << (bits - 1 - bit);
    return mirror;
  });
  const cosines = Float64Array.from({ length: half }, (_, k) => Math.cos((2 * Math.PI * k) / size));
  const sines = Float64Array.from({ length: half }, (_, k) => -Math.sin((2 * Math.PI * k) / size));
  const re = new Float64Array(half);
  const im = new Float64Array(half);

  const butterflies = (): void => {
    for (let span = 1; span < half; span *= 2) {
      const stride = half / span;
      for (let k = 0; k < span; k++) {
        const c = cosines[k * stride] ?? 0;
        const s = sines[k * stride] ?? 0;
        for (let upper = k; upper < half; upper += 2 * span) {
          const lower = upper + span;
          const a = re[lower] ?? 0;
          const b = im[lower] ?? 0;
          const x = a * c - b * s;
          const y = a * s + b * c;
          const p = re[upper] ?? 0;
          const q = im[upper] ?? 0;
          re[lower] = p - x;
          im[lower] = q - y;
          re[upper] = p + x;
          im[upper] = q + y;
        }
      }
    }
  };

  return (samples, powers) => {
    for (let index = 0; index < half; index++) {
      const from = 2 * (reversed[index] ?? 0);
      re[index] = samples[from] ?? 0;
      im[index] = samples[from + 1] ?? 0;
    }
    butterflies();
    for (let k = 0; k <= half; k++) {
      const at = k === half ? 0 : k;
      const mirror = k === 0 ? 0 : half - k;
      const a = re[at] ?? 0;
      const b = im[at] ?? 0;
      const c = re[mirror] ?? 0;
      const d = im[mirror] ?? 0;
      const cosine = k === half ? -1 : (cosines[k] ?? 0);
      const sine = k === half ? 0 : (sines[k] ?? 0);
      const evenRe = (a + c) / 2;
      const evenIm = (b - d) / 2;
      const oddRe = (b + d) / 2;
      const oddIm = (c - a) / 2;
      const x = evenRe + cosine * oddRe - sine * oddIm;
      const y = evenIm + cosine * oddIm + sine * oddRe;
      powers[k] = x * x + y * y;
    }
  };
}
