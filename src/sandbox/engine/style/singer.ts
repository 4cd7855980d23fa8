/**
 * Gender and timbre tags -> a singer: register, size of the head, and how the vocal folds swing.
 */
import { clamp } from '../arithmetic.ts';
import { chance, hash } from '../random.ts';

export interface Singer {
  /** MIDI note around which the tune lies. Words are clearest near 50 for men, 60 for women. */
  readonly centre: number;
  /** How far the tune moves about the centre; 1 is usual, rap is less. */
  readonly range: number;
  /** Factor on formant frequencies: a shorter throat has higher ones. 1 is a grown man. */
  readonly size: number;
  /** Part of a period for which the vocal folds are open, 0.4 pressed to 0.8 breathy. */
  readonly openQuotient: number;
  /** Hz above which the folds' buzz falls off: low is dark, high is bright. */
  readonly tilt: number;
  /** Level of breath noise beside the voice. */
  readonly breath: number;
  /** Unsteadiness of the pitch; 1 is usual. */
  readonly jitter: number;
  /** Depth of the vibrato in semitones, and its speed in Hz. */
  readonly vibrato: number;
  readonly vibratoRate: number;
  /** How hard the voice is overdriven, 0 to 1. */
  readonly drive: number;
  /** How much goes through the nose, 0 to 1. */
  readonly nasality: number;
}

const man: Singer = {
  centre: 50,
  range: 1,
  size: 1,
  openQuotient: 0.58,
  tilt: 4200,
  breath: 0.025,
  jitter: 1,
  vibrato: 0.35,
  vibratoRate: 5.4,
  drive: 0.15,
  nasality: 0,
};
const woman: Singer = {
  ...man,
  centre: 60,
  size: 1.165,
  openQuotient: 0.66,
  tilt: 3200,
  breath: 0.05,
};
const child: Singer = { ...woman, centre: 64, size: 1.3, vibrato: 0.12, tilt: 3800 };

/** The model's 17 gender tags; those that name no register leave it to chance. */
const genders: Readonly<Record<string, Singer | 'any'>> = {
  male: man,
  female: woman,
  singing: 'any',
  soprano: { ...woman, centre: 65, vibrato: 0.5, tilt: 3800 },
  child,
  human: 'any',
  'human female voice': { ...woman, size: 1.15 },
  unspecified: 'any',
  screamo: { ...man, centre: 54, jitter: 5, drive: 0.9, breath: 0.08, tilt: 6500, vibrato: 0.1 },
  'mezzo-soprano': { ...woman, centre: 58, vibrato: 0.45, size: 1.14 },
  'human voice': 'any',
  'not specified': 'any',
  tenor: { ...man, centre: 54, size: 1.04, vibrato: 0.45, tilt: 4800 },
  rapping: { ...man, centre: 48, range: 0.3, vibrato: 0.05, openQuotient: 0.52 },
  'singing voice': 'any',
  squeaky: { ...child, centre: 67, size: 1.38, openQuotient: 0.5, tilt: 6000 },
  children: { ...child, size: 1.26, centre: 63, jitter: 1.6 },
};

