/**
 * How long short commands take, beside Node that does nothing, started in turn with them: the floor.
 *
 *     npm run bench:start
 */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { at, machine, measure, median, songbatch } from './measure.ts';

const runs = 15;
const quickstart = at('../examples/batches/quickstart.yaml');
/** Where nobody has made any song: the demo's are in the manifest's own folder. */
const nowhere = join(tmpdir(), 'songbatch-bench-no-songs');
const commands = [
  { name: '`node -e 0`', words: ['-e', '0'] },
  { name: '`songbatch --version`', words: [songbatch, '--version'], target: '1.3x' },
  { name: '`songbatch --help`', words: [songbatch, '--help'] },
  { name: '`songbatch lint`', words: [songbatch, 'lint', quickstart] },
  {
    name: '`songbatch plan`',
    words: [songbatch, 'plan', quickstart, '--out', nowhere],
    target: '0.25 s',
  },
];

const measures = commands.map(() => ({ seconds: [] as number[], cpu: [] as number[] }));
for (let run = 0; run < runs; run++) {
  for (const [index, { words }] of commands.entries()) {
    const { seconds, cpuSeconds } = await measure({ words });
    measures[index]?.seconds.push(seconds);
    measures[index]?.cpu.push(cpuSeconds);
  }
}

const floor = median(measures[0]?.seconds ?? []);
process.stdout.write(`${machine()}, median of ${runs}; quickstart.yaml\n\n`);
process.stdout.write(`| command | target | s | s of CPU | beside bare Node |\n`);
process.stdout.write(`| --- | --- | --- | --- | --- |\n`);
for (const [index, { name, target = '' }] of commands.entries()) {
  const { seconds = [], cpu = [] } = measures[index] ?? {};
  const [took, used] = [median(seconds), median(cpu)];
  process.stdout.write(
    `| ${name} | ${target} | ${took.toFixed(3)} | ${used.toFixed(3)} | ${(took / floor).toFixed(2)}x |\n`,
  );
}
