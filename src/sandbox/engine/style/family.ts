/**
 * Families of genres: what tempo, rhythm, harmony and colour a genre tag stands for.
 *
 * Patterns have 16 characters, one for each sixteenth of a bar. `X` loud, `x` normal, `o` soft,
 * `.` nothing. Where a pattern names single notes the character is the chord tone: `1` root, `3`
 * third, `5` fifth, `8` octave; in a bass pattern `-` holds the note before and `>` leads to the
 * next chord.
 */
import type { BassName, PatchName } from '../band/patches.ts';

export const drumNames = [
  'kick',
  'snare',
  'clap',
  'rim',
  'hat',
  'open',
  'ride',
  'shaker',
  'conga',
] as const;
export type DrumName = (typeof drumNames)[number] | 'tom' | 'crash';

export interface Family {
  /** Slowest and fastest, in beats a minute. */
  readonly tempo: readonly [number, number];
  /** How likely the family is to be in minor when the mood does not decide. */
  readonly minor: number;
  /** How far the second eighth of a beat comes late, as a part of an eighth. */
  readonly swing: number;
  /** Chords have four notes. */
  readonly sevenths: boolean;
  readonly drums: Readonly<Partial<Record<DrumName, string>>>;
  readonly bass: string;
  readonly chords: string;
  /** Guitars play root, fifth and octave in place of whole chords. */
  readonly power: boolean;
  readonly patches: {
    readonly chords: PatchName;
    readonly pad: PatchName;
    readonly lead: PatchName;
    readonly bass: BassName;
  };
  /** How deep chords and bass duck under the kick, 0 to 1. */
  readonly ducking: number;
  /** How hard electric guitars are driven, 0 to 1. */
  readonly drive: number;
  /** Level of the drums in the mix. */
  readonly drumLevel: number;
  /** Seconds in which the room falls silent. */
  readonly room: number;
  /** Crackle and a dull top, as of an old record. */
  readonly vinyl: boolean;
}

/** What most families have in common. */
const plain = {
  swing: 0,
  sevenths: false,
  power: false,
  ducking: 0,
  drive: 0.12,
  drumLevel: 0.1,
  room: 1.5,
  vinyl: false,
} as const;

const backbeat = '....X.......X...';
const eighths = 'x.o.x.o.x.o.x.o.';

