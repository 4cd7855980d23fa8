/**
 * Sung notes -> what the mouth does when: a list of targets, each to be glided to from the one before.
 * The vowel begins on the beat; the consonants before it take their time from the note before.
 */
import { clamp } from '../arithmetic.ts';
import type { SungNote } from '../score/score.ts';
import type { Singer } from '../style/singer.ts';
import type { Consonant } from '../words/syllable.ts';
import {
  type ConsonantSound,
  consonantSounds,
  type Formants,
  type Hiss,
  vowelSounds,
} from './phonemes.ts';

export interface Gesture {
  /** Seconds from the start of the song. */
  readonly at: number;
  readonly formants: Formants;
  /** Levels of the buzzing of the vocal folds, of breath through them, and of hiss in the mouth. */
  readonly voicing: number;
  readonly breath: number;
  readonly hissing: number;
  readonly hiss?: Hiss;
  /** 0 to 1: how much goes through the nose. */
  readonly nasality: number;
  /** Time constant in seconds in which the formants move here. */
  readonly glide: number;
  /** Factor on the widths of the formants. */
  readonly damping: number;
}

/** Consonants are sung a little longer than spoken; those that close a syllable less so. */
const slowness = 1.2;
const codaSlowness = slowness * 0.9;

const closed = { voicing: 0, breath: 0, hissing: 0, nasality: 0, glide: 0.013, damping: 1 };

export interface Articulation {
  readonly gestures: readonly Gesture[];
  /** When the first consonant of each note begins. */
  readonly beginnings: readonly number[];
}

export function articulate(notes: readonly SungNote[], singer: Singer): Articulation {
  const gestures: Gesture[] = [];
  const beginnings: number[] = [];
  let free = 0;
  notes.forEach((note, i) => {
    const next = notes[i + 1];
    const mouth = mouthFor(note, singer);
    const needed = secondsOf(note.syllable.onset, slowness);
    const room = clamp(note.start - free + 0.03, 0.02, needed);
    const squeeze = needed > 0 ? Math.min(1.15, room / needed) : 1;
    const beginning = note.start - needed * squeeze;
    beginnings.push(beginning);
    if (needed === 0 && note.opens) {
      gestures.push({ ...closed, at: note.start - 0.03, formants: mouth.from, breath: 0.03 });
    }
    let at = beginning;
    for (const consonant of note.syllable.onset) {
      const seconds = consonantSounds[consonant].seconds * slowness * squeeze;
      gestures.push(...formed(consonant, at, seconds, false, mouth));
      at += seconds;
    }

    const vowelEnd = endOfVowel(note, next);
    gestures.push(...mouth.vowel(note.start, vowelEnd));
    at = vowelEnd;
    for (const consonant of note.syllable.coda) {
      const seconds = consonantSounds[consonant].seconds * codaSlowness;
      gestures.push(...formed(consonant, at, seconds, true, mouth));
      at += seconds;
    }
    free = at;
    const pause = next ? next.start - secondsOf(next.syllable.onset, slowness) - at : Infinity;
    if (pause > 0.03) gestures.push({ ...closed, at, formants: mouth.to, glide: 0.02 });
  });
  return { gestures: gestures.toSorted((a, b) => a.at - b.at), beginnings };
}

function secondsOf(consonants: readonly Consonant[], slow: number): number {
  return consonants.reduce((sum, name) => sum + consonantSounds[name].seconds * slow, 0);
}

/** The vowel gives way to its own coda and to the onset of the next syllable. */
function endOfVowel(note: SungNote, next: SungNote | undefined): number {
  const end = note.start + note.seconds;
  const nextOnset = next ? next.start - secondsOf(next.syllable.onset, slowness) * 0.9 : Infinity;
  const limit = Math.max(note.start + 0.06, Math.min(end, nextOnset));
  const shortest = Math.min(0.07, note.seconds * 0.5);
  return Math.max(note.start + shortest, limit - secondsOf(note.syllable.coda, codaSlowness));
}

/** A throat of the singer's size around one vowel. */
interface Mouth {
  readonly singer: Singer;
  readonly velocity: number;
  readonly from: Formants;
  /** Where the vowel ends. */
  readonly to: Formants;
  readonly vowel: (start: number, end: number) => Gesture[];
}

