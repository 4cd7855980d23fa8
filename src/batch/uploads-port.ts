/** What the run remembers of uploads beyond itself: a file beside the states, and a look at what it says. */
import { dirname, join } from 'node:path';
import type { UploadMemory } from '../run/ports.ts';
import { openUploadsFile } from '../state/uploads-file.ts';
import { createFilePresence } from '../wiro/file-presence.ts';
import { addressOf } from './service.ts';

/** Nothing is opened before a job has a local song. */
export function uploadsBeside(
  statePath: string,
  { base, key }: { readonly base: URL; readonly key: string },
): UploadMemory & { readonly close: () => Promise<void> } {
  const path = join(dirname(statePath), 'uploads.sqlite');
  const { close, ...file } = openUploadsFile(path, `${addressOf(base)}\n${key}`);
  const presence = createFilePresence();
  return {
    ...file,
    isGone: presence.isGone,
    close: () => {
      close();
      return presence.close();
    },
  };
}
