/**
 * Song parameters -> score: form first, then the tune, then what the band plays around it.
 */
import type { SongParameters } from '../song-parameters.ts';
import { styleOf } from '../style/style.ts';
import { accompany } from './accompaniment.ts';
import { formOf } from './form.ts';
import { melodyOf } from './melody.ts';
import { type Score, timeOf } from './score.ts';

/** Seconds after the last bar in which the closing chord fades. */
const closing = 1.6;

/** @param longest seconds after which no line begins */
export function compose(song: SongParameters, longest: number): Score {
  const style = styleOf(song);
  const passages = formOf(song.lyrics, style, longest);
  const bars = passages.reduce((sum, { chords }) => sum + chords.length, 0);
  return {
    style,
    sung: melodyOf(style, passages),
    ...accompany(style, passages),
    seconds: timeOf(style, bars * 16) + closing,
  };
}
