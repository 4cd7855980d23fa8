/**
 * The pages of an Ogg file, whole ones only, of the one stream in it that is sound. (RFC 3533)
 *
 * A page: "OggS", u8 version, u8 flags, u64 position in samples ("granule"), u32 stream, u32 number of the
 * page, u32 checksum, u8 count of segments, their lengths, then the segments. A packet is a row of segments,
 * all of 255 bytes but the last; it goes on in the next page where the last is of 255 too.
 */
import type { Damage } from '../job/measures.ts';
import type { AudioFile } from './audio-file.ts';
import { NotAudio } from './sound.ts';

export interface OggPage {
  /** The page as it stands in the file. */
  readonly bytes: Buffer;
  /** Whether it begins with the rest of a packet. */
  readonly isContinued: boolean;
  /** Where its last packet ends, in samples from the start of the stream; undefined where none ends in it. */
  readonly granule: number | undefined;
  /** What of each packet stands in this page. */
  readonly parts: readonly Buffer[];
  /** Whether it is the last page of its stream. */
  readonly isLast: boolean;
  /** Whether the last of the parts goes on in the next page. */
  readonly isOpen: boolean;
}

const headLength = 27;
const longestPage = headLength + 255 + 255 * 255;
const windowLength = 4 * longestPage;
/** Pages that one packet may fill: 32 MB, which takes a large picture among the tags. */
const longestPacket = 512;
const flags = { continued: 1, first: 2, last: 4 } as const;

/**
 * @param isWanted whether a stream is the one, by its first packet
 */
export function* oggPages(
  file: AudioFile,
  isWanted: (firstPacket: Buffer) => boolean,
  report: (damage: Damage) => void,
): Generator<OggPage> {
  let window: Buffer = Buffer.alloc(0);
  let windowStart = 0;
  let position = 0;
  let stream: number | undefined;
  let isEnded = false;
  let stretches = 0;
  let isLost = false;
  let withoutEnd = 0;
  while (position + headLength <= file.size) {
    const left = Math.min(longestPage, file.size - position);
    if (position + left > windowStart + window.length) {
      window = file.read(position, windowLength);
      windowStart = position;
    }
    const at = position - windowStart;
    const page = wholePage(window, at);
    if (!page) {
      if (!isLost && position > 0) stretches += 1;
      isLost = true;
      const next = window.indexOf('OggS', at + 1, 'latin1');
      // The mark may lie across the end of the window.
      position = windowStart + (next === -1 ? Math.max(at + 1, window.length - 3) : next);
      continue;
    }
    isLost = false;
    position += page.length;
    const flag = page[5] ?? 0;
    const serial = page.readUInt32LE(14);
    if ((flag & flags.first) !== 0) {
      if (stream !== undefined) {
        if (!isEnded) continue;
        report({ kind: 'format-change' });
        break;
      }
      if (isWanted(readPage(page).parts[0] ?? Buffer.alloc(0))) stream = serial;
    }
    if (serial !== stream || isEnded) continue;
    isEnded = (flag & flags.last) !== 0;
    const read = readPage(page);
    withoutEnd = read.parts.length === 1 && read.isOpen ? withoutEnd + 1 : 0;
    if (withoutEnd > longestPacket) throw new NotAudio('a packet in it has no end');
    yield read;
  }
  if (stream === undefined) return;
  if (isEnded) {
    if (stretches > 0) report({ kind: 'undecodable', stretches });
    return;
  }
  // The last stretch without a page is the one that broke off.
  if (stretches > (isLost ? 1 : 0)) {
    report({ kind: 'undecodable', stretches: stretches - (isLost ? 1 : 0) });
  }
  report({ kind: 'ends-early' });
}

/** The packets of a stream, put together again from its pages. */
export function createPacketJoiner(): (page: OggPage) => readonly Buffer[] {
  let open: Buffer[] = [];
  return ({ parts, isContinued, isOpen }) => {
    const packets: Buffer[] = [];
    for (const [index, part] of parts.entries()) {
      const isRest = index === 0 && isContinued;
      // A rest whose beginning was lost is of no use, nor is a beginning whose rest was.
      if (isRest && open.length === 0) continue;
      if (!isRest) open = [];
      open.push(part);
      if (index === parts.length - 1 && isOpen) return packets;
      packets.push(open.length === 1 ? part : Buffer.concat(open));
      open = [];
    }
    return packets;
  };
}

/** The page that begins here, if all of it is there and its checksum fits. */
function wholePage(window: Buffer, at: number): Buffer | undefined {
  if (window.toString('latin1', at, at + 4) !== 'OggS') return undefined;
  const segments = window[at + 26];
  if (segments === undefined) return undefined;
  let length = headLength + segments;
  for (let index = 0; index < segments; index++) length += window[at + headLength + index] ?? 0;
  if (at + length > window.length) return undefined;
  const page = window.subarray(at, at + length);
  return checksum(page) === page.readUInt32LE(22) ? page : undefined;
}

function readPage(page: Buffer): OggPage {
  const granule = page.readBigInt64LE(6);
  const segments = page[26] ?? 0;
  const parts: Buffer[] = [];
  let from = headLength + segments;
  let to = from;
  let lacing = 0;
  for (let index = 0; index < segments; index++) {
    lacing = page[headLength + index] ?? 0;
    to += lacing;
    if (lacing === 255 && index < segments - 1) continue;
    parts.push(page.subarray(from, to));
    from = to;
  }
  return {
    bytes: page,
    isContinued: ((page[5] ?? 0) & flags.continued) !== 0,
    granule: granule < 0n ? undefined : Number(granule),
    parts,
    isLast: ((page[5] ?? 0) & flags.last) !== 0,
    isOpen: lacing === 255,
  };
}

/** CRC of 32 bits by the polynomial 0x04c11db7, highest bit first, from 0; its own field counts as zeros. */
function checksum(page: Buffer): number {
  let sum = 0;
  for (let index = 0; index < page.length; index++) {
    const byte = index >= 22 && index < 26 ? 0 : (page[index] ?? 0);
    sum = (sum << 8) ^ (checksumTable[(sum >>> 24) ^ byte] ?? 0);
  }
  return sum >>> 0;
}

const checksumTable = Int32Array.from({ length: 256 }, (_, byte) => {
  let sum = byte << 24;
  for (let bit = 0; bit < 8; bit++) sum = (sum << 1) ^ (sum < 0 ? 0x04c11db7 : 0);
  return sum;
});
