/**
 * What kind of file an output is: by its first bytes, for names and headers are only the server's word.
 * The extension follows from it, so that no name of the server becomes a name on this disk. Songs come
 * first; other models make pictures, videos and texts.
 */
export interface MediaType {
  readonly mediaType: string;
  /** Without the dot. */
  readonly extension: string;
}

const known = {
  wav: { mediaType: 'audio/wav', extension: 'wav' },
  mp3: { mediaType: 'audio/mpeg', extension: 'mp3' },
  flac: { mediaType: 'audio/flac', extension: 'flac' },
  ogg: { mediaType: 'audio/ogg', extension: 'ogg' },
  m4a: { mediaType: 'audio/mp4', extension: 'm4a' },
  png: { mediaType: 'image/png', extension: 'png' },
  jpg: { mediaType: 'image/jpeg', extension: 'jpg' },
  gif: { mediaType: 'image/gif', extension: 'gif' },
  webp: { mediaType: 'image/webp', extension: 'webp' },
  avif: { mediaType: 'image/avif', extension: 'avif' },
  mp4: { mediaType: 'video/mp4', extension: 'mp4' },
  webm: { mediaType: 'video/webm', extension: 'webm' },
  mid: { mediaType: 'audio/midi', extension: 'mid' },
  pdf: { mediaType: 'application/pdf', extension: 'pdf' },
  zip: { mediaType: 'application/zip', extension: 'zip' },
  json: { mediaType: 'application/json', extension: 'json' },
  txt: { mediaType: 'text/plain', extension: 'txt' },
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
  ['audio/midi', known.mid],
  ['image/png', known.png],
  ['image/jpeg', known.jpg],
  ['image/gif', known.gif],
  ['image/webp', known.webp],
  ['image/avif', known.avif],
  ['video/mp4', known.mp4],
  ['video/webm', known.webm],
  ['application/pdf', known.pdf],
  ['application/zip', known.zip],
  ['application/json', known.json],
  ['text/plain', known.txt],
]);

/**
 * @param head the first bytes of a file, 12 where it has as many
 * @param contentType as the server gave it; asked only where the bytes do not tell
 */
export function recognise(head: Buffer, contentType: string | undefined): MediaType {
  const told = byContentType.get(essence(contentType));
  return byMagic(head, told) ?? told ?? unknown;
}

/** Whether files that were recognised are called so. @param extension without the dot */
export function isExtension(extension: string): boolean {
  return Object.hasOwn(known, extension) || extension === unknown.extension;
}

const unknown: MediaType = { mediaType: 'application/octet-stream', extension: 'bin' };

/** `Audio/MPEG; charset=x` -> `audio/mpeg` */
export function essence(contentType: string | undefined): string {
  return (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
}

function byMagic(head: Buffer, told: MediaType | undefined): MediaType | undefined {
  const at = (from: number, text: string) =>
    head.toString('latin1', from, from + text.length) === text;
  if (at(0, 'RIFF') && at(8, 'WAVE')) return known.wav;
  if (at(0, 'fLaC')) return known.flac;
  if (at(0, 'OggS')) return known.ogg;
  if (at(4, 'ftypavif')) return known.avif;
  // One container for sound and for pictures that move: unless somebody says so, it is a song.
  if (at(4, 'ftyp')) return told === known.mp4 ? known.mp4 : known.m4a;
  if (at(0, 'ID3') || isMpegFrame(head)) return known.mp3;
  if (at(0, '\x89PNG\r\n\x1a\n')) return known.png;
  if (at(0, '\xff\xd8\xff')) return known.jpg;
  if (at(0, 'GIF8')) return known.gif;
  if (at(0, 'RIFF') && at(8, 'WEBP')) return known.webp;
  if (at(0, '\x1aE\xdf\xa3')) return known.webm;
  if (at(0, 'MThd')) return known.mid;
  if (at(0, '%PDF-')) return known.pdf;
  if (at(0, 'PK\x03\x04')) return known.zip;
  return undefined;
}

/** Eleven bits of sync, then a version and a layer that exist; AAC in ADTS has layer 0. */
function isMpegFrame(head: Buffer): boolean {
  const [first = 0, second = 0] = head;
  const version = (second >> 3) & 3;
  const layer = (second >> 1) & 3;
  return first === 0xff && (second & 0xe0) === 0xe0 && version !== 1 && layer !== 0;
}
