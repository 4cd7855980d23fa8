/**
 * Families of genres: what tempo, rhythm and colour a genre tag stands for. The 135 tags of the
 * model fold into these; a tag that no pattern knows is played as pop.
 *
 * Patterns have 16 characters, one for each sixteenth of a bar: `X` loud, `x` normal, `o` soft,
 * `.` nothing. In a bass pattern the character names the chord tone: `1` root, `5` fifth, `8`
 * octave, `3` third; `-` holds the note before.
 */
import type { PatchName } from './patches.ts';

export interface Family {
  /** Slowest and fastest, in beats a minute. */
  readonly tempo: readonly [number, number];
  /** How likely the family is to be in minor when the mood does not decide. */
  readonly minor: number;
  /** How far the second eighth of a beat comes late, as a part of an eighth. */
  readonly swing: number;
  readonly drums: Readonly<Partial<Record<DrumName, string>>>;
  readonly bass: string;
  readonly chords: string;
  readonly patch: PatchName;
  readonly second: PatchName;
}

export const drumNames = ['kick', 'snare', 'rim', 'hat', 'open', 'shaker'] as const;
export type DrumName = (typeof drumNames)[number] | 'crash';

const pop: Family = {
  tempo: [100, 118],
  minor: 0.3,
  swing: 0,
  drums: { kick: 'X..x..X...x.....', snare: '....X.......X...', hat: 'x.o.x.o.x.o.x.o.' },
  bass: '1--1--1-1---5---',
  chords: 'X.....x.....x...',
  patch: 'piano',
  second: 'pad',
};
const rock: Family = {
  tempo: [116, 138],
  minor: 0.5,
  swing: 0,
  drums: { kick: 'X.......x.X.....', snare: '....X.......X...', hat: 'X.x.X.x.X.x.X.x.' },
  bass: '1-1-1-1-1-1-1-5-',
  chords: 'X.x.x.x.X.x.x.x.',
  patch: 'overdrive',
  second: 'organ',
};
const metal: Family = {
  tempo: [140, 166],
  minor: 0.9,
  swing: 0,
  drums: { kick: 'X.xxX.xxX.xxX.xx', snare: '....X.......X...', open: 'x...x...x...x...' },
  bass: '1-111-111-111-58',
  chords: 'X.xxX.xxX.xxX...',
  patch: 'overdrive',
  second: 'strings',
};
const folk: Family = {
  tempo: [84, 106],
  minor: 0.3,
  swing: 0,
  drums: { kick: 'x.......x.......', shaker: 'x.o.x.o.x.o.x.o.' },
  bass: '1---5---1---5---',
  chords: 'X...x.xo..x.x.xo',
  patch: 'guitar',
  second: 'strings',
};
const country: Family = {
  tempo: [98, 120],
  minor: 0.1,
  swing: 0.08,
  drums: { kick: 'X.......X.......', snare: 'o.oxo.oxo.oxo.ox' },
  bass: '1---5---1---5-3-',
  chords: '....X.......X...',
  patch: 'guitar',
  second: 'organ',
};
const electronic: Family = {
  tempo: [120, 130],
  minor: 0.7,
  swing: 0,
  drums: { kick: 'X...X...X...X...', snare: '....x.......x...', open: '..x...x...x...x.' },
  bass: '..1-..1-..1-..8-',
  chords: 'X..x..x.X..x..x.',
  patch: 'synth',
  second: 'pad',
};
const hiphop: Family = {
  tempo: [80, 96],
  minor: 0.75,
  swing: 0.14,
  drums: { kick: 'X..x......x..x..', snare: '....X.......X...', hat: 'x.x.x.xxx.x.x.x.' },
  bass: '1-----1---5---8-',
  chords: 'X.........x.....',
  patch: 'electric-piano',
  second: 'strings',
};
const soul: Family = {
  tempo: [74, 92],
  minor: 0.45,
  swing: 0.1,
  drums: { kick: 'X......x..x.....', snare: '....X.......X...', hat: 'x.o.x.o.x.o.x.ox' },
  bass: '1-----5-8---5-3-',
  chords: 'X.....x...x.....',
  patch: 'electric-piano',
  second: 'brass',
};
const jazz: Family = {
  tempo: [104, 132],
  minor: 0.45,
  swing: 0.3,
  drums: { open: 'x...X.x.x...X.x.', hat: '....x.......x...', rim: '......o.......o.' },
  bass: '1---3---5---8---',
  chords: 'X.....x.........',
  patch: 'piano',
  second: 'brass',
};
const reggae: Family = {
  tempo: [74, 88],
  minor: 0.4,
  swing: 0.06,
  drums: { kick: '........X.......', rim: '........x.......', hat: 'o.x.o.x.o.x.o.x.' },
  bass: '1--3--5-....1-5-',
  chords: '....X.......X...',
  patch: 'organ',
  second: 'guitar',
};
const latin: Family = {
  tempo: [100, 124],
  minor: 0.5,
  swing: 0,
  drums: { kick: 'x..xx..xx..xx..x', rim: 'x..x..x...x..x..', shaker: 'x.ooX.oox.ooX.oo' },
  bass: '1--15--51--15--5',
  chords: 'X..x..x...x..x..',
  patch: 'guitar',
  second: 'flute',
};
const classical: Family = {
  tempo: [70, 94],
  minor: 0.5,
  swing: 0,
  drums: {},
  bass: '1-------5-------',
  chords: 'x.o.x.o.x.o.x.o.',
  patch: 'strings',
  second: 'flute',
};
const ambient: Family = {
  tempo: [64, 78],
  minor: 0.5,
  swing: 0,
  drums: { shaker: 'o.......o.......' },
  bass: '1---------------',
  chords: 'X...............',
  patch: 'pad',
  second: 'bell',
};
const funk: Family = {
  tempo: [98, 114],
  minor: 0.5,
  swing: 0.06,
  drums: { kick: 'X..x..x...x.....', snare: '....X..o.o..X..o', hat: 'xoxoxoxoxoxoxoxo' },
  bass: '1..11-.8..5-8.1.',
  chords: '..x.X..x..x...x.',
  patch: 'electric-piano',
  second: 'brass',
};

/** The first pattern that fits decides, so narrow ones stand before wide ones. */
const families: readonly (readonly [RegExp, Family])[] = [
  [/metal|core|grindcore|screamo|goregrind|industrial/, metal],
  [
    /electro|house|techno|dance(?!hall)|disco|dubstep|synthpop|8-bit|glitch|80s|new wave/,
    electronic,
  ],
  [/hip.?hop|rap|trap|grime|beats/, hiphop],
  [/r&b|rnb|soul|gospel/, soul],
  [/reggaeton|latin|salsa|samba|bossa|bolero|tejano|mexican|mpb|espanol|nacional/, latin],
  [/reggae|ska|dancehall/, reggae],
  [/rock|punk|grunge|emo|shoegaze|noise/, rock],
  [/country|bluegrass|americana/, country],
  [/folk|singer|celtic|chanson|ethno|world|indian|african|chinese|oriental|eastern/, folk],
  [/jazz|blues|swing|big band|lounge|improv/, jazz],
  [/funk/, funk],
  [/classical|opera|soundtrack|orchestral|choral|epic/, classical],
  [/ambient|new age|chill|downtempo|easy ?listening|experimental|avant/, ambient],
];

export function familyOf(genres: readonly string[]): Family {
  const first = (genres[0] ?? 'Pop').toLowerCase();
  return families.find(([pattern]) => pattern.test(first))?.[1] ?? pop;
}
