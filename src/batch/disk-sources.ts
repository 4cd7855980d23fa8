/**
 * The disk, as reading a manifest sees it (`manifest/sources.ts`). Nothing is read before its kind
 * and size are known: a pipe would never end, a video in place of a song should cost no minute.
 */
import { createHash } from 'node:crypto';
import { closeSync, fstatSync, globSync, lstatSync, openSync, readSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { audioContentOf, audioHeadLength } from '../manifest/audio-content.ts';
import { largestModelFile, modelFilePath } from '../manifest/model-file.ts';
import type { LocalFile } from '../manifest/parameters.ts';
import {
  largestReference,
  type FoundText,
  type Sources,
  type Unreadable,
} from '../manifest/sources.ts';

const chunkBytes = 1024 * 1024;

export const diskSources: Sources = { glob, readText, modelFile, identify };

function glob(pattern: string, base: string): readonly string[] {
  return globSync(pattern, { cwd: base })
    .map((path) => resolve(base, path))
    .filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile())
    .sort(byCodePoint);
}

/** The order of UTF-8 bytes is that of code points; that of JavaScript strings is not. */
function byCodePoint(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function readText(path: string, maxBytes: number): string | Unreadable {
  const bytes = readBytes(path, maxBytes);
  return 'unreadable' in bytes ? bytes : decodeText(bytes);
}

/** Up to the root of the file system, as for other files that hold for all that is below them. */
export function modelFile(model: string, base: string): FoundText | undefined {
  for (let folder = base; ; folder = dirname(folder)) {
    const path = join(folder, modelFilePath(model));
    if (isThere(path)) return { path, text: readText(path, largestModelFile) };
    if (dirname(folder) === folder) return undefined;
  }
}

/** Whatever it is: a link to nowhere is a mistake that wants to be told. */
function isThere(path: string): boolean {
  try {
    lstatSync(path);
    return true;
  } catch {
    return false;
  }
}

/** All of a file that has at most `maxBytes`. */
export function readBytes(path: string, maxBytes: number): Uint8Array | Unreadable {
  const pieces: Uint8Array[] = [];
  const size = eachChunk(path, maxBytes, (chunk) => {
    pieces.push(Uint8Array.from(chunk));
  });
  return typeof size === 'number' ? Buffer.concat(pieces) : size;
}

/** UTF-8 only; a byte order mark is dropped. */
export function decodeText(bytes: Uint8Array): string | Unreadable {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return { unreadable: 'it is not UTF-8 text' };
  }
}

function identify(path: string): LocalFile | Unreadable {
  const hash = createHash('sha256');
  let head: Uint8Array | undefined;
  const size = eachChunk(path, largestReference, (chunk) => {
    head ??= Uint8Array.from(chunk.subarray(0, audioHeadLength));
    hash.update(chunk);
  });
  if (typeof size !== 'number') return size;
  if (audioContentOf(head ?? new Uint8Array()) === undefined) {
    return { unreadable: 'by its content it is no mp3, wav or m4a' };
  }
  return { file: path, sha256: hash.digest('hex'), bytes: size };
}

/** Reads a file piece by piece; the pieces share their memory. Answers its size in bytes. */
function eachChunk(
  path: string,
  maxBytes: number,
  take: (chunk: Uint8Array) => void,
): number | Unreadable {
  try {
    const refusal = refuse(statSync(path), maxBytes);
    return refusal ?? readOpened(openSync(path, 'r'), maxBytes, take);
  } catch (error) {
    return { unreadable: clauseFor(error) };
  }
}

function readOpened(
  descriptor: number,
  maxBytes: number,
  take: (chunk: Uint8Array) => void,
): number | Unreadable {
  try {
    const { size: expected } = fstatSync(descriptor);
    const buffer = Buffer.alloc(Math.min(chunkBytes, expected + 1));
    let size = 0;
    for (;;) {
      const read = readSync(descriptor, buffer);
      if (read === 0) return size;
      size += read;
      // It may grow while it is read.
      if (size > maxBytes) return tooLarge(size, maxBytes);
      take(buffer.subarray(0, read));
    }
  } finally {
    closeSync(descriptor);
  }
}

function refuse(
  stat: { isDirectory(): boolean; isFile(): boolean; size: number },
  maxBytes: number,
): Unreadable | undefined {
  if (stat.isDirectory()) return { unreadable: 'it is a folder' };
  if (!stat.isFile()) return { unreadable: 'it is not a regular file' };
  return stat.size > maxBytes ? tooLarge(stat.size, maxBytes) : undefined;
}

function tooLarge(size: number, maxBytes: number): Unreadable {
  return { unreadable: `it has ${size} bytes, and ${maxBytes} are the most that is taken` };
}

function clauseFor(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
  switch (code) {
    case 'ENOENT':
      return 'there is no such file';
    case 'ENOTDIR':
      return 'a part of its path is not a folder';
    case 'EACCES':
    case 'EPERM':
      return 'permission denied';
    case 'ENAMETOOLONG':
      return 'its name is too long';
    case 'ELOOP':
      return 'its symbolic links go in a circle';
    case 'ERR_INVALID_ARG_VALUE':
      return 'no file can have this name';
    default:
      return `the system says ${code}`;
  }
}
