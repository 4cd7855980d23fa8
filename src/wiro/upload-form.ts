/**
 * The multipart form of File/Upload. What is sent is what was hashed: the file is read once, and the URL
 * that comes of it will stand for its hash from then on, in other manifests too.
 */
import { hash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { extname } from 'node:path';
import { FormData } from 'undici';
import { ApiFault } from '../job/api-fault.ts';
import type { LocalFile } from '../manifest/parameters.ts';

const mediaTypes: Readonly<Record<string, string>> = {
  '.mp3': 'audio/mpeg',
  '.wav': 'audio/wav',
  '.m4a': 'audio/mp4',
};

/**
 * Holds the file in memory, at most the 100 MB that the manifest lets a reference song have: streamed
 * from the disk it could still change on its way.
 * @throws ApiFault `refused` when the file is not there any more, or not the one that was hashed
 */
export async function uploadForm(source: LocalFile): Promise<FormData> {
  const content = await readOrRefuse(source);
  if (content === undefined || hash('sha256', content) !== source.sha256) {
    throw new ApiFault(
      'refused',
      `${source.file} has changed since the manifest was read; run the same command again`,
    );
  }
  const extension = extname(source.file).toLowerCase();
  const type = mediaTypes[extension] ?? 'application/octet-stream';
  const form = new FormData();
  // Named by content: what files are called on this machine is nobody else's business.
  form.append('file', new Blob([content], { type }), `${source.sha256.slice(0, 32)}${extension}`);
  return form;
}

/** Undefined: by its size alone it is another file, and may be of any length. */
async function readOrRefuse({ file, bytes }: LocalFile): Promise<Buffer<ArrayBuffer> | undefined> {
  try {
    await using handle = await open(file, 'r');
    const { size } = await handle.stat();
    return size === bytes ? await handle.readFile() : undefined;
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    throw new ApiFault('refused', `cannot read ${file}: ${words}`);
  }
}
