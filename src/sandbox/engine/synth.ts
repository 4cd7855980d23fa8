/**
 * Score -> samples: every note, hit and syllable into one mix.
 */
import { bandPlayer } from './band-sound.ts';
import { drummerInto } from './drums.ts';
import type { Score } from './score.ts';
import { singerInto } from './singer.ts';
import { addRoom, finish, silence, type Stereo } from './stereo.ts';

const sampleRate = 44100;

/** Seconds over which a song fades out. */
const fade = 2;

export function synthesize(score: Score): Stereo {
  const { style } = score;
  const mix = silence(score.seconds, sampleRate);
  const play = bandPlayer(mix, style.brightness, 0.85);
  for (const note of score.notes) play(note);
  const sing = singerInto(mix, style.voice, 0.44);
  for (const note of score.sung) sing(note);
  addRoom(mix, 1.3, 0.07);
  // Drums come after the room: they stay dry, or they would blur.
  const strike = drummerInto(mix, 0.45 + style.energy * 0.2);
  for (const hit of score.hits) strike(hit);
  finish(mix, fade);
  return mix;
}
