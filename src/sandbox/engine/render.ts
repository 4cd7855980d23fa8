/**
 * The engine from outside: song parameters in, the bytes of a file out. Pure: the same parameters
 * give the same bytes, on any machine.
 */
import { encode } from './encode/encode.ts';
import { labelFor } from './encode/label.ts';
import { record } from './mix/mix.ts';
import type { RenderedSong } from './pool.ts';
import { type Rendering, usualRendering } from './rendering.ts';
import { compose } from './score/compose.ts';
import type { SongParameters } from './song-parameters.ts';
import { sampleRate } from './sound.ts';
import { firstLine } from './words/lyrics.ts';

export async function renderSong(
  song: SongParameters,
  { format, longest }: Rendering = usualRendering,
): Promise<RenderedSong & { readonly file: Uint8Array<ArrayBuffer> }> {
  const sound = record(compose(song, longest));
  const file = await encode(sound, format, labelFor(firstLine(song.lyrics)));
  return { file, seconds: sound.left.length / sampleRate };
}
