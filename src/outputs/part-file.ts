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
 *
 * What goes no further than the cache is done at once: sent to a thread and back, each of these calls takes
 * ten times as long. Syncing waits for the disk, and is not.
 */
import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { synced } from './folders.ts';
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
  readonly #file: number;
  #bytes: number;
  #origin: Origin | undefined;
  #noted: number;
  /** There is a note, or there may be one. */
  #hasNote: boolean;

  private constructor(path: string, file: number, found: 'nothing' | Note | undefined) {
    const note = found === 'nothing' ? undefined : found;
    this.path = path;
    this.#file = file;
    this.#bytes = note?.bytes ?? 0;
    this.#noted = this.#bytes;
    this.#origin = note;
    this.#hasNote = found !== 'nothing';
  }

  /** Opens `<place>.part`, with what can be kept of an earlier download of the same URL. */
  static open(place: string, url: string): PartFile {
    const path = `${place}.part`;
    const fresh = openFresh(path);
    if (fresh !== undefined) return new PartFile(path, fresh, 'nothing');
    const file = openOwn(path);
    try {
      const { size } = fstatSync(file);
      const note = readNote(noteOf(path));
      const fits = note?.url === url && note.bytes <= size;
      ftruncateSync(file, fits ? note.bytes : 0);
      return new PartFile(path, file, fits ? note : undefined);
    } catch (error) {
      closeSync(file);
      throw error;
    }
  }

  close(): void {
    closeSync(this.#file);
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Where the rest can be had; undefined: nowhere, begin at the beginning. */
  get resumable(): Origin | undefined {
    return this.#bytes > 0 ? this.#origin : undefined;
  }

  /** Drops what is there. */
  restart(origin: Origin | undefined): void {
    this.forget();
    if (this.#bytes > 0) ftruncateSync(this.#file, 0);
    this.#bytes = 0;
    this.#noted = 0;
    this.#origin = origin;
  }

  async append(chunk: Uint8Array): Promise<void> {
    for (let at = 0; at < chunk.length;) at += writeSync(this.#file, chunk, at);
    this.#bytes += chunk.length;
    if (this.#bytes - this.#noted >= noteEvery) await this.note();
  }

  /** Syncs, and writes down how far it got. */
  async note(): Promise<void> {
    if (!this.#origin || this.#bytes === this.#noted) return;
    await synced(this.#file);
    this.#refuseOthersBytes();
    const note: Note = { ...this.#origin, bytes: this.#bytes };
    this.#hasNote = true;
    writeNote(noteOf(this.path), note);
    this.#noted = this.#bytes;
  }

  /** Syncs and hashes the file, which is whole, as it lies on the disk. */
  async seal(): Promise<Hashed> {
    await synced(this.#file);
    const hashed = await hashFile(this.#file, this.#bytes);
    this.#refuseOthersBytes();
    return hashed;
  }

  /** Where more or less lies there than was written, somebody else writes to it: that is no song. */
  #refuseOthersBytes(): void {
    const { size } = statSync(this.path);
    if (size === this.#bytes) return;
    this.discard();
    throw new OutputError(
      'disk',
      `${this.path} had ${size} bytes, ${this.#bytes} were written: another program, or a run with another state file, wrote to it as well; see that none does and run the same command again`,
    );
  }

  /** Takes both files away. */
  discard(): void {
    this.forget();
    rmSync(this.path, { force: true });
  }

  /** Takes the note away: the part is whole, or of no use. */
  forget(): void {
    if (this.#hasNote) rmSync(noteOf(this.path), { force: true });
    this.#hasNote = false;
  }
}

// O_NOFOLLOW: a symlink of that name would lead the song elsewhere.
const flags = constants.O_RDWR | constants.O_CREAT | constants.O_APPEND | constants.O_NOFOLLOW;

/** Undefined where there is something of that name. */
function openFresh(path: string): number | undefined {
  try {
    return openSync(path, flags | constants.O_EXCL, 0o644);
  } catch (error) {
    if (isSystemError(error) && error.code === 'EEXIST') return undefined;
    throw error;
  }
}

/**
 * A crash between a song's getting its final name and its losing this one leaves one file with two
 * names. Writing to it would write to the song: only the name is taken away then.
 */
function openOwn(path: string): number {
  const file = openSync(path, flags, 0o644);
  const { nlink } = fstatSync(file);
  if (nlink < 2) return file;
  closeSync(file);
  rmSync(noteOf(path), { force: true });
  rmSync(path);
  return openSync(path, flags | constants.O_EXCL, 0o644);
}

interface Note extends Origin {
  readonly bytes: number;
}

function noteOf(path: string): string {
  return `${path}.json`;
}

// O_NONBLOCK: a pipe of that name would keep us waiting for ever.
const forNote = constants.O_NOFOLLOW | constants.O_NONBLOCK;

function writeNote(path: string, note: Note): void {
  const file = openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | forNote);
  try {
    writeFileSync(file, JSON.stringify(note));
  } finally {
    closeSync(file);
  }
}

function readNote(path: string): Note | undefined {
  try {
    const file = openSync(path, constants.O_RDONLY | forNote);
    try {
      const note: unknown = JSON.parse(readFileSync(file, 'utf8'));
      return isNote(note) ? note : undefined;
    } finally {
      closeSync(file);
    }
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
