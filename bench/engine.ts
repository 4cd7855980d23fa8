/**
 * How fast the engine sings: seconds of audio for each second of CPU, by genre and format, in one thread.
 * Not by the wall clock, which other work on the machine slows down.
 */
import { availableParallelism } from 'node:os';
import { readFileSync } from 'node:fs';

import type { SongFormat } from '../src/sandbox/engine/encode/format.ts';
import { createEnginePool } from '../src/sandbox/engine/pool.ts';
import { renderSong } from '../src/sandbox/engine/render.ts';
import type { SongParameters } from '../src/sandbox/engine/song-parameters.ts';

const lyrics = readFileSync(
  new URL('../examples/batches/lyrics/fade.txt', import.meta.url),
  'utf8',
);

function songOf(genre: string): SongParameters {
  return {
    lyrics,
    reference: '',
    clone: 'vocal',
    genre: [genre],
    instrument: ['None'],
    mood: ['emotional'],
    gender: ['female'],
    timbre: ['clear vocal'],
    seed: '1',
  };
}

async function measure(name: string, work: () => Promise<number>): Promise<void> {
  const before = process.cpuUsage();
  const began = performance.now();
  const audio = await work();
  const { user, system } = process.cpuUsage(before);
  const cpu = (user + system) / 1e6;
  const wall = (performance.now() - began) / 1000;
  const rate = (audio / cpu).toFixed(1).padStart(6);
  process.stdout.write(
    `${name.padEnd(24)} ${audio.toFixed(1).padStart(6)} s of audio  ${rate} a CPU second  ${(audio / wall).toFixed(1).padStart(6)} a second\n`,
  );
}

const render = async (genre: string, format: SongFormat = 'wav'): Promise<number> =>
  (await renderSong(songOf(genre), { format, longest: 360 })).seconds;

await render('Pop');
for (const genre of ['Pop', 'Death Metal', 'jazz', 'House', 'orchestral', 'ambient']) {
  await measure(genre, () => render(genre));
}
for (const format of ['mp3', 'flac'] as const) {
  await measure(`Pop, ${format}`, () => render('Pop', format));
}

const pool = createEnginePool(availableParallelism());
const genres = ['Pop', 'rock', 'jazz', 'Folk', 'House', 'Soul', 'Reggae', 'Latin'];
// The threads read the dictionary once; that is not what is measured.
await Promise.all(genres.map((genre) => pool.render({ ...songOf(genre), lyrics: '[verse]\nla' })));
await measure(`${genres.length} songs in threads`, async () => {
  const songs = await Promise.all(genres.map((genre) => pool.render(songOf(genre))));
  return songs.reduce((sum, { seconds }) => sum + seconds, 0);
});
await pool.close();
process.stdout.write(`memory at most ${Math.round(process.resourceUsage().maxRSS / 1024)} MB\n`);
