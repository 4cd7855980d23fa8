/**
 * FLAC, by itself or in Ogg, decoded by libFLAC. (RFC 9639)
 *
 * "fLaC", then a block of four bytes of header and STREAMINFO: at 10 stand 20 bits of sample rate, 3 of
 * channels less one, 5 of bits less one, and 36 of how many samples there are, 0 where that is not known.
 */
import type { AudioFile } from './audio-file.ts';
import { id3Length } from './mp3-frames.ts';
import { oggPages } from './ogg-pages.ts';
import type { Block, Decoder } from './sound.ts';
import { expectSane, NotAudio } from './sound.ts';

/** Bytes that are decoded at once: little, for 14 bytes may be 65,535 samples of silence. */
const pieceLength = 1024;

/** Bytes without a sample after which there are none: a frame is at most 2 MiB. */
const longestFrame = 2 * 1024 * 1024;

const streamInfo = { start: 8, length: 34 } as const;

/** In Ogg: "\x7fFLAC", two bytes of version, two of the count of headers, then as in a file of its own. */
const oggHead = 9;

export function isOggFlac(packet: Buffer): boolean {
  return packet.length >= oggHead && packet.toString('latin1', 0, 5) === '\x7fFLAC';
}

export function openFlac(file: AudioFile): Decoder {
  const start = id3Length(file.read(0, 10), 0);
  const promised = readPromise(file.read(start, streamInfo.start + streamInfo.length));
  return {
    format: 'flac',
    blocks: async function* (report) {
      let samples = 0;
      for await (const block of decode(piecesOf(file, start))) {
        samples += block.channels[0]?.length ?? 0;
        yield block;
      }
      if (promised.samples > samples) {
        const seconds = promised.samples / promised.sampleRate;
        report({ kind: 'ends-early', promised: Math.round(seconds * 1000) / 1000 });
      }
    },
  };
}

export function openOggFlac(file: AudioFile): Decoder {
  return {
    format: 'flac',
    blocks: async function* (report) {
      const pages = oggPages(file, isOggFlac, report);
      yield* decode(pages.map(({ bytes }) => bytes));
    },
  };
}

async function* decode(pieces: Iterable<Buffer>): AsyncGenerator<Block> {
  const { FLACDecoder } = await import('@wasm-audio-decoders/flac');
  const decoder = new FLACDecoder();
  await decoder.ready;
  let fruitless = 0;
  for (const piece of pieces) {
    const { sampleRate, channelData, samplesDecoded } = await decoder.decode(piece);
    fruitless = samplesDecoded > 0 ? 0 : fruitless + piece.length;
    // The decoder keeps what it makes nothing of, and looks through it with every piece again.
    if (fruitless > longestFrame) throw new NotAudio('there are no FLAC frames in it');
    yield { sampleRate, channels: channelData };
  }
  const { sampleRate, channelData } = await decoder.flush();
  yield { sampleRate, channels: channelData };
  decoder.free();
}

function* piecesOf(file: AudioFile, start: number): Generator<Buffer> {
  for (let position = start; position < file.size; position += pieceLength) {
    yield file.read(position, pieceLength);
  }
}

function readPromise(head: Buffer): { readonly sampleRate: number; readonly samples: number } {
  const info = head.subarray(streamInfo.start);
  if (info.length < streamInfo.length) throw new NotAudio('its header breaks off');
  const sampleRate = info.readUIntBE(10, 3) >> 4;
  const channels = (((info[12] ?? 0) >> 1) & 7) + 1;
  expectSane(sampleRate, channels);
  return { sampleRate, samples: (info.readUInt8(13) & 15) * 2 ** 32 + info.readUInt32BE(14) };
}
