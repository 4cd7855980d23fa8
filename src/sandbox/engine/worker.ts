/**
 * A thread that renders one song after the other for `pool.ts`. In: song parameters and how to render
 * them. Out: the song. One that cannot be made ends the thread, and `pool.ts` hears why.
 */
import { parentPort } from 'node:worker_threads';

import type { RenderOrder } from './pool.ts';
import { renderSong } from './render.ts';

parentPort?.on('message', ({ song, rendering }: RenderOrder) => {
  void renderSong(song, rendering).then((rendered) => {
    parentPort?.postMessage(rendered, [rendered.file.buffer]);
  });
});
