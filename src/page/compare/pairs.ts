/**
 * Pairs of songs that differ on one axis only: what can be asked of a listener, and drawn by chance. All
 * pairs of a thousand seeds are half a million, so they are counted and drawn without being listed.
 */
import { soundKey, type Heard } from '../../ratings/ratings.ts';
import { groupsAlong, type Song } from '../../ratings/songs.ts';
import type { Draw } from './chance.ts';

export interface SongPair<Item extends Song = Song> {
  readonly one: Item;
  readonly other: Item;
}

export interface Pairs<Item extends Song = Song> {
  readonly number: number;
  /** Each with the same chance, but those that are out; undefined where all are. */
  readonly draw: (
    isOut: (pair: SongPair<Item>) => boolean,
    draw: Draw,
  ) => SongPair<Item> | undefined;
}

/** Songs that differ on an axis at most. Dropped jobs may stand where another one stands now. */
interface Group<Item extends Song> {
  readonly axis: string;
  readonly songs: readonly Item[];
  /** All twos of them, also those that have the same label. */
  readonly twos: number;
}

/** @param along the axes on which pairs may differ, one at a time */
export function pairsAlong<Item extends Song>(
  along: readonly string[],
  songs: readonly Item[],
  axes: readonly string[],
): Pairs<Item> {
  const groups = along.flatMap((axis) =>
    groupsAlong(axis, songs, axes).map((places): Group<Item> => {
      const members = places.flatMap((place) => songs[place] ?? []);
      return { axis, songs: members, twos: twosOf(members.length) };
    }),
  );
  const asked = groups.filter((group) => pairsIn(group) > 0);
  return {
    number: asked.reduce((sum, group) => sum + pairsIn(group), 0),
    draw: (isOut, draw) => drawByTrying(asked, isOut, draw) ?? drawFromAll(asked, isOut, draw),
  };
}

/** The same for two sounds in either order. */
export function pairKey(one: Heard, other: Heard): string {
  return [soundKey(one), soundKey(other)].sort().join(' ');
}

function twosOf(number: number): number {
  return (number * (number - 1)) / 2;
}

function pairsIn<Item extends Song>({ axis, songs, twos }: Group<Item>): number {
  const sameLabel = Map.groupBy(songs, ({ coordinates }) => coordinates[axis]).values();
  return twos - sameLabel.reduce((sum, same) => sum + twosOf(same.length), 0);
}

/** More than enough where one pair in ten can be asked. */
const tries = 200;

function drawByTrying<Item extends Song>(
  groups: readonly Group<Item>[],
  isOut: (pair: SongPair<Item>) => boolean,
  draw: Draw,
): SongPair<Item> | undefined {
  const all = groups.reduce((sum, { twos }) => sum + twos, 0);
  if (all === 0) return undefined;
  for (let attempt = 0; attempt < tries; attempt++) {
    let left = draw(all);
    const group = groups.find(({ twos }) => (left -= twos) < 0);
    if (!group) continue;
    const first = draw(group.songs.length);
    const second = draw(group.songs.length - 1);
    const one = group.songs[first];
    const other = group.songs[second < first ? second : second + 1];
    if (one && other && differ(one, other, group) && !isOut({ one, other })) return { one, other };
  }
  return undefined;
}

function drawFromAll<Item extends Song>(
  groups: readonly Group<Item>[],
  isOut: (pair: SongPair<Item>) => boolean,
  draw: Draw,
): SongPair<Item> | undefined {
  const left: SongPair<Item>[] = [];
  for (const group of groups) {
    for (const [place, one] of group.songs.entries()) {
      for (const other of group.songs.slice(place + 1)) {
        if (differ(one, other, group) && !isOut({ one, other })) left.push({ one, other });
      }
    }
  }
  return left.length > 0 ? left[draw(left.length)] : undefined;
}

function differ(one: Song, other: Song, { axis }: { readonly axis: string }): boolean {
  return one.coordinates[axis] !== other.coordinates[axis];
}
