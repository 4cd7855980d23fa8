/** The songs of a batch that can be rated: those that are here, as the state knows them. */
import type { StoreReader } from '../job/store.ts';
import { axisNames } from '../manifest/manifest.ts';
import { policyOf } from '../job/next-step.ts';
import { placeOfSong } from '../job/song.ts';
import { walkStock } from '../run/standing.ts';
import type { Song } from '../ratings/songs.ts';
import type { Batch } from './batch.ts';

/** Hex digits of a song's SHA-256 that tell it apart in ratings. */
const toldApartBy = 32;

export interface RatedSong extends Song {
  /** Below the output folder. */
  readonly path: string;
}

/** Of the selected jobs, in the order of the plan. */
export function songsOf(
  { plan, selection, manifest }: Batch,
  store: StoreReader | undefined,
): readonly RatedSong[] {
  const songs: RatedSong[] = [];
  for (const { planned, coordinates, record, standing } of walkStock(
    plan,
    selection,
    store,
    policyOf(manifest),
  )) {
    const last = record?.attempts.at(-1);
    if (standing === undefined || last?.stage !== 'saved') continue;
    const file = last.files[placeOfSong(last.files)];
    if (!file) continue;
    const song = file.sha256.slice(0, toldApartBy);
    songs.push({ job: planned.id, song, coordinates: { ...coordinates }, path: file.path });
  }
  return songs;
}

/** Axes on which songs differ: those of the matrix in its order, then what `include` added. */
export function axesOf(
  songs: readonly Song[],
  { manifest }: Pick<Batch, 'manifest'>,
): readonly string[] {
  const own = manifest.axes.map(({ name }) => name);
  const all = [...own, ...axisNames.filter((name) => !own.includes(name))];
  return all.filter((axis) => new Set(songs.map(({ coordinates }) => coordinates[axis])).size > 1);
}
