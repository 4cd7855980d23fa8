/**
 * Where the songs of a schedule go, whatever the day: the folder that all of its batches share. Whoever adds the
 * schedule makes it and leaves a mark, and a worker that does not see the mark begins nothing: its songs would go to
 * a place that is not mounted, and nobody would find them. A bucket is the same from everywhere.
 */
import { access, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DiskFault } from '../job/disk-fault.ts';
import { isRemote } from '../manifest/s3-place.ts';
import { isInside } from '../outputs/folders.ts';
import { folderOf } from './bundle.ts';
import { prepareOutputs } from './outputs-port.ts';
import type { KeptSchedule } from './schedule.ts';

const markName = '.songbatch-schedules';
const markText =
  'A machine that does not see this file begins no scheduled batch below this folder.\n';

/** Absolute; undefined where songs go to a bucket. */
async function sharedFolder({ bundle }: Pick<KeptSchedule, 'bundle'>): Promise<string | undefined> {
  // Any two moments that share neither day nor run.
  let folder = await folderOf(bundle, { date: '1970-01-01', runId: 'one' });
  if (isRemote(folder)) return undefined;
  const other = await folderOf(bundle, { date: '2038-12-31', runId: 'other' });
  while (!isInside(folder, other)) folder = dirname(folder);
  return folder;
}

/** Throws `UsageError` where another folder must be chosen, `OutputError` or `DiskFault`. */
export async function markSharedFolder(schedule: Pick<KeptSchedule, 'bundle'>): Promise<void> {
  const folder = await sharedFolder(schedule);
  if (folder === undefined) return;
  await prepareOutputs(folder);
  const mark = join(folder, markName);
  try {
    await writeFile(mark, markText);
  } catch (error) {
    throw new DiskFault(`${mark} cannot be written: ${String(error)}`, { cause: error });
  }
}

/** Undefined: it is here; else what is wrong. */
export async function missingFolder(
  schedule: Pick<KeptSchedule, 'bundle'>,
): Promise<string | undefined> {
  const folder = await sharedFolder(schedule);
  if (folder === undefined) return undefined;
  try {
    await access(join(folder, markName));
    return undefined;
  } catch {
    return `${folder} is not the folder that the schedule was added with, as seen from this machine: mount it at the same place everywhere, or add the schedule again from here`;
  }
}
