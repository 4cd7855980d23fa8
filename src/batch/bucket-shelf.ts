/**
 * Songs in a bucket, and what is written beside them. Whether songs are there is told by listing the bucket,
 * a thousand a call: asking for each would take a million calls for a million songs. What is known of a million
 * objects is one hash of name and size each.
 */
import { hash } from 'node:crypto';
import { open, readdir } from 'node:fs/promises';
import { extname, join } from 'node:path';
import pLimit from 'p-limit';
import type { Bucket } from '../bucket/bucket.ts';
import { BucketError } from '../bucket/bucket-error.ts';
import { putFile } from '../bucket/put-song.ts';
import type { SavedFile } from '../job/history.ts';
import { hashFile } from '../outputs/hash-file.ts';
import { isSystemError, onDisk, OutputError } from '../outputs/output-error.ts';
import type { LookedFor } from '../outputs/presence.ts';
import { CompactSet } from '../plan/compact-set.ts';
import type { Shelf } from './shelf.ts';
import { dataFolder, reportFolder } from './write-report.ts';

/** Files that are told of at once. */
const atOnce = 256;
/** Small files, for the most part. */
const putsInFlight = 8;

/** @param dir the workroom, absolute */
export function bucketShelf(bucket: Bucket, dir: string): Shelf {
  const publish = async (name: string): Promise<void> => {
    const path = join(dir, name);
    const local = await onDisk(path, () => contentOf(path));
    const found = await bucket.find(name);
    if (found?.sha256 === local.sha256) return;
    if (found && found.sha256 === undefined) {
      const { bucket: where, prefix } = bucket.place;
      throw new BucketError(
        'taken',
        `s3://${where}/${prefix}${name} is not what songbatch has put there: move it elsewhere`,
      );
    }
    await putFile(bucket, name, { path, ...local, mediaType: mediaTypeOf(name) });
  };
  return {
    lookFor: (files) => asOutput(lookIn(bucket, files)),
    bringOutlines: () => Promise.resolve(),
    publish: async (names) => {
      await asFault(async () => {
        for (const name of names) await publish(name);
      });
    },
    publishPage: async () => {
      await asFault(async () => {
        const there = await listed(bucket, `${reportFolder}/`);
        const limit = pLimit(putsInFlight);
        const { pages, pieces } = await pageFiles(dir);
        await Promise.all(
          pieces.map(({ name, bytes }) =>
            limit(() => (there.has(markOf(name, bytes)) ? undefined : publish(name))),
          ),
        );
        // The last: a page that is there finds all that it loads.
        for (const page of pages) await publish(page);
      });
    },
  };
}

async function* lookIn<File extends SavedFile>(
  bucket: Bucket,
  files: Iterable<File>,
): AsyncGenerator<readonly LookedFor<File>[]> {
  let there: CompactSet | undefined;
  let looked: LookedFor<File>[] = [];
  for (const file of files) {
    there ??= await listed(bucket, '');
    looked.push({ file, isPresent: there.has(markOf(file.path, file.bytes)) });
    if (looked.length < atOnce) continue;
    yield looked;
    looked = [];
  }
  yield looked;
}

async function listed(bucket: Bucket, start: string): Promise<CompactSet> {
  const found = new CompactSet();
  for await (const { name, bytes } of bucket.list(start)) found.add(markOf(name, bytes));
  return found;
}

function markOf(name: string, bytes: number): string {
  return hash('sha256', `${bytes} ${name}`).slice(0, 32);
}

interface PageFiles {
  /** In the order in which they are put there. */
  readonly pages: readonly string[];
  /** Named by their content: what is there need not be put there again. */
  readonly pieces: readonly { readonly name: string; readonly bytes: number }[];
}

/** What a page loads, and nothing else: outlines are in its pieces. */
async function pageFiles(dir: string): Promise<PageFiles> {
  const within = async (folder: string, suffix: string) => {
    const names = await namesIn(join(dir, folder));
    return names.filter((name) => name.endsWith(suffix)).map((name) => `${folder}/${name}`);
  };
  const pages = await within(reportFolder, '.html');
  const named = [
    ...(await within(`${reportFolder}/${dataFolder}`, '.js')),
    ...(await within(`${reportFolder}/sound`, '.png')),
  ];
  const pieces: { name: string; bytes: number }[] = [];
  for (const name of named) {
    const file = await open(join(dir, name), 'r');
    try {
      pieces.push({ name, bytes: (await file.stat()).size });
    } finally {
      await file.close();
    }
  }
  // Others lead to the first one.
  return { pages: pages.sort().reverse(), pieces };
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (isSystemError(error) && error.code === 'ENOENT') return [];
    throw error;
  }
}

async function contentOf(path: string): Promise<{ bytes: number; sha256: string }> {
  const file = await open(path, 'r');
  try {
    const { size: bytes } = await file.stat();
    return { bytes, sha256: (await hashFile(file.fd, bytes)).sha256 };
  } finally {
    await file.close();
  }
}

function mediaTypeOf(name: string): string {
  switch (extname(name)) {
    case '.html':
      return 'text/html; charset=utf-8';
    case '.js':
      return 'text/javascript; charset=utf-8';
    case '.json':
      return 'application/json';
    case '.png':
      return 'image/png';
    default:
      return 'text/plain; charset=utf-8';
  }
}

async function* asOutput<Item>(items: AsyncIterable<Item>): AsyncGenerator<Item> {
  try {
    yield* items;
  } catch (error) {
    throw faultOf(error);
  }
}

export async function asFault(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    throw faultOf(error);
  }
}

/** Files and songs are on this machine, or in the bucket already: running again goes on. */
function faultOf(error: unknown): unknown {
  if (!(error instanceof BucketError)) return error;
  const kind = error.kind === 'unreachable' ? 'unreachable' : 'disk';
  return new OutputError(kind, error.message, { cause: error });
}
