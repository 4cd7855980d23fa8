/**
 * Song parameters -> how the song is to be played. Each parameter decides its own part, so that
 * neighbours in a matrix stay comparable: the seed makes the composition, genre tempo and rhythm, mood
 * mode and energy, instrument the patches, gender and timbre the singer, the reference what
 * `reference.ts` says.
 */
import { clamp } from '../arithmetic.ts';
import type { BassName, PatchName } from '../band/patches.ts';
import { chance, hash } from '../random.ts';
import type { SongParameters } from '../song-parameters.ts';
import { type DrumName, families, type Family } from './family.ts';
import { familyOf } from './genres.ts';
import { type Role, roleOf } from './instruments.ts';
import { moodOf } from './moods.ts';
import { bandTraitsOf, singerAfter } from './reference.ts';
import { type Singer, singerOf } from './singer.ts';

export type Mode = 'major' | 'minor';

export interface Band {
  readonly chords: PatchName;
  readonly pad: PatchName;
  readonly lead: PatchName;
  readonly bass: BassName;
  /** Drums that play along though the genre does not have them. */
  readonly joining: readonly DrumName[];
  /** Factor on the level of the drums. */
  readonly drums: number;
  /** 0 dull to 1 bright. */
  readonly brightness: number;
}

export interface Style {
  readonly family: Family;
  /** Beats a minute. */
  readonly tempo: number;
  /** 0 is C. */
  readonly tonic: number;
  readonly mode: Mode;
  /** 0 to 1. */
  readonly energy: number;
  readonly band: Band;
  readonly singer: Singer;
  /** Names of the streams of chance: what the tune, the players and the voice draw from. */
  readonly streams: {
    readonly tune: string;
    readonly playing: string;
    readonly voice: string;
  };
}

/**
 * Part of every stream's name. Raised when songs change: the same parameters then are another song, and
 * those of older sandboxes are no longer served.
 */
const engineVersion = 2;

export function styleOf(song: SongParameters): Style {
  const root = `songbatch ${engineVersion}|${song.seed}`;
  const [first = families.pop, second = first] = song.genre.flatMap((tag) => familyOf(tag) ?? []);
  // The first genre is the rhythm section, a second one plays over it.
  const family: Family = { ...first, chords: second.chords, patches: second.patches };
  const genre = song.genre.join('\n');
  const mood = readMoods(song.mood);
  const traits = bandTraitsOf(song);
  const energy = clamp(mood.energy + (traits?.energy ?? 0), -1, 1);

  const [slow, fast] = family.tempo;
  const pace = 0.5 + energy * 0.35 + chance(`${root}|tempo|${genre}`).signed() * 0.25;
  const tempo = (slow + (fast - slow) * clamp(pace, 0, 1)) * (traits?.pace ?? 1);
  const brightness = 0.5 + mood.energy * 0.2 + mood.brightness * 0.1 + (traits?.brightness ?? 0);
  return {
    family,
    tempo: Math.floor(tempo + 0.5),
    tonic: traits?.tonic ?? Math.floor(chance(`${root}|tonic`).next() * 12),
    mode: chance(`${root}|mode`).next() < minorness(family, mood.brightness) ? 'minor' : 'major',
    energy: clamp(0.55 + energy * 0.35, 0.2, 1),
    band: bandOf(song.instrument, family, brightness),
    singer: singerAfter(singerOf(song.gender, song.timbre, `${root}|singer`), song),
    streams: {
      tune: `${root}|tune`,
      playing: `${root}|playing|${genre}|${song.mood.join('\n')}`,
      voice: `${root}|voice|${song.gender.join('\n')}|${song.timbre.join('\n')}`,
    },
  };
}

/** How likely a song is in minor: a decided mood decides, else the family. */
function minorness(family: Family, brightness: number): number {
  if (brightness >= 0.7) return 0;
  if (brightness <= -0.7) return 1;
  return clamp(family.minor - brightness * 0.6, 0.02, 0.98);
}

/** The middle of all moods; each name adds a shade of its own. */
function readMoods(tags: readonly string[]): { brightness: number; energy: number } {
  let brightness = 0;
  let energy = 0;
  for (const tag of tags) {
    const mood = moodOf(tag);
    const shade = ((hash(tag) % 100) - 50) / 500;
    brightness += mood?.brightness ?? 0;
    energy += (mood?.energy ?? 0) + shade;
  }
  const count = Math.max(1, tags.length);
  return { brightness: brightness / count, energy: energy / count };
}

function bandOf(tags: readonly string[], family: Family, brightness: number): Band {
  const roles = tags.flatMap((tag): Role[] => {
    const role = roleOf(tag);
    return role ? [role] : [];
  });
  const patches = roles.flatMap((role) => (role.part === 'chords' ? [role.patch] : []));
  const basses = roles.flatMap((role) => (role.part === 'bass' ? [role.patch] : []));
  const joining = roles.flatMap((role) => (role.part === 'drums' ? [role.joins] : []));
  const shade = (hash(tags.join('\n')) % 100) / 1000;
  const [chords = family.patches.chords, pad = family.patches.pad, lead = patches[0]] = patches;
  return {
    chords,
    pad,
    lead: lead ?? family.patches.lead,
    bass: basses[0] ?? family.patches.bass,
    joining: [...new Set(joining)],
    drums: joining.length > 0 ? 1.25 : 1,
    brightness: clamp(brightness + shade, 0.1, 1),
  };
}
