/**
 * What kind of sound a file is: by its first bytes, for names and headers are only the server's
 * word. The extension follows from it, so that no name of the server becomes a name on this disk.
 */
export interface MediaType {
  readonly mediaType: string;
  /** Without the dot. */
  readonly extension: string;
}

/** Bytes from the start of a file that `recognise` wants to see. */
export const headLength = 12;

const known = {
  wav: { mediaType: 'audio/wav', extension: 'wav' },
  mp3: { mediaType: 'audio/mpeg', extension: 'mp3' },
  flac: { mediaType: 'audio/flac', extension: 'flac' },
  ogg: { mediaType: 'audio/ogg', extension: 'ogg' },
  m4a: { mediaType: 'audio/mp4', extension: 'm4a' },
} as const satisfies Record<string, MediaType>;

const byContentType: ReadonlyMap<string, MediaType> = new Map<string, MediaType>([
  ['audio/wav', known.wav],
  ['audio/wave', known.wav],
  ['audio/x-wav', known.wav],
  ['audio/vnd.wave', known.wav],
  ['audio/mpeg', known.mp3],
  ['audio/mp3', known.mp3],
  ['audio/flac', known.flac],
  ['audio/x-flac', known.flac],
  ['audio/ogg', known.ogg],
  ['audio/opus', known.ogg],
  ['audio/mp4', known.m4a],
  ['audio/m4a', known.m4a],
  ['audio/x-m4a', known.m4a],
]);

/** @param contentType as the server gave it; asked only where the bytes do not tell */
export function recognise(head: Uint8Array, contentType: string | undefined): MediaType {
  return byMagic(Buffer.from(head)) ?? byContentType.get(essence(contentType)) ?? unknown;
}

const unknown: MediaType = { mediaType: 'application/octet-stream', extension: 'bin' };

/** `Audio/MPEG; charset=x` -> `audio/mpeg` */
export function essence(contentType: string | undefined): string {
  return (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
}

function byMagic(head: Buffer): MediaType | undefined {
  const at = (from: number, text: string) =>
    head.toString('latin1', from, from + text.length) === text;
  if (at(0, 'RIFF') && at(8, 'WAVE')) return known.wav;
  if (at(0, 'fLaC')) return known.flac;
  if (at(0, 'OggS')) return known.ogg;
  if (at(4, 'ftyp')) return known.m4a;
  if (at(0, 'ID3') || isMpegFrame(head)) return known.mp3;
  return undefined;
}

/** Eleven bits of sync, then a version and a layer that exist; AAC in ADTS has layer 0. */
function isMpegFrame(head: Buffer): boolean {
  const [first = 0, second = 0] = head;
  const version = (second >> 3) & 3;
  const layer = (second >> 1) & 3;
  return first === 0xff && (second & 0xe0) === 0xe0 && version !== 1 && layer !== 0;
}
