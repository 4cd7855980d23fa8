/** The songs that ratings are about, and what two of them have in common. */
import type { Heard } from './ratings.ts';
import { soundKey } from './ratings.ts';

/** A song as it is today. */
export interface Song extends Heard {
  /** Axis to label. */
  readonly coordinates: Readonly<Record<string, string>>;
}

/** Finds the songs that ratings name, by their place in a list. */
export interface SongIndex {
  readonly songs: readonly Song[];
  /** Undefined: there is no such song today. */
  readonly placeOf: (heard: Heard) => number | undefined;
  /** Whether there is the job, whatever it sounds like today. */
  readonly hasJob: (job: string) => boolean;
  /** The same for two songs in either order. */
  readonly pairKey: (one: number, other: number) => number;
}

export function indexSongs(songs: readonly Song[]): SongIndex {
  const places = new Map(songs.map((song, place) => [soundKey(song), place]));
  const jobs = new Set(songs.map(({ job }) => job));
  return {
    songs,
    placeOf: (heard) => places.get(soundKey(heard)),
    hasJob: (job) => jobs.has(job),
    pairKey: (one, other) => Math.min(one, other) * songs.length + Math.max(one, other),
  };
}

/** The axis on which two songs differ, where it is one only and both have a label there. */
export function differingAxis(
  { coordinates: one }: Song,
  { coordinates: other }: Song,
  axes: readonly string[],
): string | undefined {
  const differing = axes.filter((axis) => one[axis] !== other[axis]);
  const [axis] = differing;
  if (axis === undefined || differing.length > 1) return undefined;
  return one[axis] === undefined || other[axis] === undefined ? undefined : axis;
}

/** Groups of songs that differ on this axis at most, in the order of the songs. */
export function groupsAlong(
  axis: string,
  songs: readonly Song[],
  axes: readonly string[],
): readonly (readonly number[])[] {
  const others = axes.filter((other) => other !== axis);
  const groups = new Map<string, number[]>();
  for (const [place, { coordinates }] of songs.entries()) {
    if (coordinates[axis] === undefined) continue;
    const key = others.map((other) => JSON.stringify(coordinates[other])).join();
    const group = groups.get(key);
    if (group) group.push(place);
    else groups.set(key, [place]);
  }
  return [...groups.values()];
}
