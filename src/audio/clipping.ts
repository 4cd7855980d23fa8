/** Samples that hit the ceiling: runs of full scale, which no microphone and no instrument makes. */
import type { Clipping } from '../job/measures.ts';

export interface ClippingMeter {
  readonly add: (channels: readonly Float32Array[]) => void;
  readonly result: () => Clipping;
}

/** Full scale, less what 16 bits and rounding may take from it: -0.002 dBFS. */
const ceiling = 0.9998;
/** Two samples at full scale may be a peak that was normalised to it. */
const shortestRun = 3;

export function createClippingMeter(channelCount: number): ClippingMeter {
  /** Samples at the ceiling up to the end of the last block, for each channel. */
  const lengths = Array<number>(channelCount).fill(0);
  let runs = 0;
  let samples = 0;
  return {
    add: (channels) => {
      for (const [index, channel] of channels.entries()) {
        let length = lengths[index] ?? 0;
        for (const sample of channel) {
          if (sample < ceiling && sample > -ceiling) {
            length = 0;
            continue;
          }
          length += 1;
          if (length === shortestRun) {
            runs += 1;
            samples += shortestRun;
          } else if (length > shortestRun) {
            samples += 1;
          }
        }
        lengths[index] = length;
      }
    },
    result: () => ({ runs, samples }),
  };
}
