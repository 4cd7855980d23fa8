/** The formats in which songs can be had: PCM of 16 bits, MPEG layer III, or lossless. */
export const songFormats = ['wav', 'mp3', 'flac'] as const;
export type SongFormat = (typeof songFormats)[number];
