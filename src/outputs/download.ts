/**
 * Brings an output home: `.part` file, resumed where it can be, checked against all that was
 * promised, synced, hashed as it lies on the disk, and only then given its final name, or one beside
 * it where another file has that name.
 */
import { dirname, relative, resolve, sep } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pLimit from 'p-limit';
import { Agent, type Dispatcher } from 'undici';
import type { SavedFile } from '../job/history.ts';
import type { JobId } from '../job/job.ts';
import type { RemoteOutput } from '../job/task.ts';
import { giveName, ownPlace } from './final-name.ts';
import { createFolderSync, createPlaces } from './folders.ts';
import { essence, recognise } from './media-type.ts';
import { onDisk, OutputError } from './output-error.ts';
import { PartFile } from './part-file.ts';
import { sharedPlace } from './shared-parts.ts';
import { openOutput, wordsOf, type Opened, type Trouble } from './transfer.ts';
import { wavDuration } from './wav-duration.ts';

export interface Target {
  /** The output folder, absolute. */
  readonly dir: string;
  /** Below it, `/` between folders, no extension. */
  readonly name: string;
  /** Whose song it is. */
  readonly id: JobId;
}

export type Downloaded =
  | { readonly kind: 'saved'; readonly file: SavedFile }
  /** The URL is no good any more; a fresh one may be. */
  | { readonly kind: 'gone'; readonly message: string }
  /** What comes is not what was promised, again and again. */
  | { readonly kind: 'invalid'; readonly message: string };

export interface Downloader {
  /** Rejects with `OutputError`, or with the signal's reason; what came so far is kept then. */
  readonly fetch: (
    output: RemoteOutput,
    target: Target,
    signal?: AbortSignal,
  ) => Promise<Downloaded>;
  readonly close: () => Promise<void>;
}

export interface DownloaderOptions {
  /** A longer file is refused. */
  readonly maxBytes?: number;
  /**
   * This process's own, where others may bring home the same song to the same folder: a part that two write to is no
   * song, and one of them may be stopped while the other gives it its name. Letters and digits.
   */
  readonly partsOf?: string;
  readonly downloadsInFlight?: number;
  /** Milliseconds until an answer must begin, and between two pieces of it. */
  readonly timeout?: number;
  /** Waits before try number `failures` + 1; for tests. */
  readonly pause?: (failures: number, signal?: AbortSignal) => Promise<void>;
}

const mostTries = 6;

export function createDownloader(options: DownloaderOptions = {}): Downloader {
  const maxBytes = options.maxBytes ?? 500e6;
  const downloadsInFlight = options.downloadsInFlight ?? 8;
  const pause = options.pause ?? backOff;
  const timeout = options.timeout ?? 30_000;
  // As many again may be on their way to the disk: no connection waits for that.
  const inFlight = pLimit(2 * downloadsInFlight);
  const dispatcher = new Agent({
    connections: downloadsInFlight,
    pipelining: 1,
    allowH2: false,
    connectTimeout: 10_000,
    headersTimeout: timeout,
    bodyTimeout: timeout,
  });

  const means = {
    dispatcher,
    maxBytes,
    partsOf: options.partsOf,
    placeFor: createPlaces(),
    syncFolder: createFolderSync(),
  };

  return {
    fetch: async (output, target, signal) => {
      for (let tries = 1; ; tries += 1) {
        const outcome = await inFlight(() => {
          signal?.throwIfAborted();
          return attempt(means, output, target, signal);
        });
        if (outcome.kind === 'saved') return outcome;
        signal?.throwIfAborted();
        if (outcome.kind === 'gone') return { kind: 'gone', message: outcome.message };
        if (outcome.kind === 'unwanted') return { kind: 'invalid', message: outcome.message };
        if (tries === mostTries) return giveUp(output, outcome, tries);
        await pause(tries, signal);
      }
    },
    close: () => dispatcher.close(),
  };
}

