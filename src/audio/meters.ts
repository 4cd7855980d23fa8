/** All meters on one sound: fed block by block, read when it has ended. */
import type { Damage, Measures } from '../job/measures.ts';
import { createClippingMeter } from './clipping.ts';
import { createFingerprintMaker } from './fingerprint.ts';
import { createLoudnessMeter } from './loudness.ts';
import { createSilenceMeter } from './silence.ts';
import type { Block, Place } from './sound.ts';
import type { SpectrogramMaker } from './spectrogram.ts';
import { createSpectrogramMaker } from './spectrogram.ts';
import { createSpectrumReader, spectrumShape } from './spectrum.ts';
import { createPeakMeter } from './true-peak.ts';
import type { Waveform, WaveformMaker } from './waveform.ts';
import { createWaveformMaker } from './waveform.ts';

export interface Pictures {
  readonly waveform: Waveform;
  /** PNG. */
  readonly spectrogram: Uint8Array;
}

export interface Meters {
  readonly sampleRate: number;
  readonly channels: number;
  readonly add: (block: Block) => void;
  readonly seconds: () => number;
  readonly measures: () => Omit<Measures, 'format' | 'damage'>;
  /** What only the samples tell. */
  readonly damage: () => readonly Damage[];
  /** Undefined where they were not asked for. */
  readonly pictures: () => Pictures | undefined;
}

export function createMeters(
  sampleRate: number,
  places: readonly Place[],
  wantsPictures: boolean,
): Meters {
  const channelCount = places.length;
  const loudness = createLoudnessMeter(sampleRate, places);
  const peak = createPeakMeter(sampleRate, channelCount);
  const clipping = createClippingMeter(channelCount);
  const silence = createSilenceMeter(sampleRate, channelCount);
  const shape = spectrumShape(sampleRate);
  const fingerprint = createFingerprintMaker(shape, sampleRate);
  let waveform: WaveformMaker | undefined;
  let spectrogram: SpectrogramMaker | undefined;
  if (wantsPictures) {
    waveform = createWaveformMaker();
    spectrogram = createSpectrogramMaker(shape, sampleRate);
  }
  const spectrum = createSpectrumReader(shape, (powers) => {
    fingerprint.add(powers);
    spectrogram?.add(powers);
  });
  let samples = 0;
  let notNumbers = 0;

  return {
    sampleRate,
    channels: channelCount,
    add: ({ channels }) => {
      samples += channels[0]?.length ?? 0;
      for (const channel of channels) notNumbers += silenceWhatIsNoNumber(channel);
      for (const meter of [loudness, peak, clipping, silence, spectrum]) meter.add(channels);
      waveform?.add(channels);
    },
    seconds: () => samples / sampleRate,
    measures: () => {
      const { loudness: lufs, range } = loudness.result();
      const highest = peak.result();
      const print = fingerprint.result();
      return {
        duration: rounded(samples / sampleRate, 3),
        sampleRate,
        channels: channelCount,
        ...(lufs !== undefined && { loudness: rounded(lufs, 2) }),
        ...(range !== undefined && { loudnessRange: rounded(range, 2) }),
        ...(highest > 0 && { truePeak: rounded(20 * Math.log10(highest), 2) }),
        clipping: clipping.result(),
        silence: silence.result(),
        ...(print !== undefined && { fingerprint: print }),
      };
    },
    damage: () => (notNumbers > 0 ? [{ kind: 'not-numbers', samples: notNumbers }] : []),
    pictures: () =>
      waveform && spectrogram && { waveform: waveform.result(), spectrogram: spectrogram.result() },
  };
}

/** Numbers this large come of broken floats, and their squares would be infinite. */
const largest = 1e6;

/** @returns how many there were */
function silenceWhatIsNoNumber(channel: Float32Array): number {
  let count = 0;
  for (let index = 0; index < channel.length; index++) {
    const sample = channel[index] ?? 0;
    if (sample <= largest && sample >= -largest) continue;
    channel[index] = 0;
    count += 1;
  }
  return count;
}

/** Rounded so far that machines agree. `+ 0`: there is no -0 in JSON. */
function rounded(value: number, digits: number): number {
  const scale = 10 ** digits;
  return Math.round(value * scale) / scale + 0;
}
