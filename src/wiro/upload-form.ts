/** The multipart form of File/Upload, streamed from disk. */
import { openAsBlob } from 'node:fs';
import { extname } from 'node:path';
import { FormData } from 'undici';
import { ApiFault } from '../job/api-fault.ts';
import type { LocalFile } from '../manifest/parameters.ts';

const mediaTypes: Readonly<Record<string, string>> = {
  '.mp3': 'audio/mpeg',
  '.wav': 'audio/wav',
  '.m4a': 'audio/mp4',
};

/** @throws ApiFault `refused` when the file is not there any more, or not the one that was hashed */
export async function uploadForm(source: LocalFile): Promise<FormData> {
  const extension = extname(source.file).toLowerCase();
  const type = mediaTypes[extension] ?? 'application/octet-stream';
  const blob = await openOrRefuse(source.file, type);
  if (blob.size !== source.bytes) {
    throw new ApiFault(
      'refused',
      `${source.file} has changed since the manifest was read; run the same command again`,
    );
  }
  const form = new FormData();
  // Named by content: what files are called on this machine is nobody else's business.
  form.append('file', blob, `${source.sha256.slice(0, 32)}${extension}`);
  return form;
}

async function openOrRefuse(file: string, type: string): Promise<Blob> {
  try {
    return await openAsBlob(file, { type });
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    throw new ApiFault('refused', `cannot read ${file}: ${words}`);
  }
}
