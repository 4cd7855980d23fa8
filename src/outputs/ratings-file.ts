/**
 * A file of ratings in the output folder, which a page saves to while others may: another page, another
 * process, somebody with an editor. It is replaced whole, only by somebody who has seen what is there, and
 * never where that is not understood.
 */
import { createHash } from 'node:crypto';
import { open, rename, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { makeFolders, syncFolder } from './folders.ts';
import { openRegular } from './open-inside.ts';
import { isSystemError } from './output-error.ts';

export type RatingsFound =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'ratings'; readonly text: string; readonly version: string }
  /** It can be neither read nor replaced; `why` says what to do. */
  | { readonly kind: 'unusable'; readonly why: string };

export type RatingsReplaced =
  | { readonly kind: 'replaced'; readonly version: string }
  /** Something else is there than was seen. */
  | { readonly kind: 'changed' }
  | { readonly kind: 'unusable'; readonly why: string };

export interface RatingsFile {
  readonly read: () => Promise<RatingsFound>;
  /** @param seen the version that `text` was made from; undefined: there was no file */
  readonly replace: (text: string, seen: string | undefined) => Promise<RatingsReplaced>;
}

export interface RatingsFileOptions {
  /** Absolute. */
  readonly path: string;
  /** Bytes of a file that are read at most. */
  readonly limit: number;
  /** What is wrong with a text, where it is not such ratings. */
  readonly faultOf: (text: string) => string | undefined;
  /** Keeps other processes out between looking and writing. Throws what the system says. */
  readonly lock: () => Promise<() => void>;
}

export function openRatingsFile(options: RatingsFileOptions): RatingsFile {
  const { path, lock } = options;
  let last: Promise<unknown> = Promise.resolve();
  /** One after the other: `lock` is between processes. */
  const inTurn = <Value>(work: () => Promise<Value>): Promise<Value> => {
    const turn = last.then(work);
    last = turn.catch(() => undefined);
    return turn;
  };
  const read = () => readRatings(options);

  async function replace(text: string, seen: string | undefined): Promise<RatingsReplaced> {
    try {
      await makeFolders(dirname(path));
      const release = await lock();
      try {
        const found = await read();
        if (found.kind === 'unusable') return found;
        const there = found.kind === 'ratings' ? found.version : undefined;
        if (there !== seen) return { kind: 'changed' };
        await write(path, text);
        return { kind: 'replaced', version: versionOf(text) };
      } finally {
        release();
      }
    } catch (error) {
      return { kind: 'unusable', why: `it cannot be written: ${wordsOf(error)}` };
    }
  }

  return { read, replace: (text, seen) => inTurn(() => replace(text, seen)) };
}

async function readRatings({ path, limit, faultOf }: RatingsFileOptions): Promise<RatingsFound> {
  const text = await readText(path, limit);
  if (text === undefined) return { kind: 'nothing' };
  if (typeof text !== 'string') return { kind: 'unusable', why: text.why };
  const fault = faultOf(text);
  if (fault === undefined) return { kind: 'ratings', text, version: versionOf(text) };
  return { kind: 'unusable', why: `what is there is not overwritten: ${fault}; ${moveAway}` };
}

const moveAway = 'mend it or move it away';

async function readText(
  path: string,
  limit: number,
): Promise<string | undefined | { why: string }> {
  try {
    const file = await openRegular(path);
    if (!file) return { why: `it is no regular file; ${moveAway}` };
    try {
      if (file.bytes > limit) return { why: `it has more than ${limit} bytes; ${moveAway}` };
      return await file.handle.readFile('utf8');
    } finally {
      await file.handle.close();
    }
  } catch (error) {
    if (!isSystemError(error)) throw error;
    if (error.code === 'ENOENT') return undefined;
    if (error.code === 'ELOOP') return { why: `it is a symlink; ${moveAway}` };
    return { why: `it cannot be read: ${error.message}` };
  }
}

/** What a crash left half written is begun anew, and nothing that bears this name is followed. */
async function write(path: string, text: string): Promise<void> {
  const part = `${path}.part`;
  await removeIfThere(part);
  const file = await open(part, 'wx', 0o644);
  try {
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(part, path);
  } catch (error) {
    await removeIfThere(part);
    throw error;
  }
  await syncFolder(dirname(path));
}

async function removeIfThere(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if (!isSystemError(error) || error.code !== 'ENOENT') throw error;
  }
}

function versionOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}

function wordsOf(error: unknown): string {
  if (error instanceof Error && ('syscall' in error || 'errcode' in error)) return error.message;
  throw error;
}
