/**
 * Serves the listening page of a batch on this machine, brings it up to date while runs come and go, and
 * keeps what the listener says in the output folder.
 */
import { createHash } from 'node:crypto';
import { extname, join } from 'node:path';
import type { SavedFile } from '../job/history.ts';
import type { PageData } from '../listening/page-format.ts';
import { contentPolicy, dataIn, pageHtml, readPageCode } from '../listening/page-html.ts';
import { largestRatings, type RatingsShelf } from '../listening/ratings-endpoint.ts';
import type { OfferedFile } from '../listening/send-file.ts';
import { serveListening, type Offer } from '../listening/serve.ts';
import { isExtension } from '../outputs/media-type.ts';
import { openInside } from '../outputs/open-inside.ts';
import { OutputError } from '../outputs/output-error.ts';
import { openRatingsFile } from '../outputs/ratings-file.ts';
import { readRatingsText } from '../ratings/read-text.ts';
import { writtenRatings } from '../ratings/written.ts';
import { StateError } from '../state/state-error.ts';
import { nothingHeard, type AlikeNote } from './alike-note.ts';
import type { Batch } from './batch.ts';
import { lockFile } from './file-lock.ts';
import { followState } from './follow-state.ts';
import { diskShelf, type Shelf } from './shelf.ts';
import type { ShownState } from './shown-state.ts';
import type { Tell } from './surroundings.ts';
import { UsageError } from './usage-error.ts';
import { dataFolder, pageFile, reportFolder, writeReport } from './write-report.ts';

export interface ServeOptions {
  /** Of songbatch. */
  readonly version: string;
  /** Undefined: the usual one, or any other where that is taken. */
  readonly port: number | undefined;
  /** Whose ratings are kept; undefined: those of the one who listens alone. */
  readonly listener: string | undefined;
  readonly tell: Tell;
  readonly state: ShownState;
  /** For songs that are not in the output folder; absent: all are. */
  readonly songsAway?: SongsAway;
}

export interface SongsAway {
  readonly open: OpenSong;
  readonly bringOutlines: Shelf['bringOutlines'];
}

/** Undefined where it is not there. */
export type OpenSong = (song: SavedFile) => Promise<SongContent | undefined>;

/** Of a song: `OfferedFile` without what the state says of it. */
export interface SongContent extends Pick<OfferedFile, 'bytes' | 'read' | 'close'> {
  /** Milliseconds since 1970, where that is known. */
  readonly modifiedAt?: number;
}

export interface ServedReport {
  readonly url: string;
  /** Absolute path of the file that ratings are saved to. */
  readonly ratings: string;
  /** Resolves when it is closed; rejects where a fault of ours keeps the page from being brought up to date. */
  readonly following: Promise<void>;
  readonly close: () => Promise<void>;
}

/** The one beside `songbatch sandbox`: always the same, since a browser keeps things by address and port. */
const usualPort = 4711;

type ServedBatch = Pick<Batch, 'manifest' | 'plan' | 'shownAs' | 'outputDir'>;

/** Throws `UsageError` where the port is taken, `StateError`, and `OutputError`. */
export async function serveReport(
  batch: ServedBatch,
  { version, port, listener, tell, state, songsAway }: ServeOptions,
): Promise<ServedReport> {
  const { manifest, outputDir } = batch;
  const ratings = join(
    outputDir,
    listener === undefined ? 'ratings.json' : `ratings-${listener}.json`,
  );
  const code = readPageCode();
  const seen = await state.mark();
  let shown = await bringUpToDate(batch, state, version, nothingHeard, songsAway);

  const offer: Offer = {
    version: () => String(shown.writtenAt),
    data: (page) => readPageData(outputDir, page),
    page: (data, token) => {
      const live = { token, place: placeOf(ratings), ...(listener !== undefined && { listener }) };
      const html = [...pageHtml(JSON.parse(data) as PageData, code, live)].join('');
      return { html, policy: contentPolicy(code, live) };
    },
    open: (path) => openOffered(outputDir, path, shown.songs.get(path), songsAway?.open),
    ratings: ratingsShelf(ratings, manifest.name),
  };
  const server = await listen(offer, port, tell);

  const stop = new AbortController();
  let told = '';
  const refresh = async (): Promise<boolean> => {
    try {
      shown = await bringUpToDate(batch, state, version, shown.heard, songsAway);
    } catch (error) {
      if (!(error instanceof StateError || error instanceof OutputError)) throw error;
      // A run that opens or closes the state right now keeps it for a moment.
      const isPassing = error instanceof StateError && error.kind === 'locked';
      if (!isPassing && told !== error.message) tell(`! not up to date: ${error.message}`, 'warn');
      told = error.message;
      return false;
    }
    told = '';
    server.tellBatch();
    return true;
  };
  const following = followState(state, seen, refresh, stop.signal);
  return {
    url: server.url,
    ratings,
    following,
    close: async () => {
      stop.abort();
      await server.close();
      await following;
    },
  };
}