/** What a quality of a voice does to it. */
const qualities: readonly (readonly [RegExp, (singer: Singer) => Singer])[] = [
  [
    /bright|clear|crisp|light|sharp|shimmer|young|youth|sweet|preteen|neat|fruity|treble|dainty/,
    (s) => ({ ...s, tilt: s.tilt * 1.6, centre: s.centre + 1, size: s.size * 1.03 }),
  ],
  [
    /dark|deep|mellow|warm|round|rich|velvet|honeyed|plush|dulcet|blue|sultry|noble|full|boomy/,
    (s) => ({ ...s, tilt: s.tilt * 0.65, centre: s.centre - 1, size: s.size * 0.97 }),
  ],
  [
    /airy|breath|breezy|whisper|husky|soft|hollow|tender|soothing|placid|dusty|barren/,
    (s) => ({
      ...s,
      breath: s.breath + 0.12,
      openQuotient: clamp(s.openQuotient + 0.12, 0.4, 0.8),
      tilt: s.tilt * 0.75,
    }),
  ],
  [
    /rasp|gravel|gritty|grainy|rough|raw|hoarse|gruff|distort|crunch|weathered|textur|multiphonic/,
    (s) => ({ ...s, jitter: s.jitter * 4, drive: 0.6, breath: s.breath + 0.05 }),
  ],
  [
    /scream|screech|roar|shout|bark|bellow|harsh|aggressive|shrill|piercing|squeaky/,
    (s) => ({ ...s, jitter: s.jitter * 3, drive: 0.85, tilt: s.tilt * 1.7, openQuotient: 0.46 }),
  ],
  [
    /power|strong|robust|loud|potent|commanding|projected|bold|athletic|punchy|glorious|broad/,
    (s) => ({
      ...s,
      openQuotient: s.openQuotient - 0.12,
      tilt: s.tilt * 1.5,
      drive: s.drive + 0.15,
      vibrato: s.vibrato + 0.15,
    }),
  ],
  [/high|soprano|elevated/, (s) => ({ ...s, centre: s.centre + 3, size: s.size * 1.03 })],
  [
    /\blow|bass|baritone|rumbl|barrel/,
    (s) => ({ ...s, centre: s.centre - 3, size: s.size * 0.94 }),
  ],
  [/alto|medium/, (s) => ({ ...s, centre: s.centre - 1 })],
  [/tenor/, (s) => ({ ...s, centre: s.centre + 1 })],
  [/nasal|reed|whiny|thin|narrow|preened|preenched|preppy/, (s) => ({ ...s, nasality: 0.5 })],
  [
    /vibrant|soulful|passionate|emotional|opulent|resonant|reverb|exaggerated|gliding|long/,
    (s) => ({ ...s, vibrato: s.vibrato + 0.35 }),
  ],
  [/shaky|agitated|breakable|fry|frustrated/, (s) => ({ ...s, jitter: 3, vibratoRate: 6.8 })],
  [/flat|plastic|pure|smooth|polished|tempo-synced/, (s) => ({ ...s, vibrato: 0.05, jitter: 0.4 })],
  [
    /muffled|helmet|mushy|muddy|bulky/,
    (s) => ({ ...s, tilt: s.tilt * 0.45, nasality: s.nasality + 0.25 }),
  ],
  [/rapping|percussive|rhyt?h?mic|rhythm|plucky|bouncy/, (s) => ({ ...s, range: s.range * 0.5 })],
  [/range|varied|variable|flexible|changeable|wide|open/, (s) => ({ ...s, range: s.range * 1.3 })],
];

/** @param stream name of the stream of chance from which is drawn what tags leave open */
export function singerOf(
  gender: readonly string[],
  timbre: readonly string[],
  stream: string,
): Singer {
  const named = gender.map((tag) => genders[tag]).find((voice) => voice && voice !== 'any');
  const start = typeof named === 'object' ? named : chance(`${stream}|gender`).pick([woman, man]);
  let singer: Singer = { ...start, size: start.size * (1 + chance(stream).signed() * 0.02) };
  for (const tag of timbre) {
    for (const [words, change] of qualities) if (words.test(tag)) singer = change(singer);
    singer = ofItsOwn(tag, singer);
  }
  return {
    ...singer,
    centre: clamp(singer.centre, 43, 70),
    openQuotient: clamp(singer.openQuotient, 0.4, 0.8),
    tilt: clamp(singer.tilt, 1200, 9000),
    drive: clamp(singer.drive, 0, 1),
    vibrato: clamp(singer.vibrato, 0, 0.9),
    size: clamp(singer.size, 0.85, 1.42),
  };
}

/** A shade that comes from a tag's name alone, so that no two tags sound quite the same. */
function ofItsOwn(tag: string, singer: Singer): Singer {
  const draw = hash(tag);
  return {
    ...singer,
    size: singer.size * (0.98 + (draw % 64) / 1600),
    tilt: singer.tilt * (0.9 + ((draw >>> 8) % 64) / 320),
    vibratoRate: singer.vibratoRate * (0.95 + ((draw >>> 16) % 64) / 640),
  };
}
