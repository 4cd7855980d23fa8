/**
 * A picture of a song: time from left to right, pitch from bottom to top (logarithmic), the brighter the
 * louder (90 dB). 8-bit PNG with a palette, 1000 wide; narrower where a song has fewer spectra than that.
 */
import { writePng } from './png.ts';
import type { SpectrumShape } from './spectrum.ts';

export interface SpectrogramMaker {
  /** Takes the next spectrum. */
  readonly add: (powers: Float64Array) => void;
  /** The PNG. */
  readonly result: () => Uint8Array;
}

const mostWidth = 1000;
const height = 200;
/** Hz. */
const lowest = 40;
const highest = 16_000;
/** dB from black to white, and where white is. */
const span = 90;
const brightest = -5;

export function createSpectrogramMaker(shape: SpectrumShape, sampleRate: number): SpectrogramMaker {
  const rows = rowsOf(shape, sampleRate);
  /** The loudest powers of so many spectra each, by row. */
  let columns: Float32Array[] = [];
  let perColumn = 1;
  let spectra = 0;

  /** Makes one column of every two: the louder counts, so that what is short stays visible. */
  const double = (): void => {
    columns = Array.from({ length: mostWidth }, (_, index) => {
      const other = columns[2 * index + 1];
      const column = columns[2 * index] ?? new Float32Array(height);
      return column.map((power, row) => Math.max(power, other?.[row] ?? 0));
    });
    perColumn *= 2;
  };

  return {
    add: (powers) => {
      if (spectra === 2 * mostWidth * perColumn) double();
      const column = (columns[Math.floor(spectra / perColumn)] ??= new Float32Array(height));
      spectra += 1;
      for (const [row, [from, to]] of rows.entries()) {
        let loudest = column[row] ?? 0;
        for (let index = from; index < to; index++) {
          const power = powers[index] ?? 0;
          if (power > loudest) loudest = power;
        }
        column[row] = loudest;
      }
    },
    result: () => {
      const width = Math.max(1, Math.min(mostWidth, columns.length));
      const pixels = new Uint8Array(width * height);
      for (let x = 0; x < width; x++) {
        const column = columns[Math.floor((x * columns.length) / width)];
        for (let row = 0; row < height; row++) {
          const level = 10 * Math.log10((column?.[row] ?? 0) + 1e-12);
          const brightness = Math.round(((level - brightest + span) / span) * 255);
          pixels[(height - 1 - row) * width + x] = Math.max(0, Math.min(255, brightness));
        }
      }
      return writePng(width, height, pixels, palette);
    },
  };
}

/** From bottom to top, which of the powers: from one, up to another. A row holds at least one. */
function rowsOf(
  { size }: SpectrumShape,
  sampleRate: number,
): readonly (readonly [number, number])[] {
  const top = Math.min(highest, sampleRate / 2);
  const edge = (row: number) => (lowest * (top / lowest) ** (row / height) * size) / sampleRate;
  return Array.from({ length: height }, (_, row) => {
    const from = Math.floor(edge(row));
    return [from, Math.max(from + 1, Math.ceil(edge(row + 1)))] as const;
  });
}

/** From black over violet and orange to pale yellow, evenly brighter: points of the "magma" map (CC0). */
const anchors = [
  [0, 0, 4],
  [40, 17, 89],
  [114, 31, 129],
  [182, 54, 121],
  [241, 96, 93],
  [254, 175, 119],
  [252, 253, 191],
] as const;

const palette = Uint8Array.from({ length: 256 * 3 }, (_, index) => {
  const along = (Math.floor(index / 3) / 255) * (anchors.length - 1);
  const at = Math.min(anchors.length - 2, Math.floor(along));
  const from = anchors[at]?.[index % 3] ?? 0;
  const to = anchors[at + 1]?.[index % 3] ?? 0;
  return Math.round(from + (to - from) * (along - at));
});
