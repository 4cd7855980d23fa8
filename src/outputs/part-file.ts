/**
 * A download that is not whole yet: `<own name>.part`, and beside it `<own name>.part.json`, which
 * says where its bytes came from and how many of them are certainly on the disk:
 *
 *     {"url": "...", "etag": "\"abc\"", "bytes": 8388608}
 *
 * The note is written only after its bytes were synced, so that a power cut cannot leave a hole that
 * a later download would be glued to. A part without a note, or with one that does not fit, is
 * started over. Weak ETags do not promise equal bytes; without a strong one there is no note. The note
 * always goes before its part does: where there is no part, there is no note to be looked for either.
 */
import { constants, statSync } from 'node:fs';
import { open, readFile, rm, writeFile, type FileHandle } from 'node:fs/promises';
import { hashFile, type Hashed } from './hash-file.ts';
import { isSystemError, OutputError } from './output-error.ts';

export interface Origin {
  readonly url: string;
  /** Strong. */
  readonly etag: string;
}

/** Bytes after which a download is synced and noted. */
const noteEvery = 8 * 1024 * 1024;

export class PartFile {
  readonly path: string;
  readonly handle: FileHandle;
  #bytes: number;
  #origin: Origin | undefined;
  #noted: number;
  /** There is a note, or there may be one. */
  #hasNote: boolean;

  private constructor(path: string, handle: FileHandle, found: 'nothing' | Note | undefined) {
    const note = found === 'nothing' ? undefined : found;
    this.path = path;
    this.handle = handle;
    this.#bytes = note?.bytes ?? 0;
    this.#noted = this.#bytes;
    this.#origin = note;
    this.#hasNote = found !== 'nothing';
  }

  /** Opens `<place>.part`, with what can be kept of an earlier download of the same URL. */
  static async open(place: string, url: string): Promise<PartFile> {
    const path = `${place}.part`;
    const fresh = await openFresh(path);
    if (fresh) return new PartFile(path, fresh, 'nothing');
    const handle = await openOwn(path);
    try {
      const { size } = await handle.stat();
      const note = await readNote(noteOf(path));
      const fits = note?.url === url && note.bytes <= size;
      await handle.truncate(fits ? note.bytes : 0);
      return new PartFile(path, handle, fits ? note : undefined);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Where the rest can be had; undefined: nowhere, begin at the beginning. */
  get resumable(): Origin | undefined {
    return this.#bytes > 0 ? this.#origin : undefined;
  }

  /** Drops what is there. */
  async restart(origin: Origin | undefined): Promise<void> {
    await this.forget();
    if (this.#bytes > 0) await this.handle.truncate(0);
    this.#bytes = 0;
    this.#noted = 0;
    this.#origin = origin;
  }

  async append(chunk: Uint8Array): Promise<void> {
    await this.handle.appendFile(chunk);
    this.#bytes += chunk.length;
    if (this.#bytes - this.#noted >= noteEvery) await this.note();
  }

  /** Syncs, and writes down how far it got. */
  async note(): Promise<void> {
    if (!this.#origin || this.#bytes === this.#noted) return;
    await this.handle.sync();
    await this.#refuseOthersBytes();
    const note: Note = { ...this.#origin, bytes: this.#bytes };
    this.#hasNote = true;
    await writeFile(noteOf(this.path), JSON.stringify(note));
    this.#noted = this.#bytes;
  }

  /** Syncs and hashes the file, which is whole, as it lies on the disk. */
  async seal(): Promise<Hashed> {
    await this.handle.sync();
    const hashed = await hashFile(this.handle, this.#bytes);
    await this.#refuseOthersBytes();
    return hashed;
  }

  /** Where more or less lies there than was written, somebody else writes to it: that is no song. */
  async #refuseOthersBytes(): Promise<void> {
    // It was synced a moment ago: nothing of this has to come from the disk.
    const { size } = statSync(this.path);
    if (size === this.#bytes) return;
    await this.discard();
    throw new OutputError(
      'disk',
      `${this.path} had ${size} bytes, ${this.#bytes} were written: another program, or a run with another state file, wrote to it as well; see that none does and run the same command again`,
    );
  }

  /** Takes both files away. */
  async discard(): Promise<void> {
    await this.forget();
    await rm(this.path, { force: true });
  }

  /** Takes the note away: the part is whole, or of no use. */
  async forget(): Promise<void> {
    if (this.#hasNote) await rm(noteOf(this.path), { force: true });
    this.#hasNote = false;
  }
}

// O_NOFOLLOW: a symlink of that name would lead the song elsewhere.
const flags = constants.O_RDWR | constants.O_CREAT | constants.O_APPEND | constants.O_NOFOLLOW;

/** Undefined where there is something of that name. */
async function openFresh(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, flags | constants.O_EXCL, 0o644);
  } catch (error) {
    if (isSystemError(error) && error.code === 'EEXIST') return undefined;
    throw error;
  }
}

/**
 * A crash between a song's getting its final name and its losing this one leaves one file with two
 * names. Writing to it would write to the song: only the name is taken away then.
 */
async function openOwn(path: string): Promise<FileHandle> {
  const handle = await open(path, flags, 0o644);
  const { nlink } = await handle.stat();
  if (nlink < 2) return handle;
  await handle.close();
  await rm(noteOf(path), { force: true });
  await rm(path);
  return open(path, flags | constants.O_EXCL, 0o644);
}

interface Note extends Origin {
  readonly bytes: number;
}

function noteOf(path: string): string {
  return `${path}.json`;
}

async function readNote(path: string): Promise<Note | undefined> {
  try {
    const note: unknown = JSON.parse(await readFile(path, 'utf8'));
    return isNote(note) ? note : undefined;
  } catch {
    // Not there, or torn: then there is nothing to go on from.
    return undefined;
  }
}

function isNote(value: unknown): value is Note {
  return (
    typeof value === 'object' &&
    value !== null &&
    'url' in value &&
    typeof value.url === 'string' &&
    'etag' in value &&
    typeof value.etag === 'string' &&
    'bytes' in value &&
    Number.isSafeInteger(value.bytes)
  );
}
