/**
 * A thread that renders one song after the other for `pool.ts`. In: song parameters. Out: the file.
 * A song that cannot be made ends the thread, and `pool.ts` hears why.
 */
import { parentPort } from 'node:worker_threads';

import { renderSong } from './render.ts';
import type { SongParameters } from './song-parameters.ts';

parentPort?.on('message', (song: SongParameters) => {
  const file = renderSong(song);
  parentPort?.postMessage(file, [file.buffer]);
});