function mouthFor({ syllable, velocity }: SungNote, singer: Singer): Mouth {
  const sound = vowelSounds[syllable.vowel];
  const from = sized(sound.from, singer);
  const to = sound.to ? sized(sound.to, singer) : from;
  const open = {
    ...closed,
    voicing: velocity,
    breath: singer.breath * 0.6,
    nasality: singer.nasality,
    glide: 0.014,
  };
  const vowel = (start: number, end: number): Gesture[] => {
    const steady = { ...open, at: start, formants: from };
    if (!sound.to) return [steady];
    // A diphthong is held on its first half and glides late.
    const turn = Math.max(start + (end - start) * 0.35, end - 0.16);
    return [steady, { ...open, at: turn, formants: to, voicing: velocity * 0.95, glide: 0.04 }];
  };
  return { singer, velocity, from, to, vowel };
}

/** The first formant changes less than the others with the size of a head. */
function sized([f1, f2, f3]: Formants, { size }: Singer): Formants {
  return [f1 * (1 + (size - 1) * 0.8), f2 * size, f3 * size];
}

function formed(
  name: Consonant,
  at: number,
  seconds: number,
  isCoda: boolean,
  mouth: Mouth,
): Gesture[] {
  const sound = consonantSounds[name];
  const formants = lociOf(name, sound, isCoda, mouth);
  const { velocity } = mouth;
  const shut = { ...closed, at, formants };
  switch (sound.manner) {
    case 'glide':
      return [{ ...shut, voicing: velocity * 0.75, glide: 0.016 }];
    case 'nasal':
      return [{ ...shut, voicing: velocity * 0.55, nasality: 1, glide: 0.007, damping: 1.6 }];
    case 'breath':
      return [{ ...shut, voicing: 0.02, breath: 0.5 * velocity, glide: 0.012, damping: 1.4 }];
    case 'fricative': {
      const hissing = sound.hiss.level * (0.7 + velocity * 0.3);
      const voicing = sound.voiced ? velocity * 0.3 : 0;
      return [{ ...shut, voicing, hissing, hiss: sound.hiss, glide: 0.012 }];
    }
    case 'stop': {
      const burst: Gesture = {
        ...shut,
        at: at + seconds * (sound.voiced ? 0.75 : 0.5),
        voicing: sound.voiced ? velocity * 0.2 : 0,
        breath: 0.05,
        hissing: sound.hiss.level * (isCoda ? 0.6 : 1),
        hiss: sound.hiss,
        glide: 0.012,
      };
      const closure = { ...shut, voicing: sound.voiced ? velocity * 0.12 : 0, glide: 0.012 };
      if (sound.voiced) return [closure, burst];
      // Voiceless stops are followed by a puff in the shape of the vowel.
      const puff: Gesture = {
        ...shut,
        at: at + seconds * 0.62,
        formants: isCoda ? formants : mouth.from,
        breath: isCoda ? 0.05 : 0.28 * velocity,
        glide: 0.016,
      };
      return [closure, burst, puff];
    }
    case 'affricate': {
      const voicing = sound.voiced ? velocity : 0;
      const hissing = sound.hiss.level;
      return [
        { ...shut, voicing: voicing * 0.1 },
        { ...shut, at: at + seconds * 0.4, voicing: voicing * 0.2, hissing, hiss: sound.hiss },
      ];
    }
  }
}

/** Velars close where the vowel has its tongue, labials leave it where it is. */
function lociOf(name: Consonant, sound: ConsonantSound, isCoda: boolean, mouth: Mouth): Formants {
  const [f1, f2, f3] = sized(sound.formants, mouth.singer);
  switch (name) {
    case 'K':
    case 'G':
    case 'NG': {
      const vowel = isCoda ? mouth.to : mouth.from;
      return [f1, Math.min(2300 * mouth.singer.size, vowel[1] * 1.1 + 120), f3];
    }
    case 'P':
    case 'B':
    case 'M':
      return [f1, mouth.from[1] * 0.72 + 150, f3];
    case 'HH':
      return mouth.from;
    default:
      return [f1, f2, f3];
  }
}
