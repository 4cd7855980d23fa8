/** A thread that keeps pictures of one song, again and again, and says how often it could not. */
import { parentPort, workerData } from 'node:worker_threads';
import { writePictures } from '../../src/outputs/pictures.ts';

const { folder, sha256 } = workerData as { readonly folder: string; readonly sha256: string };
const waveform = { lows: Array.from({ length: 1000 }, () => -1) };
const spectrogram = new Uint8Array(30_000);

let faults = 0;
for (let times = 0; times < 100; times++) {
  await writePictures(folder, sha256, { waveform, spectrogram }).catch(() => faults++);
}
parentPort?.postMessage(faults);
