/**
 * The frames of an MP3 file, and nothing else: tags, and whatever else stands between frames, never reach
 * the decoder. (ISO/IEC 11172-3 and 13818-3, Layer III; MPEG 2.5 as everybody reads it; id3.org for ID3v2.)
 *
 * A frame begins with eleven bits of sync, two of version, two of layer, one of protection; four of bit rate,
 * two of sample rate, one of padding; two of mode.
 */
export interface Mp3Header {
  readonly sampleRate: number;
  readonly channels: number;
  /** Bytes of the frame, this header included. */
  readonly length: number;
  /** Samples in each channel. */
  readonly samples: number;
}

export const headerLength = 4;
/** No frame is longer: 320 kbit/s at 32 kHz, padded; MPEG 2 has 160 kbit/s at 8 kHz. */
export const longestFrame = 1441;

/** kbit/s by the index in the header; 0 is "free" and 15 forbidden. */
const bitRates1 = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320];
const bitRates2 = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];
const sampleRates = [44_100, 48_000, 32_000];

export function readMp3Header(bytes: Buffer, at: number): Mp3Header | undefined {
  const first = bytes[at] ?? 0;
  const second = bytes[at + 1] ?? 0;
  const third = bytes[at + 2] ?? 0;
  const fourth = bytes[at + 3] ?? 0;
  if (first !== 0xff || (second & 0xe0) !== 0xe0) return undefined;
  /** 3: MPEG 1, 2: MPEG 2, 0: MPEG 2.5 */
  const version = (second >> 3) & 3;
  const isLayer3 = ((second >> 1) & 3) === 1;
  const bitRate = (version === 3 ? bitRates1 : bitRates2)[third >> 4];
  const baseRate = sampleRates[(third >> 2) & 3];
  if (version === 1 || !isLayer3 || !bitRate || baseRate === undefined) return undefined;
  const sampleRate = baseRate / (version === 3 ? 1 : version === 2 ? 2 : 4);
  const samples = version === 3 ? 1152 : 576;
  return {
    sampleRate,
    channels: fourth >> 6 === 3 ? 1 : 2,
    length: Math.floor((samples * bitRate * 125) / sampleRate) + ((third >> 1) & 1),
    samples,
  };
}

/** Frames of one song follow each other without a change of kind. */
export function isSameKind(one: Mp3Header, other: Mp3Header): boolean {
  return one.sampleRate === other.sampleRate && one.channels === other.channels;
}

/** Bytes of the ID3v2 tag that begins here, 0 where none does. Ten bytes tell. */
export function id3Length(bytes: Buffer, at: number): number {
  if (bytes.toString('latin1', at, at + 3) !== 'ID3' || bytes.length < at + 10) return 0;
  const footer = ((bytes[at + 5] ?? 0) & 0x10) === 0 ? 0 : 10;
  let length = 0;
  // Four bytes with seven bits each, so that no tag looks like sync.
  for (let index = at + 6; index < at + 10; index++) {
    length = length * 128 + ((bytes[index] ?? 0) & 0x7f);
  }
  return 10 + length + footer;
}

/**
 * How many frames follow, by the word of the first one, where that is no sound but a table of contents
 * ("Xing" or "Info", behind the side information): u32 flags, of which the lowest says that a u32 with the
 * number of frames comes next. How many samples at the start and the end are not part of the song stands there
 * too, and the decoder knows.
 */
export function readFrameCount(frame: Buffer, header: Mp3Header): number | 'unsaid' | undefined {
  const isMpeg1 = header.samples === 1152;
  const sideInformation = header.channels === 2 ? (isMpeg1 ? 32 : 17) : isMpeg1 ? 17 : 9;
  const at = headerLength + sideInformation;
  const name = frame.toString('latin1', at, at + 4);
  if ((name !== 'Xing' && name !== 'Info') || frame.length < at + 12) return undefined;
  return (frame.readUInt32BE(at + 4) & 1) === 0 ? 'unsaid' : frame.readUInt32BE(at + 8);
}
