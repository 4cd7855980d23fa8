/**
 * The pitch of the voice: from note to note without a step, from below at the start of a phrase, with
 * vibrato once a note stands, and never quite steady.
 */
import { clamp, hertz, sineOfTurns } from '../arithmetic.ts';
import { type Chance } from '../random.ts';
import type { SungNote } from '../score/score.ts';
import type { Singer } from '../style/singer.ts';

interface PitchTarget {
  /** Seconds. */
  readonly at: number;
  readonly midi: number;
  /** When the note it belongs to begins, and for how long it is held. */
  readonly on: number;
  readonly seconds: number;
}

/** How far below its note a phrase begins, in semitones. */
const scoop = 1.2;

/** Time constant of each of the two stages in which the pitch follows, in seconds. */
const inertia = 0.02;

/** Answers the frequency in Hz, `step` seconds after the call before. */
export type Intonation = (now: number, step: number) => number;

/** @param beginnings when the first consonant of each note begins: the pitch changes there */
export function intone(
  notes: readonly SungNote[],
  beginnings: readonly number[],
  singer: Singer,
  draw: Chance,
): Intonation {
  const targets = notes
    .flatMap((note, i) => targetsOf(note, beginnings[i] ?? note.start))
    .toSorted((a, b) => a.at - b.at);
  let current = 0;
  let following = targets[0]?.midi ?? 60;
  let pitch = following;
  let phase = draw.next();
  let wobble = 0;
  return (now, step) => {
    while ((targets[current + 1]?.at ?? Infinity) <= now) current++;
    const target = targets[current] ?? { at: 0, midi: 60, on: 0, seconds: 0 };
    const follow = step / (inertia + step);
    following += (target.midi - following) * follow;
    pitch += (following - pitch) * follow;
    wobble = wobble * 0.97 + draw.signed() * 0.03;
    phase += step * (singer.vibratoRate + wobble * 2);
    const swell = target.seconds > 0.3 ? clamp((now - target.on - 0.18) * 3, 0, 1) : 0;
    const sway = swell * singer.vibrato * sineOfTurns(phase);
    return hertz(pitch + sway + wobble * 0.4 * Math.min(3, singer.jitter));
  };
}

function targetsOf(note: SungNote, beginning: number): PitchTarget[] {
  const { start, seconds, midi, turn } = note;
  const main: PitchTarget = {
    at: note.opens ? Math.max(beginning, start - 0.03) : beginning,
    midi,
    on: start,
    seconds,
  };
  const targets = [main];
  if (note.opens) {
    targets.unshift({ at: beginning - 0.02, midi: midi - scoop, on: beginning, seconds: 0.05 });
  }
  if (turn === undefined) return targets;
  const [down, up] = [start + seconds * 0.45, start + seconds * 0.62];
  return [
    ...targets,
    { at: down, midi: turn, on: down, seconds: seconds * 0.17 },
    { at: up, midi, on: up, seconds: seconds * 0.38 },
  ];
}
