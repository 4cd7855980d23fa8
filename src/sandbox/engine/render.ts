/**
 * The engine from outside: song parameters in, the bytes of a file out. Pure: the same parameters
 * give the same bytes, on any machine.
 */
import { firstLine } from './lyrics.ts';
import { compose } from './score.ts';
import type { SongParameters } from './song-parameters.ts';
import { synthesize } from './synth.ts';
import { encodeWav } from './wav.ts';

/** A WAV of at most six minutes: 16 bits, stereo, 44.1 kHz. */
export function renderSong(song: SongParameters): Uint8Array<ArrayBuffer> {
  return encodeWav(synthesize(compose(song)), [
    ['INAM', firstLine(song.lyrics)],
    ['ICMT', "made by songbatch's sandbox engine, not by YuE"],
    ['ISFT', 'songbatch sandbox'],
  ]);
}
