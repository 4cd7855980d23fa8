/** What the decoders make of a file and the meters listen to: sound, block after block. */
import type { AudioFormat, Damage } from '../job/measures.ts';

/** Some samples of every channel; full scale is from -1 to 1. Equally long, and only good until the next block. */
export interface Block {
  readonly sampleRate: number;
  readonly channels: readonly Float32Array[];
}

/** Where the loudspeaker of a channel stands, as far as loudness asks. */
export type Place = 'front' | 'surround' | 'lfe';

export interface Decoder {
  readonly format: AudioFormat;
  /** Places of the channels, where the format has an order of its own; see `usualPlaces`. */
  readonly places?: (channels: number) => readonly Place[];
  /** Decodes from beginning to end. Throws `NotAudio` where nothing can be made of the file. */
  readonly blocks: (report: (damage: Damage) => void) => AsyncIterable<Block> | Iterable<Block>;
}

/** The file cannot be decoded. The message is one clause for people. */
export class NotAudio extends Error {
  override readonly name = 'NotAudio';
}

const slowest = 2_000;
const fastest = 768_000;
const mostChannels = 32;

/** A header may say anything; what no song has is not believed. */
export function expectSane(sampleRate: number, channels: number): void {
  if (!(sampleRate >= slowest && sampleRate <= fastest)) {
    throw new NotAudio(`its header says ${sampleRate} Hz, and sound has ${slowest} to ${fastest}`);
  }
  if (!(channels >= 1 && channels <= mostChannels)) {
    throw new NotAudio(
      `its header says ${channels} channels, and sound has 1 to ${mostChannels} of them`,
    );
  }
}

/** The order of WAV and FLAC: left, right, centre, low frequencies, then what is beside and behind. */
export function usualPlaces(channels: number): readonly Place[] {
  const front = (count: number): Place[] => Array<Place>(count).fill('front');
  const surround = (count: number): Place[] => Array<Place>(count).fill('surround');
  switch (channels) {
    case 4:
      return [...front(2), ...surround(2)];
    case 5:
      return [...front(3), ...surround(2)];
    case 6:
    case 7:
    case 8:
      return [...front(3), 'lfe', ...surround(channels - 4)];
    default:
      return front(channels);
  }
}

/** The order of Vorbis and Opus: left, centre, right, beside and behind, low frequencies last. */
export function oggPlaces(channels: number): readonly Place[] {
  if (channels < 5 || channels > 8) return usualPlaces(channels);
  const rest: Place[] = Array<Place>(channels - 3).fill('surround');
  if (channels > 5) rest[rest.length - 1] = 'lfe';
  return ['front', 'front', 'front', ...rest];
}
