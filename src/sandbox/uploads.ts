/**
 * Files that clients put here to be named as a reference: kept on disk, under the sandbox's folder
 * or in one of its own that goes when the server does. Expired files make room when the next one comes.
 */
import { createReadStream, existsSync, mkdtempSync, type ReadStream, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { hash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { basename, extname, join } from 'node:path';

import { type Bounds, usualBounds } from './bounds.ts';
import type { IsExpired } from './expiry.ts';
import { makeFolders } from './folders.ts';
import type { FormPart } from './multipart.ts';
import { randomText } from './random-text.ts';
import type { Upload } from './task.ts';

const types: ReadonlyMap<string, string> = new Map([
  ['.mp3', 'audio/mpeg'],
  ['.wav', 'audio/wav'],
  ['.m4a', 'audio/mp4'],
]);

export type Kept =
  | { readonly kind: 'kept'; readonly upload: Upload }
  /** Not a file that the model takes. */
  | { readonly kind: 'wrong-type' }
  | { readonly kind: 'no-room'; readonly why: string };

export interface UploadStore {
  readonly keep: (part: FormPart, account: string, now: number) => Promise<Kept>;
  /** Bytes from `first` to `last`, both included; undefined when they are no more. */
  readonly open: (upload: Upload, first: number, last: number) => ReadStream | undefined;
  readonly close: () => void;
}

export interface UploadOptions {
  /** Where a server before this one kept its uploads, too. */
  readonly folder?: string;
  /** Those, oldest first. */
  readonly known?: readonly Upload[];
  readonly isExpired?: IsExpired;
  readonly bounds?: Pick<Bounds, 'uploads' | 'uploadBytes'>;
}

export function createUploadStore({
  folder,
  known = [],
  isExpired = () => false,
  bounds = usualBounds,
}: UploadOptions): UploadStore {
  let made: string | undefined;
  const place = (): string => {
    if (made !== undefined) return made;
    made =
      folder === undefined ? mkdtempSync(join(tmpdir(), 'songbatch-')) : join(folder, 'uploads');
    makeFolders(made);
    return made;
  };
  const pathOf = ({ accessKey }: Upload): string => join(place(), accessKey);

  let count = known.length;
  let used = 0;
  /** What lies on the disk, oldest first. */
  const onDisk = new Set<Upload>();
  const enter = (upload: Upload): void => {
    onDisk.add(upload);
    used += upload.bytes;
  };
  const remove = (upload: Upload): void => {
    rmSync(pathOf(upload), { force: true });
    onDisk.delete(upload);
    used -= upload.bytes;
  };
  const clearExpired = (): void => {
    for (const upload of onDisk) {
      if (!isExpired(upload)) break;
      remove(upload);
    }
  };
  // A server before this one may have kept files for a shorter time.
  known.filter((upload) => existsSync(pathOf(upload))).forEach(enter);

  return {
    keep: async (part, account, now) => {
      const contentType = types.get(extname(part.filename).toLowerCase());
      if (contentType === undefined) return { kind: 'wrong-type' };
      clearExpired();
      if (count >= bounds.uploads) return noRoom(`it has had ${count} uploads`);
      const bytes = part.content.length;
      if (used + bytes > bounds.uploadBytes) {
        return noRoom(`uploads may take ${bounds.uploadBytes} bytes in all`);
      }
      const upload = {
        accessKey: randomText(),
        account,
        name: safeName(part.filename),
        contentType,
        bytes,
        sha256: hash('sha256', part.content),
        addedAt: now,
      };
      // Counted before it is written: others come while it is.
      count++;
      enter(upload);
      try {
        await writeFile(pathOf(upload), part.content, { flag: 'wx', mode: 0o600 });
      } catch (error) {
        count--;
        remove(upload);
        throw error;
      }
      return { kind: 'kept', upload };
    },
    open: (upload, start, end) =>
      existsSync(pathOf(upload)) ? createReadStream(pathOf(upload), { start, end }) : undefined,
    close: () => {
      if (folder === undefined && made !== undefined)
        rmSync(made, { recursive: true, force: true });
    },
  };
}

function noRoom(why: string): Kept {
  return { kind: 'no-room', why };
}

/** What a client calls its file, made fit for a path of a URL. */
function safeName(filename: string): string {
  const name = basename(filename.replaceAll('\\', '/')).replace(/[^A-Za-z0-9._-]/g, '_');
  return name.slice(-80);
}
