/** Takes a song's fingerprint: see `job/fingerprint.ts` for what it is and how it is written. */
import { bandCount, mostSlices, shortestSlice, writeFingerprint } from '../job/fingerprint.ts';
import type { SpectrumShape } from './spectrum.ts';

export interface FingerprintMaker {
  /** Takes the next spectrum. */
  readonly add: (powers: Float64Array) => void;
  readonly result: () => string | undefined;
}

/** Hz. Below is what small speakers and high-pass filters leave out, above what lossy codecs do. */
const lowest = 110;
const highest = 5_000;
/** The song begins with the first spectrum of this power (-60 dBFS). */
const audible = 1e-6;
/**
 * Powers further below the highest (of any band; of the same band) count no more: there is the noise of
 * codecs, and how a last chord dies away, which all songs share.
 */
const floor = 1e-3;
const bandFloor = 1e-3;
/** A song of which the spectrum moves less than this (dB) has nothing to be told by. */
const leastMovement = 0.5;
/** Steps of a written value for one standard deviation: 7 of them are nearly three. */
const steps = 2.5;

export function createFingerprintMaker(shape: SpectrumShape, sampleRate: number): FingerprintMaker {
  const edges = Array.from({ length: bandCount + 1 }, (_, band) =>
    Math.round((lowest * (highest / lowest) ** (band / bandCount) * shape.size) / sampleRate),
  );
  const bands = new Float64Array(bandCount);
  const sums = new Float64Array(mostSlices * bandCount);
  const counts = new Float64Array(mostSlices);
  let spectra = 0;
  let slices = 0;
  let doublings = 0;

  const addTo = (slice: number, share: number): void => {
    if (slice < 0 || slice >= mostSlices) return;
    counts[slice] = (counts[slice] ?? 0) + share;
    for (const [band, power] of bands.entries()) {
      const at = slice * bandCount + band;
      sums[at] = (sums[at] ?? 0) + share * power;
    }
  };

  /** Makes one slice of every two. */
  const double = (): void => {
    for (let slice = 0; slice < mostSlices; slice++) {
      const [from, to] = [2 * slice, slice];
      counts[to] = (counts[from] ?? 0) + (counts[from + 1] ?? 0);
      for (let band = 0; band < bandCount; band++) {
        const at = from * bandCount + band;
        sums[to * bandCount + band] = (sums[at] ?? 0) + (sums[at + bandCount] ?? 0);
      }
    }
    doublings += 1;
  };

  return {
    add: (powers) => {
      for (let band = 0; band < bandCount; band++) {
        const from = edges[band] ?? 0;
        const to = Math.max(from + 1, edges[band + 1] ?? 0);
        bands[band] = 0;
        for (let index = from; index < to && index < powers.length; index++) {
          bands[band] = (bands[band] ?? 0) + (powers[index] ?? 0);
        }
      }
      if (spectra === 0 && bands.every((power) => power < audible)) return;
      const seconds = spectra * shape.step;
      spectra += 1;
      if (seconds >= mostSlices * shortestSlice * 2 ** doublings) double();
      const place = seconds / (shortestSlice * 2 ** doublings);
      slices = Math.floor(place) + 1;
      // Shared between the two slices that it is nearest to: a song that begins some milliseconds later, as
      // behind the delay of an encoder, has much the same slices.
      const nearest = Math.floor(place - 0.5);
      const share = place - 0.5 - nearest;
      addTo(nearest, 1 - share);
      addTo(nearest + 1, share);
    },
    result: () => {
      const means = Float64Array.from(
        { length: slices * bandCount },
        (_, index) => (sums[index] ?? 0) / (counts[Math.floor(index / bandCount)] ?? 1),
      );
      const values = quantise(centre(levels(means)));
      return values && writeFingerprint({ doublings, values });
    },
  };
}

/** Powers -> dB, for `NaN` where a slice is silent. */
function levels(means: Float64Array): Float64Array {
  const top = means.reduce((a, b) => Math.max(a, b), 0);
  const tops = Array<number>(bandCount).fill(top * floor);
  for (const [index, power] of means.entries()) {
    const band = index % bandCount;
    tops[band] = Math.max(tops[band] ?? 0, power * bandFloor);
  }
  return means.map((power, index) => {
    const start = index - (index % bandCount);
    const isSilent = means.subarray(start, start + bandCount).every((one) => one < top * floor);
    return isSilent ? NaN : 10 * Math.log10(power + (tops[index % bandCount] ?? 0));
  });
}

/** Takes from every value what is common to its band and to its slice; a silent slice becomes zeros. */
function centre(decibels: Float64Array): Float64Array {
  const slices = decibels.length / bandCount;
  const ofBand = Float64Array.from({ length: bandCount }, (_, band) =>
    mean(Array.from({ length: slices }, (__, slice) => decibels[slice * bandCount + band] ?? NaN)),
  );
  const moved = decibels.map((level, index) => level - (ofBand[index % bandCount] ?? 0));
  return moved.map((level, index) => {
    const start = index - (index % bandCount);
    return Number.isNaN(level) ? 0 : level - mean([...moved.subarray(start, start + bandCount)]);
  });
}

function mean(values: readonly number[]): number {
  const known = values.filter((value) => !Number.isNaN(value));
  return known.reduce((a, b) => a + b, 0) / Math.max(1, known.length);
}

function quantise(values: Float64Array): Float64Array | undefined {
  const movement = Math.sqrt(mean([...values].map((value) => value * value)));
  if (!(movement >= leastMovement)) return undefined;
  return values.map((value) => Math.max(-7, Math.min(7, Math.round((value / movement) * steps))));
}