/** Full jitter below 0.5 s, 1 s, 2 s ... */
async function backOff(failures: number, signal?: AbortSignal): Promise<void> {
  const bound = Math.min(10_000, 500 * 2 ** (failures - 1));
  try {
    await delay(Math.random() * bound, undefined, { ...(signal && { signal }) });
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}

/**
 * A server that does not answer says nothing about the song, which is paid for: that is no reason
 * to write it off.
 */
function giveUp(output: RemoteOutput, last: Trouble, tries: number): Downloaded {
  if (last.kind === 'false') return { kind: 'invalid', message: last.message };
  const host = URL.parse(output.url)?.host ?? 'the server';
  throw new OutputError('unreachable', `${host} (${tries} tries): ${last.message}`);
}

interface Means {
  readonly dispatcher: Dispatcher;
  readonly maxBytes: number;
  readonly partsOf: string | undefined;
  readonly placeFor: ReturnType<typeof createPlaces>;
  readonly syncFolder: ReturnType<typeof createFolderSync>;
}

async function attempt(
  means: Means,
  output: RemoteOutput,
  target: Target,
  signal: AbortSignal | undefined,
): Promise<Extract<Downloaded, { kind: 'saved' }> | Trouble> {
  const place = await means.placeFor(target.dir, target.name);
  const own =
    means.partsOf === undefined
      ? ownPlace(place, target.id)
      : sharedPlace(place, target.id, means.partsOf);
  const part = await onDisk(`${own}.part`, () => PartFile.open(own, output.url));
  try {
    const origin = part.resumable;
    const rest = origin && { bytes: part.bytes, etag: origin.etag };
    const opened = await openOutput(means.dispatcher, output.url, rest, signal);
    const trouble =
      opened.kind === 'open' ? await receive(opened, part, output, means.maxBytes) : opened;
    if (!trouble) {
      const contentType = opened.kind === 'open' ? opened.contentType : undefined;
      const file = await onDisk(place, () => settle(means, part, place, target, contentType));
      return { kind: 'saved', file };
    }
    // What broke off is of use to the next try, if the server says how to go on.
    const isOfUse = trouble.kind === 'broken' && part.resumable !== undefined;
    await onDisk(part.path, async () => {
      if (isOfUse) await part.note();
      else part.discard();
    });
    return trouble;
  } finally {
    part.close();
  }
}

/** Writes the body to the part; undefined: it is all there, and as promised. */
async function receive(
  { body, start, total, contentType, origin }: Opened,
  part: PartFile,
  output: RemoteOutput,
  maxBytes: number,
): Promise<Trouble | undefined> {
  try {
    const expected = total ?? output.bytes;
    const unwanted = refuseByHead(expected, contentType, output, maxBytes);
    if (unwanted) return unwanted;
    if (start === 0) {
      await onDisk(part.path, () => {
        part.restart(origin);
      });
    }
    for await (const chunk of body as AsyncIterable<Buffer>) {
      if (part.bytes + chunk.length > maxBytes) return tooLong(maxBytes);
      await onDisk(part.path, () => part.append(chunk));
    }
    if (total !== undefined && part.bytes < total) {
      return { kind: 'broken', message: `it broke off after ${part.bytes} of ${total} bytes` };
    }
    return checkLength(part.bytes, output, total);
  } catch (error) {
    if (error instanceof OutputError) throw error;
    return { kind: 'broken', message: wordsOf(error) };
  } finally {
    // What is not read to its end says so once more: nobody listens any longer.
    body.on('error', () => undefined).destroy();
  }
}

function refuseByHead(
  expected: number | undefined,
  contentType: string | undefined,
  output: RemoteOutput,
  maxBytes: number,
): Trouble | undefined {
  if (expected !== undefined && expected > maxBytes) return tooLong(maxBytes);
  const isPage = essence(contentType) === 'text/html';
  if (isPage && essence(output.contentType) !== 'text/html') {
    return { kind: 'false', message: 'the server sent a web page in its place' };
  }
  return undefined;
}

function checkLength(
  bytes: number,
  output: RemoteOutput,
  total: number | undefined,
): Trouble | undefined {
  if (bytes === 0) return { kind: 'false', message: 'it is empty' };
  for (const promised of [total, output.bytes]) {
    if (promised !== undefined && promised !== bytes) {
      return { kind: 'false', message: `it has ${bytes} bytes, ${promised} were promised` };
    }
  }
  return undefined;
}

function tooLong(maxBytes: number): Trouble {
  return { kind: 'unwanted', message: `it is longer than the limit of ${maxBytes} bytes` };
}

/** The part is whole: hashes it as it lies on the disk and gives it its name. */
async function settle(
  { syncFolder }: Means,
  part: PartFile,
  place: string,
  { dir, id }: Target,
  contentType: string | undefined,
): Promise<SavedFile> {
  const { sha256, head } = await part.seal();
  const { bytes } = part;
  const { mediaType, extension } = recognise(head, contentType);
  const duration = extension === 'wav' ? wavDuration(head, bytes) : undefined;

  part.forget();
  const path = await giveName(part.path, { bytes, sha256 }, { place, id, extension });
  await syncFolder(dirname(path));
  return {
    path: relative(resolve(dir), path).split(sep).join('/'),
    bytes,
    sha256,
    mediaType,
    ...(duration !== undefined && { duration }),
  };
}
