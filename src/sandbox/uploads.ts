/**
 * Files that clients put here to be named as a reference: kept on disk, under the sandbox's folder
 * or in one of its own that goes when the server does.
 */
import { createReadStream, mkdirSync, mkdtempSync, type ReadStream, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { hash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { basename, extname, join } from 'node:path';

import type { FormPart } from './multipart.ts';
import { randomText } from './random-text.ts';
import type { Upload } from './task.ts';

const types: ReadonlyMap<string, string> = new Map([
  ['.mp3', 'audio/mpeg'],
  ['.wav', 'audio/wav'],
  ['.m4a', 'audio/mp4'],
]);

export interface UploadStore {
  /** Undefined when it is not a file that the model takes. */
  readonly keep: (part: FormPart, account: string, now: number) => Promise<Upload | undefined>;
  /** Bytes from `first` to `last`, both included. */
  readonly open: (upload: Upload, first: number, last: number) => ReadStream;
  readonly close: () => void;
}

export function createUploadStore(folder: string | undefined): UploadStore {
  let made: string | undefined;
  const place = (): string => {
    if (made !== undefined) return made;
    made =
      folder === undefined ? mkdtempSync(join(tmpdir(), 'songbatch-')) : join(folder, 'uploads');
    mkdirSync(made, { recursive: true });
    return made;
  };
  return {
    keep: async (part, account, now) => {
      const contentType = types.get(extname(part.filename).toLowerCase());
      if (contentType === undefined) return undefined;
      const upload = {
        accessKey: randomText(),
        account,
        name: safeName(part.filename),
        contentType,
        bytes: part.content.length,
        sha256: hash('sha256', part.content),
        addedAt: now,
      };
      await writeFile(join(place(), upload.accessKey), part.content, { flag: 'wx', mode: 0o600 });
      return upload;
    },
    open: (upload, first, last) =>
      createReadStream(join(place(), upload.accessKey), { start: first, end: last }),
    close: () => {
      if (folder === undefined && made !== undefined)
        rmSync(made, { recursive: true, force: true });
    },
  };
}

/** What a client calls its file, made fit for a path of a URL. */
function safeName(filename: string): string {
  const name = basename(filename.replaceAll('\\', '/')).replace(/[^A-Za-z0-9._-]/g, '_');
  return name.slice(-80);
}
