/**
 * Parts of downloads where many processes write to one folder: each has its own, `.<job>-<process>.part`. One
 * that its process will not come back for is taken away by who brought the song home in its place. Whoever comes back
 * all the same writes to a file without a name then, and finds the song there when it tries again.
 */
import { readdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { JobId } from '../job/job.ts';
import { placeFor } from './folders.ts';
import { onDisk } from './output-error.ts';

/** Names differ by these digits of the job's id. */
const beginningOf = (id: JobId) => `.${id.slice(0, 16)}-`;

/** What the name of a part begins with. @param place absolute, of the song */
export function sharedPlace(place: string, id: JobId, process: string): string {
  return join(dirname(place), `${beginningOf(id)}${process}`);
}

/**
 * @param dir the output folder, absolute
 * @param name below it, of a song of the job; the parts lie beside it
 * @throws OutputError
 */
export async function removeParts(dir: string, name: string, id: JobId): Promise<void> {
  const folder = dirname(await placeFor(dir, name));
  await onDisk(folder, async () => {
    for (const file of await readdir(folder)) {
      const isPart = file.startsWith(beginningOf(id)) && /\.part(\.json)?$/.test(file);
      if (isPart) await rm(join(folder, file), { force: true });
    }
  });
}
