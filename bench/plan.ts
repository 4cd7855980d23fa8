/**
 * Time and peak memory of `plan` for a million combinations of five axes, with include and exclude: where
 * the manifest's shape proves that all jobs differ, and where each must be looked at.
 *
 *     npm run bench:plan
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { machine, measure, median, songbatch } from './measure.ts';

const runs = 3;
const folder = mkdtempSync(join(tmpdir(), 'songbatch-plan-'));

/** @param repeats whether two of the tags are the same under two labels */
function manifest(name: string, { repeats = false, more = '' } = {}): string {
  const songs = numbers(20).map((n) => `    - { id: song-${n}, text: "[verse]\\nla ${n}" }`);
  const bands = numbers(10).map((n) => {
    const mood = repeats && n === 2 ? moods[0] : moods[n - 1];
    return `    - { id: band-${n}, genre: Pop, instrument: [bass, drums], mood: ${mood ?? ''} }`;
  });
  const path = join(folder, `${name}.yaml`);
  const text = `name: ${name}
defaults: { gender: female, timbre: bright vocal }
matrix:
  lyrics:
${songs.join('\n')}
  reference: [none, ${['a', 'b', 'c', 'd'].map((song) => `'https://example.com/${song}.mp3'`).join(', ')}]
  clone: [vocal, instrumental, both]
  tags:
${bands.join('\n')}
  seed: { from: 1, to: 360 }
exclude:
  - { reference: none, clone: both }
  - { lyrics: song-3, tags: band-7 }
  - { reference: none, clone: instrumental, seed: 5 }
include:
  - { lyrics: song-1, gender: male }
  - { lyrics: { id: coda, text: "[outro]\\nla" }, reference: none, clone: vocal, tags: band-1, seed: 1 }
output: { dir: out, name: '{lyrics}/{reference}-{clone}/{tags}_s{seed}' }
${more}
`;
  writeFileSync(path, text);
  return path;
}

const moods = 'happy sad dark Calm Upbeat romantic emotional Energetic Nostalgic Hopeful'.split(
  ' ',
);

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}

const million = manifest('million');
const twice = manifest('twice', { repeats: true });
const drawn = manifest('drawn', { more: 'sample: { jobs: 1000 }' });
const saved = join(folder, 'plan.json');
const cases = [
  { name: '`plan`', words: ['plan', million], target: '4 s, 150 MB' },
  {
    name: '`plan --json --limit 20`',
    words: ['plan', million, '--json', '--limit', '20'],
    target: '0.3 s',
  },
  {
    name: '`plan`, a tenth buys what another tenth buys',
    words: ['plan', twice],
    target: '4 s, 150 MB',
  },
  { name: '`plan`, `sample` of 1,000', words: ['plan', drawn], target: '4 s, 150 MB' },
  { name: '`plan --only clone=vocal`', words: ['plan', million, '--only', 'clone=vocal'] },
  { name: '`plan --save`', words: ['plan', million, '--save', saved] },
  { name: '`run --plan --dry-run`', words: ['run', '--plan', saved, '--dry-run'] },
];

// Without an account there is nobody to ask for the price.
const environment = { PATH: process.env['PATH'] };
process.stdout.write(`${machine()}, median of ${runs}; about 1,000,000 combinations\n\n`);
process.stdout.write(`| command | target | s | s of CPU | peak MB |\n`);
process.stdout.write(`| --- | --- | --- | --- | --- |\n`);
for (const { name, words, target = '' } of cases) {
  const measures = [];
  for (let run = 0; run < runs; run++) {
    measures.push(await measure({ words: [songbatch, ...words], environment }));
  }
  const seconds = median(measures.map((each) => each.seconds)).toFixed(2);
  const cpu = median(measures.map(({ cpuSeconds }) => cpuSeconds)).toFixed(2);
  const memory = Math.max(...measures.map((each) => each.memory)).toFixed(0);
  process.stdout.write(`| ${name} | ${target} | ${seconds} | ${cpu} | ${memory} |\n`);
}
rmSync(folder, { recursive: true });
