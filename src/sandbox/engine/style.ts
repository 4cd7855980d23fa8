/**
 * Song parameters -> how the song is to be played. Each parameter decides its own part, so that
 * changing one axis of a matrix changes what a listener expects it to change:
 * genre -> tempo and rhythm, mood -> mode and energy, instrument -> patches, gender -> register,
 * timbre -> colour of the voice, reference -> key, seed -> all that is left to chance.
 */
import { clamp } from './arithmetic.ts';
import { type Family, familyOf } from './genre.ts';
import type { PatchName } from './patches.ts';
import { chance, hash } from './random.ts';
import type { SongParameters } from './song-parameters.ts';

export interface Voice {
  /** MIDI note around which the melody lies. */
  readonly centre: number;
  /** Factor on formant frequencies; 1 is a grown man. */
  readonly size: number;
  /** 0 dark to 1 bright. */
  readonly brightness: number;
  /** 0 to 1: how much breath noise there is in it. */
  readonly breath: number;
  /** 0 to 1: how rough it is. */
  readonly grit: number;
}

export interface Style {
  readonly family: Family;
  /** Beats a minute. */
  readonly tempo: number;
  /** 0 is C. */
  readonly tonic: number;
  readonly mode: 'major' | 'minor';
  /** 0 to 1. */
  readonly energy: number;
  readonly chords: PatchName;
  readonly second: PatchName;
  /** 0 to 1: how bright the band sounds. */
  readonly brightness: number;
  readonly voice: Voice;
  /** Names of the streams of chance that melody and band draw from. */
  readonly tuneSeed: string;
  readonly bandSeed: string;
}

export function styleOf(song: SongParameters): Style {
  const family = familyOf(song.genre);
  const mood = readMood(song.mood);
  const bandSeed = `${song.seed}|${song.clone === 'vocal' ? '' : song.reference}`;
  const tuneSeed = `${song.seed}|${song.clone === 'instrumental' ? '' : song.reference}`;
  const [slow, fast] = family.tempo;
  const pace =
    0.5 + mood.energy * 0.3 + chance(`${bandSeed}|${key(song.genre)}|tempo`).signed() * 0.3;
  const patches = song.instrument.flatMap((name) => patchOf(name) ?? []);
  const colour = (hash(key(song.instrument)) % 1000) / 1000;
  return {
    family,
    tempo: Math.floor(slow + (fast - slow) * clamp(pace, 0, 1) + 0.5),
    tonic: (song.reference === '' ? hash(`${song.seed}|key`) : hash(song.reference)) % 12,
    mode: modeOf(family, mood.brightness, chance(`${bandSeed}|mode`).next()),
    energy: clamp(0.6 + mood.energy * 0.3, 0.2, 1),
    chords: patches[0] ?? family.patch,
    second: patches[1] ?? family.second,
    brightness: clamp(0.45 + mood.brightness * 0.15 + colour * 0.2, 0, 1),
    voice: voiceOf(song),
    tuneSeed,
    bandSeed,
  };
}

function key(tags: readonly string[]): string {
  return tags.join('\n');
}

function modeOf(family: Family, moodBrightness: number, draw: number): Style['mode'] {
  if (moodBrightness >= 0.25) return 'major';
  if (moodBrightness <= -0.25) return 'minor';
  return draw < family.minor ? 'minor' : 'major';
}

/** Words in mood tags, with how bright (-1..1) and how lively (-1..1) they are. */
const moods: readonly (readonly [RegExp, number, number])[] = [
  [/sad|melanchol|gloom|longing|reminiscent|pensive/, -1, -0.6],
  [/dark|gory|brutal|violent|dissonant|hardcore|furious/, -1, 0.7],
  [/aggress|angry|rebel|tough|rough|heavy|loud|hard|brawny|intense|attitude/, -0.6, 0.9],
  [/happy|joy|cheer|celebrat|festive|funny|comedy|playful|child|summer|christmas/, 1, 0.6],
  [/uplift|upbeat|inspir|hope|optimis|positive|motivat|confident|success|bold|satisf/, 0.8, 0.4],
  [/energ|excit|danc|lively|vivac|vibrant|fast|party|groov|funky|power|epic/, 0.3, 0.9],
  [/calm|relax|peace|sooth|gentle|soft|sleepy|chill|meditat|easygoing|ambient/, 0.3, -0.9],
  [/love|roman|affection|intima|tender|sensual|seduct|heartfelt|passion/, 0.4, -0.4],
  [/emotion|emotive|nostalg|sentiment|reflect|introspect|thought|dramatic|ballad/, -0.4, -0.4],
  [/dream|atmospher|spirit|soundscape|film|document/, -0.1, -0.5],
];

