/**
 * Ogg Opus, decoded by libopus, always at 48 kHz. (RFC 7845)
 *
 * The first packet: "OpusHead", u8 version, u8 channels, u16 samples to skip at the start, u32 rate of the
 * original, i16 gain, u8 family of channel mappings; where that is not 0: u8 streams, u8 of them in stereo,
 * and for each channel a byte that says which decoded channel it is. The second packet has tags.
 */
import { createOpusDecoder } from '@audio/decode-opus/core';
import type { AudioFile } from './audio-file.ts';
import type { OggPage } from './ogg-pages.ts';
import { createPacketJoiner, oggPages } from './ogg-pages.ts';
import type { Decoder } from './sound.ts';
import { expectSane, NotAudio, oggPlaces } from './sound.ts';

const sampleRate = 48_000;
/** A packet of two bytes may be 120 ms of silence: few at a time, so that little becomes not too much. */
const packetsAtOnce = 100;

export function isOpus(packet: Buffer): boolean {
  return packet.length >= 19 && packet.toString('latin1', 0, 8) === 'OpusHead';
}

export function openOpus(file: AudioFile): Decoder {
  return {
    format: 'opus',
    places: oggPlaces,
    blocks: async function* (report) {
      const decoder = await createOpusDecoder();
      try {
        const join = createPacketJoiner();
        let headers = 2;
        let errors = 0;
        let preSkip = 0;
        let given = 0;
        for (const page of oggPages(file, isOpus, report)) {
          const packets = [...join(page)];
          for (; headers > 0 && packets.length > 0; headers--) {
            const packet = packets.shift();
            if (headers === 2 && packet) preSkip = configure(decoder, packet);
          }
          const end = lastSample(page, preSkip);
          for (let at = 0; at < packets.length; at += packetsAtOnce) {
            const decoded = decoder.decodeFrames(packets.slice(at, at + packetsAtOnce));
            errors += decoded.errors.length;
            // The last page says where the song ends; the packet that holds the end goes on.
            const wanted = Math.max(0, Math.min(decoded.samplesDecoded, end - given));
            given += wanted;
            yield {
              sampleRate,
              channels: decoded.channelData.map((samples) => samples.subarray(0, wanted)),
            };
          }
        }
        if (errors > 0) report({ kind: 'undecodable', stretches: errors });
      } finally {
        decoder.free();
      }
    },
  };
}

function configure(decoder: Awaited<ReturnType<typeof createOpusDecoder>>, head: Buffer): number {
  const channels = head[9] ?? 0;
  const preSkip = head.readUInt16LE(10);
  expectSane(sampleRate, channels);
  const isMapped = head[18] !== 0;
  if (isMapped && head.length < 21 + channels) throw new NotAudio('its header breaks off');
  decoder.configure({
    channels,
    preSkip,
    outputGain: head.readInt16LE(16),
    ...(isMapped && {
      streamCount: head[19] ?? 0,
      coupledStreamCount: head[20] ?? 0,
      channelMappingTable: head.subarray(21, 21 + channels),
    }),
  });
  return preSkip;
}

/** Samples that the song has up to the end of this page, where it is the last. */
function lastSample({ granule, isLast }: OggPage, preSkip: number): number {
  return isLast && granule !== undefined ? Math.max(0, granule - preSkip) : Infinity;
}