interface Shown {
  readonly writtenAt: number;
  /** By their paths. */
  readonly songs: ReadonlyMap<string, SavedFile>;
  readonly heard: AlikeNote;
}

async function bringUpToDate(
  batch: ServedBatch,
  state: ShownState,
  version: string,
  earlier: AlikeNote,
  songsAway: SongsAway | undefined,
): Promise<Shown> {
  return state.read(async (store) => {
    const saved = Iterator.from(store?.savedFiles() ?? []).filter(({ path }) => isSongName(path));
    const songs = new Map(saved.map((file) => [file.path, file]));
    // To list a bucket anew whenever a run has saved a song is too much: one that is gone cannot be played.
    const missing = songsAway && { missing: new Set<string>() };
    const findings = { heard: earlier, ...missing };
    // The page itself is for this machine only.
    const shelf = {
      ...diskShelf(batch.outputDir),
      ...(songsAway && { bringOutlines: songsAway.bringOutlines }),
    };
    const { data, heard } = await writeReport(batch, store, version, findings, shelf);
    return { writtenAt: data.writtenAt, songs, heard };
  });
}

/** Whatever a state says (it may be somebody else's), the state itself is none. */
function isSongName(path: string): boolean {
  return isExtension(extname(path).slice(1));
}

/** Pages are kept on the disk only: of a large batch there are hundreds. */
async function readPageData(outputDir: string, page: number): Promise<string | undefined> {
  const file = await openInside(outputDir, `${reportFolder}/${pageFile(page)}`);
  if (!file) return undefined;
  try {
    return dataIn(await file.handle.readFile('utf8'));
  } finally {
    await file.handle.close();
  }
}

const pieceOrPicture = new RegExp(
  `^${reportFolder}/(${dataFolder}/[0-9a-f]{32}(-partial)?\\.js|sound/[0-9a-f]{32}\\.png)$`,
);

async function openOffered(
  outputDir: string,
  path: string,
  song: SavedFile | undefined,
  openAway: OpenSong | undefined,
): Promise<OfferedFile | undefined> {
  if (!song && !pieceOrPicture.test(path)) return undefined;
  const file = song && openAway ? await openAway(song) : await openHere(outputDir, path);
  if (!file) return undefined;
  // What has another size is not the song that was saved under that name.
  if (song && song.bytes !== file.bytes) {
    await file.close();
    return undefined;
  }
  const { bytes, read, close } = file;
  const etag = song ? `"${song.sha256}"` : `"${bytes}-${file.modifiedAt ?? 0}"`;
  const mediaType = song ? playable(song.mediaType) : path.endsWith('.js') ? script : picture;
  return { mediaType, bytes, etag, read, close };
}

async function openHere(outputDir: string, path: string): Promise<SongContent | undefined> {
  const file = await openInside(outputDir, path);
  if (!file) return undefined;
  const { handle, bytes, modifiedAt } = file;
  return {
    bytes,
    modifiedAt,
    read: (start, end) => handle.createReadStream({ start, end, autoClose: false }),
    close: () => handle.close(),
  };
}

const script = 'text/javascript; charset=utf-8';
const picture = 'image/png';

/** What a browser shows within a page; anything else is bytes to it, whatever the state says that it is. */
function playable(mediaType: string): string {
  return /^(audio|video|image)\/(?!svg)[a-z0-9.+-]+$/.test(mediaType)
    ? mediaType
    : 'application/octet-stream';
}

function ratingsShelf(path: string, batch: string): RatingsShelf {
  const file = openRatingsFile({
    path,
    limit: largestRatings,
    faultOf: (text) => {
      const read = readRatingsText(text, batch);
      return 'problem' in read ? `it ${read.problem}` : undefined;
    },
    lock: () => lockFile(`${path}.lock`),
  });
  return {
    ...file,
    name: path,
    accept: (text) => {
      const read = readRatingsText(text, batch);
      if ('problem' in read) return { problem: `it ${read.problem}` };
      return { text: writtenRatings(read) };
    },
  };
}

/** By which a browser tells what it keeps for one file of ratings from what it keeps for another. */
function placeOf(ratings: string): string {
  return createHash('sha256').update(ratings).digest('hex').slice(0, 16);
}

async function listen(offer: Offer, port: number | undefined, tell: Tell) {
  try {
    return await serveListening(offer, port ?? usualPort);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && 'syscall' in error)) throw error;
    const isTaken = error.code === 'EADDRINUSE';
    if (port === undefined && isTaken) {
      tell(`port ${usualPort} is taken: serving at another one (--port chooses)`);
      return serveListening(offer, 0);
    }
    throw new UsageError(
      `cannot listen on port ${port ?? usualPort}: ${isTaken ? 'another program does' : error.message}`,
      'choose another one with --port, or 0 for any that is free',
    );
  }
}