function readMood(tags: readonly string[]): { brightness: number; energy: number } {
  let brightness = 0;
  let energy = 0;
  for (const tag of tags) {
    const name = tag.toLowerCase();
    const known = moods.find(([pattern]) => pattern.test(name));
    const draw = hash(name);
    brightness += known ? known[1] : ((draw % 100) - 50) / 100;
    energy += known ? known[2] : (((draw >>> 8) % 100) - 50) / 100;
  }
  const count = Math.max(1, tags.length);
  return { brightness: brightness / count, energy: energy / count };
}

const instruments: readonly (readonly [RegExp, PatchName])[] = [
  [/electric ?piano|keys|keyboard/, 'electric-piano'],
  [/piano|harpsichord/, 'piano'],
  [/electric ?guitar|steel(?! pan)|slide|dobro/, 'overdrive'],
  [
    /guitar|ukulele|banjo|harp|lute|oud|sitar|koto|qanun|kanun|charango|zither|cavaq|bandura/,
    'guitar',
  ],
  [/violin|cello|fiddle|string|erhu/, 'strings'],
  [/voice|vocal|singing|choir/, 'pad'],
  [/organ|accordion|concertina|harmonica/, 'organ'],
  [/brass|trumpet|trombone|horn|sax/, 'brass'],
  [/flute|whistle|oboe|ney|shaku|hu lu/, 'flute'],
  [/synth|computer|ableton|turntable/, 'synth'],
  [/bell|mallet|marimba|glocken|vibra|pan|dulcimer/, 'bell'],
];

function patchOf(instrument: string): PatchName | undefined {
  const name = instrument.toLowerCase();
  return instruments.find(([pattern]) => pattern.test(name))?.[1];
}

function voiceOf(song: SongParameters): Voice {
  const gender = song.gender.join(' ').toLowerCase();
  const timbre = song.timbre.join(' ').toLowerCase();
  const child = /child|squeaky/.test(gender);
  const high = child || /female|soprano/.test(gender);
  const low = !high && /male|tenor|rapping|screamo/.test(gender);
  const register = child ? 69 : high ? 66 : low ? 53 : chance(`${song.seed}|singer`).pick([53, 66]);
  const up = /high|soprano|treble|elevated|shrill|squeaky|piercing/.test(timbre) ? 3 : 0;
  const down = /low|deep|bass|baritone|rumbl|dark/.test(timbre) ? 3 : 0;
  const bright = /bright|clear|crisp|light|sharp|piercing|shimmer|open|pure|thin/.test(timbre);
  const mellow = /mellow|dark|soft|warm|velvet|muffled|smooth|deep|round|mushy|muddy/.test(timbre);
  // Tags that no word above knows still leave their mark, so that no two sound quite the same.
  const mark = (hash(timbre) % 100) / 100;
  return {
    centre: register + up - down,
    size: (child ? 1.3 : register >= 60 ? 1.17 : 1) * (0.97 + mark * 0.06),
    brightness: clamp(0.4 + (bright ? 0.35 : 0) - (mellow ? 0.25 : 0) + mark * 0.15, 0.05, 1),
    breath: /air|breath|whisper|breezy|husky|soft|hollow/.test(timbre) ? 0.8 : 0.15,
    grit: /rasp|gravel|grit|rough|harsh|hoarse|gruff|distort|crunch|scream|growl/.test(timbre)
      ? 0.7
      : 0,
  };
}
