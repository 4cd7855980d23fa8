/** Sound -> a file of the format asked for. */
import type { Stereo } from '../sound.ts';
import { encodeFlac } from './flac.ts';
import type { SongFormat } from './format.ts';
import type { Label } from './label.ts';
import { encodeMp3 } from './mp3.ts';
import { toInt16 } from './samples.ts';
import { encodeWav } from './wav.ts';

export async function encode(
  sound: Stereo,
  format: SongFormat,
  label: Label,
): Promise<Uint8Array<ArrayBuffer>> {
  switch (format) {
    case 'wav':
      return encodeWav(toInt16(sound), label);
    case 'flac':
      return encodeFlac(toInt16(sound), label);
    case 'mp3':
      return encodeMp3(sound, label);
  }
}
