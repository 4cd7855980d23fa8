/** Ogg Vorbis, decoded by libvorbis; it is given whole pages of one stream only. */
import type { AudioFile } from './audio-file.ts';
import { oggPages } from './ogg-pages.ts';
import type { Decoder } from './sound.ts';
import { expectSane, oggPlaces } from './sound.ts';

/** The first packet: "\x01vorbis", u32 version, u8 channels, u32 rate. */
export function isVorbis(packet: Buffer): boolean {
  return packet.length >= 16 && packet.toString('latin1', 0, 7) === '\x01vorbis';
}

export function openVorbis(file: AudioFile): Decoder {
  return {
    format: 'vorbis',
    places: oggPlaces,
    blocks: async function* (report) {
      const { OggVorbisDecoder } = await import('@wasm-audio-decoders/ogg-vorbis');
      const decoder = new OggVorbisDecoder();
      await decoder.ready;
      for (const { bytes, parts } of oggPages(file, isVorbis, report)) {
        const [first] = parts;
        if (first && isVorbis(first)) expectSane(first.readUInt32LE(12), first[11] ?? 0);
        const { sampleRate, channelData } = await decoder.decode(bytes);
        yield { sampleRate, channels: channelData };
      }
      const { sampleRate, channelData } = await decoder.flush();
      yield { sampleRate, channels: channelData };
      decoder.free();
    },
  };
}
