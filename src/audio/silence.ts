/** How much of a song is silence, and where: frames of 10 ms in which no channel is above -60 dBFS RMS. */
import type { Silence } from '../job/measures.ts';

export interface SilenceMeter {
  readonly add: (channels: readonly Float32Array[]) => void;
  readonly result: () => Silence;
}

const framesPerSecond = 100;
/** Mean square of -60 dBFS. */
const threshold = 1e-6;

export function createSilenceMeter(sampleRate: number, channelCount: number): SilenceMeter {
  const sums = new Float64Array(channelCount);
  let samples = 0;
  let from = 0;
  let frames = 0;
  let end = Math.round(sampleRate / framesPerSecond);
  let silent = 0;
  let leading: number | undefined;
  let trailing = 0;

  const closeFrame = (): void => {
    const isSilent = sums.every((sum) => sum <= threshold * (samples - from));
    frames += 1;
    if (isSilent) {
      silent += 1;
      trailing += 1;
    } else {
      leading ??= frames - 1;
      trailing = 0;
    }
    sums.fill(0);
    from = samples;
    end = Math.round(((frames + 1) * sampleRate) / framesPerSecond);
  };

  return {
    add: (channels) => {
      const length = channels[0]?.length ?? 0;
      for (let at = 0; at < length;) {
        const count = Math.min(length - at, end - samples);
        for (const [index, channel] of channels.entries()) {
          let sum = 0;
          for (let sample = at; sample < at + count; sample++) {
            const value = channel[sample] ?? 0;
            sum += value * value;
          }
          sums[index] = (sums[index] ?? 0) + sum;
        }
        at += count;
        samples += count;
        if (samples === end) closeFrame();
      }
    },
    result: () => {
      if (samples > from) closeFrame();
      return {
        leading: (leading ?? frames) / framesPerSecond,
        trailing: trailing / framesPerSecond,
        total: silent / framesPerSecond,
        share: frames === 0 ? 0 : Math.round((silent / frames) * 10_000) / 10_000,
      };
    },
  };
}
