/**
 * Where the songs of a batch go from a worker: into the folder of the batch, which all machines have mounted, or into
 * a bucket.
 */
import { randomUUID } from 'node:crypto';
import { createDownloader } from '../../outputs/download.ts';
import type { Traffic } from '../../job/traffic.ts';
import type { Ears, Outputs } from '../../run/ports.ts';
import { isRemote } from '../../manifest/s3-place.ts';
import type { BatchRow } from '../../state/postgres/batches.ts';
import type { Database } from '../../state/postgres/database.ts';
import type { Terms } from '../../state/postgres/terms.ts';
import type { Config } from '../config.ts';
import { earsFor, songsIn, type LocalSongs } from '../ears-port.ts';
import { outputsIn } from '../outputs-port.ts';
import type { Tell } from '../surroundings.ts';
import { wrongFolder } from './folder-mark.ts';

export interface SongHome {
  /** Where songs are while they are downloaded; absolute. */
  readonly downloads: string;
  readonly outputs: Outputs;
  /** Absent: nobody listens in this round. */
  readonly ears?: Ears;
  readonly close: () => Promise<void>;
}

/** What a worker has for it. */
export interface HomeBuilding {
  readonly database: Database;
  readonly config: Config;
  readonly environment: NodeJS.ProcessEnv;
  /** Milliseconds for which a download may stand still. */
  readonly downloadTimeout: number | undefined;
  readonly traffic: Traffic | undefined;
  readonly tell: Tell;
  /** A folder of this process, for songs that go on to a bucket; absolute. Rejects with `OutputError`. */
  readonly room: () => Promise<string>;
}

/** A text says why it cannot be had from this machine. */
export async function openHome(
  building: HomeBuilding,
  batch: BatchRow,
  { outputSize: maxBytes, policy: { hasEars = false } }: Terms,
): Promise<SongHome | string> {
  const { downloadTimeout: timeout, environment, traffic } = building;
  const partsOf = randomUUID().slice(0, 8);
  const downloader = createDownloader({
    maxBytes,
    partsOf,
    ...(timeout !== undefined && { timeout }),
  });
  const outputsOf = (dir: string) => outputsIn(dir, downloader, traffic?.onDownloaded);
  const earsOf = (dir: string, songs: LocalSongs) => earsFor(dir, songs, environment);
  const place = isRemote(batch.folder)
    ? await (
        await import('./bucket-home.ts')
      ).openInBucket(building, batch, (dir) => outputsOf(dir).fetch, hasEars)
    : await openInFolder(batch, outputsOf);
  if (typeof place === 'string') {
    await downloader.close();
    return place;
  }
  const ears = hasEars ? earsOf(place.dir, place.songs) : undefined;
  return {
    downloads: place.downloads,
    outputs: place.outputs,
    ...(ears && { ears }),
    close: async () => {
      await ears?.close();
      await place.close();
      await downloader.close();
    },
  };
}

/** Outputs, and the songs as files of this machine. */
export interface OpenPlace {
  /** Where pictures are made; absolute, as is the other. */
  readonly dir: string;
  readonly downloads: string;
  readonly outputs: Outputs;
  readonly songs: LocalSongs;
  readonly close: () => Promise<void>;
}

async function openInFolder(
  { folder: dir, service, name, place }: BatchRow,
  outputsOf: (dir: string) => Outputs,
): Promise<OpenPlace | string> {
  const wrong = await wrongFolder(dir, `${service} ${name} ${place}`);
  if (wrong !== undefined) return wrong;
  const outputs = outputsOf(dir);
  return { dir, downloads: dir, outputs, songs: songsIn(dir), close: () => Promise.resolve() };
}
