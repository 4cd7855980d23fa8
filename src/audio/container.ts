/** What a file is, by its bytes: neither its name nor what a server said of it counts. */
import type { AudioFile } from './audio-file.ts';
import { isOggFlac, openFlac, openOggFlac } from './flac.ts';
import { id3Length } from './mp3-frames.ts';
import { openMp3 } from './mp3.ts';
import { oggPages } from './ogg-pages.ts';
import { isOpus, openOpus } from './opus.ts';
import type { Decoder } from './sound.ts';
import { NotAudio } from './sound.ts';
import { isVorbis, openVorbis } from './vorbis.ts';
import { openWav } from './wav.ts';

/** What songbatch decodes by itself, or what takes ffmpeg. */
export type Opened = Decoder | { readonly format: 'm4a' | 'aac'; readonly blocks?: never };

export function recognise(file: AudioFile): Opened {
  if (file.size === 0) throw new NotAudio('it is empty');
  const head = file.read(0, 12);
  const has = (at: number, text: string) => head.toString('latin1', at, at + text.length) === text;
  if ((has(0, 'RIFF') || has(0, 'RF64') || has(0, 'BW64')) && has(8, 'WAVE')) return openWav(file);
  if (has(0, 'OggS')) return openOgg(file);
  if (has(4, 'ftyp')) return { format: 'm4a' };
  const behindTag = file.read(id3Length(head, 0), 4);
  if (behindTag.toString('latin1') === 'fLaC') return openFlac(file);
  // ADTS: twelve bits of sync, a bit of version, two of layer, which is 0.
  if (behindTag.length >= 2 && (behindTag.readUInt16BE(0) & 0xfff6) === 0xfff0) {
    return { format: 'aac' };
  }
  return openMp3(file);
}

function openOgg(file: AudioFile): Decoder {
  let open: ((file: AudioFile) => Decoder) | undefined;
  const isSound = (packet: Buffer): boolean => {
    if (isVorbis(packet)) open = openVorbis;
    else if (isOpus(packet)) open = openOpus;
    else if (isOggFlac(packet)) open = openOggFlac;
    return open !== undefined;
  };
  // The first page that is wanted is the first that comes.
  oggPages(file, isSound, () => undefined).next();
  if (!open) throw new NotAudio('it is Ogg, but has neither Vorbis nor Opus nor FLAC in it');
  return open(file);
}
