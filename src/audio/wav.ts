/**
 * WAV, in all the shapes that are met: 8, 16, 24 and 32 bits, float of 32 and 64, `WAVE_FORMAT_EXTENSIBLE`,
 * and RF64 for what is longer than 4 GiB.
 *
 * RIFF <u32 size> WAVE, then chunks <id> <u32 size> <bytes, padded to even>, all little-endian. `fmt `:
 * u16 coding, u16 channels, u32 rate, u32 bytes a second, u16 bytes a frame, u16 bits; extensible has at 20
 * a u32 mask of loudspeakers and at 24 the coding. `ds64` of RF64 has at 8 the u64 size of `data`.
 * (Microsoft, "Multiple Channel Audio Data and WAVE Files"; EBU Tech 3306.)
 */
import type { AudioFile } from './audio-file.ts';
import type { Block, Decoder, Place } from './sound.ts';
import { expectSane, NotAudio, usualPlaces } from './sound.ts';

export interface WavHeader {
  readonly sampleRate: number;
  readonly channels: number;
  /** Bytes from one sample of a channel to its next. */
  readonly frameLength: number;
  readonly places: readonly Place[];
  readonly toSamples: ToSamples;
  /** Where the samples begin. */
  readonly start: number;
  /** Bytes of samples by the word of the header; undefined where it was written before the end was known. */
  readonly length: number | undefined;
}

/** Takes the frames of a piece apart into channels. */
type ToSamples = (piece: Buffer, channels: readonly Float32Array[]) => void;

type Read = (position: number, length: number) => Buffer;

/** A header has few chunks; a file that has more before its samples is not worth a longer look. */
const mostChunks = 100;
/** Lengths from here on are what writers put down who cannot go back: 2 GiB or 4 GiB, less something. */
const unknownLength = 0x7fff0000;
const framesAtOnce = 16_384;

export function openWav(file: AudioFile): Decoder {
  const header = readWavHeader(file.read);
  const { start, frameLength, length, sampleRate } = header;
  const rest = Math.max(0, file.size - start);
  const taken = length === undefined ? rest : Math.min(length, rest);
  return {
    format: 'wav',
    places: () => header.places,
    blocks: function* (report) {
      if (length !== undefined && length > rest) {
        const promised = length / frameLength / sampleRate;
        report({ kind: 'ends-early', promised: Math.round(promised * 1000) / 1000 });
      }
      const end = start + taken + (taken % 2);
      if (file.size - end >= 8 && !isChunk(file.read, end, file.size)) {
        report({ kind: 'surplus', bytes: file.size - end });
      }
      const frames = Math.floor(taken / frameLength);
      for (let frame = 0; frame < frames; frame += framesAtOnce) {
        const count = Math.min(framesAtOnce, frames - frame);
        yield wavBlock(header, file.read(start + frame * frameLength, count * frameLength));
      }
    },
  };
}

export function wavBlock(header: WavHeader, piece: Buffer): Block {
  const frames = Math.floor(piece.length / header.frameLength);
  const channels = Array.from({ length: header.channels }, () => new Float32Array(frames));
  header.toSamples(piece, channels);
  return { sampleRate: header.sampleRate, channels };
}

export function readWavHeader(read: Read): WavHeader {
  let position = 12;
  let long: number | undefined;
  let format: Omit<WavHeader, 'start' | 'length'> | undefined;
  for (let chunk = 0; chunk < mostChunks; chunk++) {
    const head = read(position, 8);
    if (head.length < 8) break;
    const id = head.toString('latin1', 0, 4);
    const length = head.readUInt32LE(4);
    const content = position + 8;
    if (id === 'ds64') {
      const sizes = read(content, 16);
      if (sizes.length === 16) long = Number(sizes.readBigUInt64LE(8));
    }
    if (id === 'fmt ') format = readFormat(read(content, Math.min(length, 40)));
    if (id === 'data') {
      if (!format) throw new NotAudio('it is WAV without a word on its format');
      const stated = length === 0xffffffff && long !== undefined ? long : length;
      const isUnknown = stated === 0 || (stated === length && length >= unknownLength);
      return { ...format, start: content, length: isUnknown ? undefined : stated };
    }
    position = content + length + (length % 2);
  }
  throw new NotAudio('it is WAV without samples');
}

const extensible = 0xfffe;

function readFormat(chunk: Buffer): Omit<WavHeader, 'start' | 'length'> {
  if (chunk.length < 16) throw new NotAudio('it is WAV with half a header');
  const isExtensible = chunk.readUInt16LE(0) === extensible && chunk.length >= 26;
  const coding = chunk.readUInt16LE(isExtensible ? 24 : 0);
  const channels = chunk.readUInt16LE(2);
  const sampleRate = chunk.readUInt32LE(4);
  const bits = chunk.readUInt16LE(14);
  expectSane(sampleRate, channels);
  const toSamples = codings[`${coding}/${bits}`];
  if (!toSamples) {
    throw new NotAudio(`it is WAV of coding ${coding} with ${bits} bits, which is not supported`);
  }
  const mask = isExtensible ? chunk.readUInt32LE(20) : 0;
  const frameLength = channels * (bits / 8);
  return { sampleRate, channels, frameLength, places: placesOf(mask, channels), toSamples };
}

/** Bits of the mask of loudspeakers: low frequencies; and back left, right, centre, side left, right. */
const lowFrequencies = 0x8;
const surrounds = 0x10 | 0x20 | 0x100 | 0x200 | 0x400;

function placesOf(mask: number, channels: number): readonly Place[] {
  const places: Place[] = [];
  for (let bit = 1; bit <= 0x20000; bit *= 2) {
    if ((mask & bit) === 0) continue;
    places.push(bit === lowFrequencies ? 'lfe' : (bit & surrounds) !== 0 ? 'surround' : 'front');
  }
  return places.length === channels ? places : usualPlaces(channels);
}

/** By coding (1: integer, 3: float) and bits. */
const codings: Partial<Record<string, ToSamples>> = {
  '1/8': by(1, (piece, at) => ((piece[at] ?? 128) - 128) / 0x80),
  '1/16': by(2, (piece, at) => piece.readInt16LE(at) / 0x8000),
  '1/24': by(3, (piece, at) => piece.readIntLE(at, 3) / 0x800000),
  '1/32': by(4, (piece, at) => piece.readInt32LE(at) / 0x80000000),
  '3/32': by(4, (piece, at) => piece.readFloatLE(at)),
  '3/64': by(8, (piece, at) => piece.readDoubleLE(at)),
};

function by(width: number, sampleAt: (piece: Buffer, at: number) => number): ToSamples {
  return (piece, channels) => {
    const frameLength = width * channels.length;
    for (const [index, samples] of channels.entries()) {
      let at = index * width;
      for (let frame = 0; frame < samples.length; frame++) {
        samples[frame] = sampleAt(piece, at);
        at += frameLength;
      }
    }
  };
}

/** Whether what is there looks like a chunk: an id of four letters, and a length that fits. */
function isChunk(read: Read, position: number, size: number): boolean {
  const head = read(position, 8);
  return (
    /^[\x20-\x7e]{4}$/.test(head.toString('latin1', 0, 4)) &&
    position + 8 + head.readUInt32LE(4) <= size + 1
  );
}