export const families = {
  pop: {
    ...plain,
    tempo: [98, 120],
    minor: 0.2,
    drums: { kick: 'X.....x.X.......', snare: backbeat, hat: eighths },
    bass: '1-1-1-1-1-1-1-5-',
    chords: 'X.....x.....x...',
    patches: { chords: 'piano', pad: 'pad', lead: 'pluck', bass: 'fingered bass' },
  },
  rock: {
    ...plain,
    tempo: [112, 138],
    minor: 0.5,
    power: true,
    drive: 0.5,
    drums: { kick: 'X.......x.x.....', snare: backbeat, hat: eighths },
    bass: '1-1-1-1-1-1-1-5-',
    chords: 'X.x.x.x.X.x.x.x.',
    patches: {
      chords: 'electric guitar',
      pad: 'organ',
      lead: 'electric guitar',
      bass: 'fingered bass',
    },
  },
  punk: {
    ...plain,
    tempo: [148, 172],
    minor: 0.4,
    power: true,
    drive: 0.75,
    room: 1.1,
    drums: { kick: 'X..x..X.X..x..X.', snare: backbeat, open: 'x.x.x.x.x.x.x.x.' },
    bass: '1-1-1-1-1-1-1-1-',
    chords: 'X.x.x.x.x.x.x.x.',
    patches: {
      chords: 'electric guitar',
      pad: 'organ',
      lead: 'electric guitar',
      bass: 'fingered bass',
    },
  },
  metal: {
    ...plain,
    tempo: [136, 170],
    minor: 0.95,
    power: true,
    drive: 1,
    drums: {
      kick: 'X.xxX.xxX.xxX.xx',
      snare: backbeat,
      ride: 'x...x...x...x...',
    },
    bass: '1-111-111-111-11',
    chords: 'X.xxX.xxX.xxX.xx',
    patches: {
      chords: 'electric guitar',
      pad: 'strings',
      lead: 'electric guitar',
      bass: 'fingered bass',
    },
  },
  ballad: {
    ...plain,
    tempo: [66, 80],
    minor: 0.35,
    drumLevel: 0.055,
    room: 2.4,
    drums: { kick: 'x.......x.......', snare: '........x.......', hat: 'o...o...o...o...' },
    bass: '1-----------5---',
    chords: '1.3.5.8.5.3.5.3.',
    patches: { chords: 'piano', pad: 'strings', lead: 'strings', bass: 'fingered bass' },
  },
  folk: {
    ...plain,
    tempo: [88, 112],
    minor: 0.3,
    drumLevel: 0.055,
    drums: { kick: 'x.......x.......', rim: '....x.......x...', shaker: 'x.oox.oox.oox.oo' },
    bass: '1-----5-1-----5-',
    chords: 'X...x.xo..x.x.xo',
    patches: { chords: 'guitar', pad: 'strings', lead: 'flute', bass: 'upright bass' },
  },
  country: {
    ...plain,
    tempo: [100, 128],
    minor: 0.15,
    drums: { kick: 'X...x...X...x...', snare: '..xx..xx..xx..xx', shaker: backbeat },
    bass: '1---5---1---5-->',
    chords: '..x...x...x...xo',
    patches: { chords: 'guitar', pad: 'organ', lead: 'slide guitar', bass: 'upright bass' },
  },
  house: {
    ...plain,
    tempo: [120, 132],
    minor: 0.85,
    ducking: 0.75,
    drums: {
      kick: 'X...X...X...X...',
      clap: backbeat,
      open: '..x...x...x...x.',
      hat: 'x.oox.oox.oox.oo',
    },
    bass: '..1-..1-..1-..1-',
    chords: '...x..x....x..x.',
    patches: { chords: 'synth', pad: 'pad', lead: 'pluck', bass: 'saw bass' },
  },
  synthpop: {
    ...plain,
    tempo: [104, 124],
    minor: 0.5,
    ducking: 0.3,
    drums: { kick: 'X...X...X...X...', snare: backbeat, hat: '..x...x...x...xo' },
    bass: '1-8-1-8-1-8-1-8-',
    chords: '1.5.8.5.1.5.8.5.',
    patches: { chords: 'pluck', pad: 'synth', lead: 'synth', bass: 'saw bass' },
  },
  hiphop: {
    ...plain,
    tempo: [82, 98],
    minor: 0.85,
    swing: 0.12,
    drums: { kick: 'X..x......x.....', snare: backbeat, hat: 'x.o.x.o.x.o.x.oo' },
    bass: '1---..1-..5--8--',
    chords: '...x..x....x..x.',
    patches: { chords: 'electric piano', pad: 'strings', lead: 'bell', bass: 'sub bass' },
  },
  trap: {
    ...plain,
    tempo: [66, 78],
    minor: 0.9,
    drums: { kick: 'X.....x....x....', clap: '........X.......', hat: 'x.o.x.x.x.xxo.x.' },
    bass: '1-----1---5--8--',
    chords: 'x...............',
    patches: { chords: 'bell', pad: 'pad', lead: 'bell', bass: 'sub bass' },
  },
  soul: {
    ...plain,
    tempo: [72, 96],
    minor: 0.5,
    swing: 0.1,
    sevenths: true,
    drums: { kick: 'X..x..x...x.....', snare: backbeat, hat: 'x.o.x.o.x.o.x.oo' },
    bass: '1---..1-..5--8--',
    chords: 'X.....x.....x...',
    patches: { chords: 'electric piano', pad: 'organ', lead: 'brass', bass: 'sub bass' },
  },
  jazz: {
    ...plain,
    tempo: [104, 140],
    minor: 0.5,
    swing: 0.3,
    sevenths: true,
    drumLevel: 0.055,
    drums: {
      kick: 'o...............',
      ride: 'x...x.x.x...x.x.',
      hat: '....x.......x...',
      rim: '......o.......o.',
    },
    bass: '1---3---5---8-->',
    chords: 'x.....x.........',
    patches: { chords: 'piano', pad: 'brass', lead: 'saxophone', bass: 'upright bass' },
  },
  blues: {
    ...plain,
    tempo: [84, 110],
    minor: 0.3,
    swing: 0.3,
    sevenths: true,
    drive: 0.3,
    drums: { kick: 'X.......x.......', snare: backbeat, ride: 'x.x.x.x.x.x.x.x.' },
    bass: '1---3---5---3---',
    chords: 'x.....x...x.....',
    patches: { chords: 'organ', pad: 'guitar', lead: 'electric guitar', bass: 'fingered bass' },
  },
  reggae: {
    ...plain,
    tempo: [72, 92],
    minor: 0.35,
    drums: { kick: '........X.......', rim: '........X.......', hat: eighths },
    bass: '1---..1-..3-5---',
    chords: '....X.......X...',
    patches: { chords: 'organ', pad: 'guitar', lead: 'brass', bass: 'sub bass' },
  },
  ska: {
    ...plain,
    tempo: [132, 154],
    minor: 0.25,
    drums: { kick: 'X.......X.......', snare: backbeat, hat: eighths },
    bass: '1---3---5---3---',
    chords: '..X...X...X...X.',
    patches: { chords: 'guitar', pad: 'organ', lead: 'brass', bass: 'fingered bass' },
  },
  latin: {
    ...plain,
    tempo: [96, 124],
    minor: 0.5,
    drums: {
      kick: 'X...x...X...x...',
      snare: '...x..x....x..x.',
      conga: '..x.o.xx..x.o.xx',
      shaker: 'x.x.x.x.x.x.x.x.',
    },
    bass: '1-----5---8-5---',
    chords: '..x..x..x..x..x.',
    patches: { chords: 'guitar', pad: 'accordion', lead: 'trumpet', bass: 'upright bass' },
  },
  bossa: {
    ...plain,
    tempo: [112, 136],
    minor: 0.4,
    sevenths: true,
    drumLevel: 0.055,
    drums: {
      kick: 'x..xo..ox..xo..o',
      rim: 'x..x..x...x..x..',
      shaker: 'xoxoxoxoxoxoxoxo',
    },
    bass: '1-----5-1-----5-',
    chords: 'x..x..x...x..x..',
    patches: { chords: 'nylon guitar', pad: 'flute', lead: 'flute', bass: 'upright bass' },
  },
  classical: {
    ...plain,
    tempo: [72, 108],
    minor: 0.5,
    room: 2.4,
    drums: {},
    bass: '1-------5-------',
    chords: '1.3.5.8.5.3.5.3.',
    patches: { chords: 'strings', pad: 'flute', lead: 'oboe', bass: 'bowed bass' },
  },
  cinematic: {
    ...plain,
    tempo: [80, 120],
    minor: 0.7,
    room: 2.8,
    drumLevel: 0.08,
    drums: { kick: 'X.....x.X.......', conga: 'x..x..x.x..x..x.' },
    bass: '1-1-1-1-1-1-1-1-',
    chords: 'X..x..x.X..x..x.',
    patches: { chords: 'strings', pad: 'choir', lead: 'brass', bass: 'bowed bass' },
  },
  ambient: {
    ...plain,
    tempo: [64, 84],
    minor: 0.5,
    room: 3.6,
    drumLevel: 0.03,
    drums: { kick: 'o...............', shaker: '....o.......o...' },
    bass: '1---------------',
    chords: 'x...............',
    patches: { chords: 'pad', pad: 'choir', lead: 'bell', bass: 'sub bass' },
  },
  chillout: {
    ...plain,
    tempo: [70, 92],
    minor: 0.5,
    swing: 0.14,
    sevenths: true,
    vinyl: true,
    drums: { kick: 'X..x......x.....', snare: backbeat, hat: 'o.o.o.o.o.o.o.oo' },
    bass: '1-----------5---',
    chords: 'X.....x.....x...',
    patches: { chords: 'electric piano', pad: 'pad', lead: 'bell', bass: 'sub bass' },
  },
  funk: {
    ...plain,
    tempo: [98, 118],
    minor: 0.55,
    sevenths: true,
    drive: 0.05,
    drums: { kick: 'X.x...x...x..x..', snare: '....X..o.o..X...', hat: 'xoxoxoxoxoxoxoxo' },
    bass: '1-..1-.8..5-.18.',
    chords: '...x..x....x..xo',
    patches: { chords: 'electric guitar', pad: 'brass', lead: 'brass', bass: 'fingered bass' },
  },
  disco: {
    ...plain,
    tempo: [114, 126],
    minor: 0.5,
    ducking: 0.25,
    drums: {
      kick: 'X...X...X...X...',
      snare: backbeat,
      open: '..x...x...x...x.',
    },
    bass: '1-8-1-8-1-8-1-8-',
    chords: '..x.x...x..x..x.',
    patches: { chords: 'electric guitar', pad: 'strings', lead: 'strings', bass: 'fingered bass' },
  },
  chip: {
    ...plain,
    tempo: [126, 150],
    minor: 0.35,
    room: 0.6,
    drums: { kick: 'X.....x.X.......', snare: backbeat, hat: 'x.x.x.x.x.x.x.x.' },
    bass: '1-8-1-8-1-8-1-8-',
    chords: '1358135813581358',
    patches: { chords: 'chip', pad: 'chip', lead: 'chip', bass: 'chip bass' },
  },
  eastern: {
    ...plain,
    tempo: [84, 112],
    minor: 0.9,
    room: 2,
    drumLevel: 0.08,
    drums: { kick: 'X.....x...x.....', conga: '..x.x..xx.x.x.oo', shaker: 'o.o.o.o.o.o.o.o.' },
    bass: '1-------1---5---',
    chords: '1...5.8.1...5.8.',
    patches: { chords: 'oud', pad: 'strings', lead: 'flute', bass: 'upright bass' },
  },
} as const satisfies Readonly<Record<string, Family>>;

export type FamilyName = keyof typeof families;
