/** MP3: finds the frames (`mp3-frames.ts`) and has them decoded by libmpg123. */
import type { Damage } from '../job/measures.ts';
import type { AudioFile } from './audio-file.ts';
import type { Mp3Header } from './mp3-frames.ts';
import {
  headerLength,
  id3Length,
  isSameKind,
  longestFrame,
  readFrameCount,
  readMp3Header,
} from './mp3-frames.ts';
import type { Block, Decoder } from './sound.ts';
import { NotAudio } from './sound.ts';

/** Bytes in which the first frame must begin, behind the tags. */
const furthestStart = 1024 * 1024;
/** Frames that must follow each other before they are believed: sync is only eleven bits. */
const convincing = 3;
const windowLength = 256 * 1024;
/** Bytes of frames that are decoded at once. */
const batchLength = 32 * 1024;

type Report = (damage: Damage) => void;

export function openMp3(file: AudioFile): Decoder {
  return {
    format: 'mp3',
    blocks: async function* (report) {
      const { MPEGDecoder } = await import('mpg123-decoder');
      const decoder = new MPEGDecoder();
      await decoder.ready;
      let channels = 0;
      let batch: Buffer[] = [];
      let batched = 0;
      let errors = 0;

      const decode = (): Block => {
        const decoded = decoder.decode(Buffer.concat(batch));
        errors += decoded.errors.length;
        batch = [];
        batched = 0;
        // The decoder makes two channels of one.
        const { sampleRate, channelData } = decoded;
        return { sampleRate, channels: channelData.slice(0, channels) };
      };

      for (const { frame, header } of framesOf(file, report)) {
        channels = header.channels;
        batch.push(frame);
        batched += frame.length;
        if (batched >= batchLength) yield decode();
      }
      if (batched > 0) yield decode();
      if (errors > 0) report({ kind: 'undecodable', stretches: errors });
      decoder.free();
    },
  };
}

interface Mp3Frame {
  readonly frame: Buffer;
  readonly header: Mp3Header;
}

/** Every whole frame of the song, in order. */
function* framesOf(file: AudioFile, report: Report): Generator<Mp3Frame> {
  let position = skipTags(file, 0);
  let window: Buffer = Buffer.alloc(0);
  let windowStart = 0;
  /** Header-deep certainty needs bytes ahead of `position`. */
  const look = (): number => {
    const ahead = convincing * longestFrame + headerLength;
    if (position < windowStart || position + ahead > windowStart + window.length) {
      window = file.read(position, windowLength);
      windowStart = position;
    }
    return position - windowStart;
  };

  let kind: Mp3Header | undefined;
  let promised: number | undefined;
  let frames = 0;
  let lostFrom: number | undefined;
  let stretches = 0;
  const searchEnd = position + furthestStart;
  while (position + headerLength <= file.size) {
    const at = look();
    const header = readMp3Header(window, at);
    const isInStep = lostFrom === undefined && kind !== undefined;
    if (!header || (!isInStep && !isConvincing(window, at, header, file.size - windowStart))) {
      if (!kind && position > searchEnd) break;
      const tag = id3Length(window, at);
      if (tag > 0) {
        position += tag;
        continue;
      }
      lostFrom ??= position;
      const next = window.indexOf(0xff, at + 1);
      position = windowStart + (next === -1 ? window.length : next);
      continue;
    }
    if (position + header.length > file.size) break;
    if (kind && !isSameKind(kind, header)) {
      report({ kind: 'format-change' });
      return;
    }
    if (lostFrom !== undefined && kind) stretches += 1;
    lostFrom = undefined;
    const frame = Buffer.from(window.subarray(at, at + header.length));
    const count = kind ? undefined : readFrameCount(frame, header);
    if (typeof count === 'number') promised = count;
    if (count === undefined) frames += 1;
    kind ??= header;
    yield { frame, header };
    position += header.length;
  }

  if (!kind) throw new NotAudio('it is neither WAV, FLAC, Ogg nor M4A, and has no MP3 frames');
  if (stretches > 0) report({ kind: 'undecodable', stretches });
  // Some encoders count the table of contents too.
  if (promised !== undefined && frames + 1 >= promised) return;
  const breaksOff = !isTrailer(file.read(lostFrom ?? position, windowLength));
  if (breaksOff || (promised !== undefined && stretches === 0)) {
    const seconds = promised && (promised * kind.samples) / kind.sampleRate;
    report({
      kind: 'ends-early',
      ...(seconds && { promised: Math.round(seconds * 1000) / 1000 }),
    });
  }
}

/** Whether frame follows frame from here on, or up to the end of the file. */
function isConvincing(window: Buffer, at: number, first: Mp3Header, end: number): boolean {
  let next = at + first.length;
  for (let count = 1; count < convincing && next + headerLength <= end; count++) {
    const header = readMp3Header(window, next);
    if (!header || !isSameKind(first, header)) return count > 1 && isTrailer(window.subarray(next));
    next += header.length;
  }
  return true;
}

/** What may follow the last frame: nothing, zeros, or a tag (ID3v1, APE, Lyrics3). */
function isTrailer(bytes: Buffer): boolean {
  return /^(\0*$|TAG|APETAGEX|LYRICSBEGIN)/.test(bytes.toString('latin1'));
}

function skipTags(file: AudioFile, from: number): number {
  let position = from;
  for (;;) {
    const tag = id3Length(file.read(position, 10), 0);
    if (tag === 0) return position;
    position += tag;
  }
}
