/**
 * A thread of a run's ears: measures songs, and keeps their pictures beside them without a detour through
 * the thread of the run, which has enough to do.
 */
import { workerData } from 'node:worker_threads';
import { measureFile } from '../audio/measure-file.ts';
import { serveOrders } from '../audio/serve-orders.ts';
import { withoutFingerprint } from '../job/measures.ts';
import { OutputError } from '../outputs/output-error.ts';
import { writePictures } from '../outputs/pictures.ts';

/** What such a thread is told when it starts. */
export interface EarsThread {
  /** The output folder, absolute. */
  readonly dir: string;
}

const { dir } = workerData as EarsThread;

serveOrders(async (order, witness) => {
  const { measured, pictures } = await measureFile(order, witness);
  // The fingerprint is with the pictures: a kilobyte a song, in the state, would be most of that.
  const heard = { measured: withoutFingerprint(measured) };
  if (!pictures || order.sha256 === undefined) return heard;
  try {
    await writePictures(dir, order.sha256, pictures);
    return heard;
  } catch (error) {
    if (!(error instanceof OutputError)) throw error;
    return { ...heard, fault: error.message };
  }
});
