/**
 * Local songs -> the URLs that stand for them. Each content is uploaded at most once in a run, however
 * many jobs want it, and not at all where an earlier run or another batch has put it to a place where it
 * still is. A memory that fails costs an upload more, never a run.
 */
import { DiskFault } from '../job/disk-fault.ts';
import type { LocalFile } from '../manifest/parameters.ts';
import type { JobPorts, UploadMemory } from './ports.ts';

/** @param suspect with this URL a task has failed: it may have expired since it was looked at */
export type UrlOf = (file: LocalFile, suspect?: string) => Promise<string>;

/**
 * @param signal aborted when nothing more is submitted, so that no URL is of use any more
 * @returns rejects with `ApiFault` where the song cannot be uploaded, or with the signal's reason
 */
export function createUploads(
  { api, uploads }: Pick<JobPorts, 'api' | 'uploads'>,
  signal: AbortSignal,
  trouble: (message: string) => void,
): UrlOf {
  const urls = new Map<string, Promise<string>>();
  let memory = uploads;

  async function find(file: LocalFile): Promise<string> {
    const { sha256 } = file;
    const onWait = () => {
      trouble(`another run is uploading ${file.file}: waiting for it, five minutes at most`);
    };
    const release = await ask((known) => known.reserve(sha256, signal, onWait));
    try {
      const known = await ask((memory) => stillThere(memory, sha256, signal));
      if (known !== undefined) return known;
      const url = await api.upload(file, signal);
      await ask((memory) => {
        memory.remember(sha256, url);
      });
      return url;
    } finally {
      release?.();
    }
  }

  async function findAgain(file: LocalFile, known: Promise<string>, suspect: string) {
    // Without a memory there is nobody to look whether it is gone.
    return memory !== undefined && (await known) === suspect ? find(file) : known;
  }

  /** Undefined also where there is no memory that works. */
  async function ask<Value>(
    question: (memory: UploadMemory) => Value | Promise<Value>,
  ): Promise<Value | undefined> {
    if (memory === undefined) return undefined;
    try {
      return await question(memory);
    } catch (error) {
      if (!(error instanceof DiskFault)) throw error;
      memory = undefined;
      trouble(`${error.message}; reference songs are uploaded once more`);
      return undefined;
    }
  }

  return (file, suspect) => {
    const known = urls.get(file.sha256) ?? find(file);
    const url = suspect === undefined ? known : findAgain(file, known, suspect);
    urls.set(file.sha256, url);
    return url;
  };
}

async function stillThere(
  memory: UploadMemory,
  sha256: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const url = memory.recall(sha256);
  return url === undefined || (await memory.isGone(url, signal)) ? undefined : url;
}
