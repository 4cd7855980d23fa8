/**
 * The multipart form of File/Upload, streamed from the disk: of a file of 100 MB no more is in memory
 * than the socket takes at a time.
 *
 * What is sent is what was hashed, for the URL that comes of it will stand for that hash from then on,
 * in other batches too. A file may change while it is on its way, so it is hashed again as it is read,
 * and only if the hash agrees the form gets its closing boundary. If not, the request is broken off
 * short of the length that it has promised: the server never has a whole form.
 */
import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { ApiFault } from '../job/api-fault.ts';
import { audioContentOf, audioHeadLength, type AudioContent } from '../manifest/audio-content.ts';
import type { LocalFile } from '../manifest/parameters.ts';
import { largestReference } from '../manifest/sources.ts';

export interface UploadForm {
  readonly headers: Readonly<Record<string, string>>;
  /** For one request only. Throws what `fault` answers from then on. */
  readonly body: AsyncIterable<Uint8Array>;
  /** Why the form was broken off, if it was: trying again would not help. */
  readonly fault: () => ApiFault | undefined;
}

const mediaTypes: Readonly<Record<AudioContent, string>> = {
  mp3: 'audio/mpeg',
  wav: 'audio/wav',
  m4a: 'audio/mp4',
};

/** Bytes that are read at a time. */
const pieceLength = 256 * 1024;

/**
 * Reads no more than the first bytes; the rest when it is sent.
 * @throws ApiFault `unfit-file` when the file is not there, too large, no audio, or of another length
 *   than when it was hashed
 */
export async function uploadForm(source: LocalFile): Promise<UploadForm> {
  const content = await inspect(source);
  const boundary = `songbatch-${randomBytes(16).toString('hex')}`;
  // Named by content: what files are called on this machine is nobody else's business.
  const filename = `${source.sha256.slice(0, 32)}.${content}`;
  const head = Buffer.from(
    `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="${filename}"\r\n` +
      `Content-Type: ${mediaTypes[content]}\r\n\r\n`,
  );
  const tail = Buffer.from(`\r\n--${boundary}--\r\n`);
  let fault: ApiFault | undefined;

  async function* pieces(): AsyncGenerator<Uint8Array, void> {
    try {
      yield head;
      yield* asHashed(source);
      yield tail;
    } catch (error) {
      fault = error instanceof ApiFault ? error : cannotRead(source, error);
      throw fault;
    }
  }

  return {
    headers: {
      'content-type': `multipart/form-data; boundary=${boundary}`,
      'content-length': String(head.length + source.bytes + tail.length),
    },
    body: pieces(),
    fault: () => fault,
  };
}

/** The content, piece by piece. Throws at its end, or sooner, if it is not what was hashed. */
async function* asHashed(source: LocalFile): AsyncGenerator<Uint8Array, void> {
  const hash = createHash('sha256');
  let bytes = 0;
  // To one byte more than there should be, which is enough to see that it has grown.
  const range = { start: 0, end: source.bytes };
  for await (const chunk of createReadStream(source.file, {
    highWaterMark: pieceLength,
    ...range,
  })) {
    const piece = chunk as Buffer;
    bytes += piece.length;
    if (bytes > source.bytes) throw hasChanged(source);
    hash.update(piece);
    yield piece;
  }
  if (bytes !== source.bytes || hash.digest('hex') !== source.sha256) throw hasChanged(source);
}

/** What kind of audio it is, seen without reading the whole. */
async function inspect(source: LocalFile): Promise<AudioContent> {
  const { file, bytes } = source;
  const head = Buffer.alloc(audioHeadLength);
  let read: number;
  try {
    await using handle = await open(file, 'r');
    const { size } = await handle.stat();
    // By its size alone it is another file, and may be of any length.
    if (size !== bytes) throw hasChanged(source);
    if (size > largestReference) {
      throw unfit(`${file} has ${size} bytes, and ${largestReference} are the most that is taken`);
    }
    read = (await handle.read(head, 0, head.length, 0)).bytesRead;
  } catch (error) {
    throw error instanceof ApiFault ? error : cannotRead(source, error);
  }
  const content = audioContentOf(head.subarray(0, read));
  if (content === undefined) throw unfit(`${file} is no mp3, wav or m4a by its content`);
  return content;
}

function hasChanged({ file }: LocalFile): ApiFault {
  return unfit(`${file} has changed since the manifest was read; run the same command again`);
}

function cannotRead({ file }: LocalFile, error: unknown): ApiFault {
  return unfit(`cannot read ${file}: ${error instanceof Error ? error.message : String(error)}`);
}

function unfit(message: string): ApiFault {
  return new ApiFault('unfit-file', message);
}
