/** The manifest of the winners: the same batch, narrowed, whatever the manifest that it comes from. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import fc from '../fast-check.ts';
import type { Batch } from '../../src/batch/batch.ts';
import { loadBatch } from '../../src/batch/batch.ts';
import { writeWinners } from '../../src/batch/winners.ts';
import type { PlannedJob } from '../../src/plan/candidates.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'songbatch-winners-'));
  mkdirSync(join(folder, 'lyrics'));
  for (const [index, name] of ['fade', 'glow', 'hum', '[odd]', 'plain'].entries()) {
    writeFileSync(join(folder, 'lyrics', `${name}.txt`), `[verse]\nMy song number ${index}\n`);
  }
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function load(path: string): Promise<Batch> {
  const place = { environment: {}, workingDirectory: folder, config: {} };
  return loadBatch(path, { date: '2026-11-22' }, place, () => undefined);
}

async function loadText(text: string): Promise<Batch> {
  writeFileSync(join(folder, 'm.yaml'), text);
  return load('m.yaml');
}

let written = 0;

/** Written, and read again. */
async function winnersOf(
  batch: Batch,
  wanted: Iterable<PlannedJob>,
  into = '.',
  isFolderGiven = false,
) {
  const path = join(into, `w${written++}.yaml`);
  await writeWinners(batch, undefined, {
    wanted: new Set([...wanted].map(({ id }) => id)),
    choice: { by: 'jobs', most: 3 },
    path,
    workingDirectory: folder,
    values: { date: '2026-11-22' },
    isFolderGiven,
  });
  return { text: readFileSync(join(folder, path), 'utf8'), batch: await load(path) };
}

const defaults = {
  prompt: '[verse]\nHello',
  genre: ['Pop'],
  instrument: ['guitar'],
  mood: ['happy'],
  gender: ['female'],
  timbre: ['bright vocal'],
};
const head = `name: test
defaults: ${JSON.stringify(defaults)}
`;

const jobsOf = ({ plan }: Batch) => [...plan.planned()];

const named = (batch: Batch, ...outputs: string[]) =>
  jobsOf(batch).filter(({ output }) => outputs.includes(output));

describe('the text', () => {
  test('keeps what was written, and says where seeds are added', async () => {
    const batch = await loadText(`# yaml-language-server: $schema=schemas/manifest.schema.json
# My batch.
name: test
defaults: { prompt: "[verse]\\nHello", gender: female }

# What is swept.
matrix:
  lyrics:
    - lyrics/{fade,glow,hum}.txt # not the odd one
    - { id: own, text: "[verse]\\nMy own" }
  clone: [vocal, both] # both is loud
  seed: { from: 1, to: 8 } # eight
exclude:
  # not on that one
  - { lyrics: hum, seed: 2 }
  - { lyrics: fade, clone: both }
sample: { jobs: 500 }
limits: { tasks: 2 } # slowly
output:
  dir: out/nightly/{date}
  name: "{lyrics}/{clone}_{seed}"
`);
    const { text } = await winnersOf(
      batch,
      named(batch, 'fade/vocal_2', 'fade/vocal_3', 'hum/both_3'),
      'elsewhere',
    );
    expect(text).toBe(`# The best of test: songbatch rank --select top=3.
# The same batch, narrowed: its name and its folder say so, and nothing is bought twice.

# yaml-language-server: $schema=../schemas/manifest.schema.json
# My batch.
name: test
defaults: { prompt: "[verse]\\nHello", gender: female }

# What is swept.
matrix:
  lyrics:
    - ../lyrics/fade.txt
    - ../lyrics/hum.txt
  clone: [ vocal, both ] # both is loud
  # More seeds are bought by adding them here: [7, 8, 9], or a range such as { from: 1, to: 40 }.
  seed: [ 2, 3 ] # eight
exclude:
  # not on that one
  - { lyrics: hum, seed: 2 }
  - { lyrics: fade, clone: both }
  # What none of the winners is, and what was never bought.
  - { lyrics: hum, clone: vocal }
limits: { tasks: 2 } # slowly
output:
  dir: out/nightly/2026-11-22
  name: "{lyrics}/{clone}_{seed}"
`);
  });

  test('has one line to add seeds to: nothing else is bought', async () => {
    const batch = await loadText(`${head}matrix: { clone: [vocal, both], seed: [1, 2, 3] }`);
    const { text } = await winnersOf(batch, named(batch, 'vocal_s1', 'both_s2'));
    const more = text.replace('seed: [ 1, 2 ]', 'seed: [ 1, 2, 40, 41 ]');
    const bought = jobsOf(await loadText(more)).map(({ output }) => output);
    expect(bought.sort()).toEqual([
      'both_s1',
      'both_s2',
      'both_s40',
      'both_s41',
      'vocal_s1',
      'vocal_s2',
      'vocal_s40',
      'vocal_s41',
    ]);
  });

  test('names the files of a glob: one that comes later is not bought', async () => {
    const batch = await loadText(
      `${head}matrix: { lyrics: ["lyrics/{g,h,u}*.txt"], clone: [both] }`,
    );
    expect(jobsOf(batch).map(({ output }) => output)).toEqual(['glow_both', 'hum_both']);
    const { text } = await winnersOf(batch, jobsOf(batch));
    expect(text).toContain('lyrics: [ lyrics/glow.txt, lyrics/hum.txt ]');
    const late = join(folder, 'lyrics/ultimate.txt');
    writeFileSync(late, '[verse]\nToo late\n');
    const later = jobsOf(await loadText(text)).length;
    rmSync(late);
    expect(later).toBe(2);
  });

  test('lies where the batch lies, also where only --out said so', async () => {
    for (const written of ['', 'output: { dir: "out/{date}" }\n']) {
      const batch = await loadText(`${head}${written}matrix: { seed: [1, 2] }`);
      const dir = join(folder, 'elsewhere');
      const { manifest } = batch;
      const output = { ...manifest.output, dir };
      const elsewhere = { ...batch, outputDir: dir, manifest: { ...manifest, output } };
      const winners = await winnersOf(elsewhere, jobsOf(batch).slice(0, 1), '.', true);
      expect(winners.batch.outputDir).toBe(join(folder, 'elsewhere'));
      expect(winners.text).not.toContain('{date}');
    }
  });

  test('loses nothing with an anchor that goes', async () => {
    const batch = await loadText(`${head}matrix:
  tags:
    - { id: one, genre: &loud [rock, punk] }
    - { id: two, genre: *loud, mood: Calm }
  seed: [1]
`);
    const { text } = await winnersOf(batch, named(batch, 'two_s1'));
    expect(text).toContain('{ id: two, genre: [ rock, punk ], mood: Calm }');
    expect(text).not.toContain('loud');
  });

  test('gives an entry of include the value that it names, where that goes from the matrix', async () => {
    const batch = await loadText(`${head}matrix:
  tags: [{ id: one, genre: rock }, { id: two, genre: jazz }]
  seed: [1, 2]
include:
  - { tags: two, seed: 9 }
  - { tags: { id: three, genre: Pop }, seed: 8 }
  - { tags: three, seed: 9 }
`);
    const { text } = await winnersOf(batch, named(batch, 'one_s1', 'two_s9', 'three_s9'));
    expect(text).toContain('- { tags: { id: two, genre: jazz }, seed: 9 }');
    expect(text).toContain('- { tags: { id: three, genre: Pop }, seed: 9 }');
    expect(text).not.toContain('seed: 8');
  });

  test('keeps the names of songs where there is no matrix', async () => {
    const batch = await loadText(`${head}include:
  - { clone: vocal, seed: 1 }
  - { clone: both }
`);
    const [first] = jobsOf(batch);
    const { batch: narrowed } = await winnersOf(batch, first ? [first] : []);
    expect(jobsOf(narrowed).map(({ output }) => output)).toEqual(['vocal']);
  });

  test('with copies the sample stays, and draws what it drew', async () => {
    const batch = await loadText(`${head}matrix: { clone: [vocal, both], seed: { from: 1, to: 20 } }
repeat: 2
sample: { jobs: 9, seed: 1 }
`);
    const drawn = jobsOf(batch);
    const { batch: narrowed } = await winnersOf(batch, drawn.slice(0, 2));
    const ids = new Set(drawn.map(({ id }) => id));
    expect(jobsOf(narrowed).filter(({ id }) => !ids.has(id))).toEqual([]);
    expect(jobsOf(narrowed).length).toBeLessThan(9);
  });
});

describe('what is refused', () => {
  test('a file that is there already', async () => {
    const batch = await loadText(`${head}matrix: { seed: [1, 2] }`);
    writeFileSync(join(folder, `w${written}.yaml`), '');
    const refusal = await winnersOf(batch, named(batch, 's1')).catch((error: unknown) => error);
    expect(refusal).toMatchObject({ name: 'UsageError' });
    expect(String(refusal)).toMatch(/is there already, and a manifest is never overwritten/);
  });

  test('winners that have so little in common that the rest would be a book', async () => {
    const parameters = Array.from({ length: 50 }, (_, steps) => ({ id: `t${steps}`, steps }));
    const lyrics = parameters.map(({ id }) => ({ id, text: `[verse]\nThis is ${id}` }));
    const batch = await loadText(
      stringify({ name: 'test', defaults, matrix: { lyrics, parameters } }),
    );
    const diagonal = jobsOf(batch).filter(
      ({ coordinates }) => coordinates.lyrics === coordinates.parameters,
    );
    const refusal = await winnersOf(batch, diagonal).catch((error: unknown) => error);
    expect(refusal).toMatchObject({ name: 'UsageError' });
    expect(String(refusal)).toMatch(/the 50 jobs have too little in common/);
  });
});

const matrices = fc.record(
  {
    lyrics: fc.constantFrom<unknown[]>(
      ['lyrics/*.txt'],
      ['lyrics/{fade,glow}.txt', { id: 'own', text: '[verse]\nMy own\n' }],
      [{ id: 'x', file: 'lyrics/plain.txt' }, './lyrics/hum.txt', '[chorus]\nOn the spot'],
    ),
    reference: fc.constant(['none', { id: 'neon', url: 'https://example.com/neon.mp3' }]),
    clone: fc.constantFrom(['vocal', 'both'], ['instrumental', 'vocal', 'both']),
    tags: fc.constant([
      { id: 'dream', genre: ['Pop'], mood: ['Dreamy'] },
      { id: '7', genre: ['rock'] },
    ]),
    genre: fc.constant([['Pop'], ['rock', 'punk']]),
    seed: fc.constantFrom<unknown>(
      { from: 3, to: 6 },
      { random: 4, from: 9 },
      [1, 2, 30],
      ['1', 2, '70'],
    ),
  },
  { requiredKeys: [] },
);

/** What entries of exclude and include may call values: some are there, some are not. */
const names: Record<string, fc.Arbitrary<unknown>> = {
  lyrics: fc.constantFrom('fade', 'glow', 'x', 'own', 'lyrics/hum.txt'),
  reference: fc.constantFrom('none', 'neon'),
  clone: fc.constantFrom('vocal', 'instrumental', 'both'),
  tags: fc.constantFrom('dream', '7'),
  genre: fc.constantFrom<unknown>(['Pop'], 'rock+punk'),
  seed: fc.constantFrom<unknown>(1, 2, 3, 4, '1'),
};
const newValues: Record<string, fc.Arbitrary<unknown>> = {
  lyrics: fc.constantFrom<unknown>(
    'lyrics/plain.txt',
    { id: 'late', text: '[verse]\nLate' },
    'late',
  ),
  reference: fc.constant('https://example.com/other.mp3'),
  tags: fc.constantFrom<unknown>({ id: 'slow', mood: ['Calm'] }, 'slow'),
  genre: fc.constantFrom(['jazz'], ['rock', 'punk']),
  seed: fc.constantFrom<unknown>(999, 4),
};
const exclusions = fc.record(names, { requiredKeys: [] });
const inclusions = fc.record(
  Object.fromEntries(
    Object.entries(names).map(([axis, name]) => [axis, fc.oneof(name, newValues[axis] ?? name)]),
  ),
  { requiredKeys: [] },
);

const manifests = fc.record({
  matrix: matrices,
  exclude: fc.array(exclusions, { maxLength: 3 }),
  include: fc.array(inclusions, { maxLength: 3 }),
  more: fc.record(
    {
      repeat: fc.constant(2),
      sample: fc.record({ jobs: fc.integer({ min: 2, max: 20 }), seed: fc.nat(5) }),
    },
    { requiredKeys: [] },
  ),
});

interface Parts {
  readonly matrix: object;
  readonly exclude: readonly object[];
  readonly include: readonly object[];
  readonly more: object;
}

/** With those of the entries that make sense in it. */
async function loadParts({ matrix, exclude, include, more }: Parts): Promise<Batch> {
  const kept: Record<string, unknown> = { name: 'test', defaults, ...more };
  if (Object.keys(matrix).length > 0) kept['matrix'] = matrix;
  for (const [key, entries] of [
    ['exclude', exclude],
    ['include', include],
  ] as const) {
    for (const entry of entries) {
      const earlier = kept[key];
      kept[key] = [...(Array.isArray(earlier) ? (earlier as unknown[]) : []), entry];
      try {
        await loadText(stringify(kept));
      } catch {
        if (earlier === undefined) Reflect.deleteProperty(kept, key);
        else kept[key] = earlier;
      }
    }
  }
  // What was tried last may have been refused.
  return loadText(stringify(kept));
}

/** Where it stands on the axes of the matrix but the seed; `include` may say more of some seeds. */
function withoutSeed({ coordinates }: PlannedJob, matrix: object): string {
  const axes = Object.keys(matrix).filter((axis) => axis !== 'seed');
  return JSON.stringify(axes.map((axis) => (coordinates as Record<string, string>)[axis]));
}

test('whatever is chosen of whatever manifest: those jobs, by their names, and no other but for its seed', async () => {
  let narrowed = 0;
  let beside = 0;
  await fc.assert(
    fc.asyncProperty(
      manifests,
      fc.array(fc.nat(), { minLength: 1, maxLength: 4 }),
      fc.constantFrom('.', 'sub/deep'),
      async (parts, picks, into) => {
        const whole = await loadParts(parts);
        const all = jobsOf(whole);
        const wanted = picks.flatMap((pick) => all[pick % all.length] ?? []);
        const { batch } = await winnersOf(whole, wanted, into);
        const found = new Map(jobsOf(batch).map((job) => [job.id, job]));
        for (const { id, output } of wanted) expect(found.get(id)?.output).toBe(output);

        const wholeIds = new Set(all.map(({ id }) => id));
        const others = new Set(wanted.map((job) => withoutSeed(job, parts.matrix)));
        for (const [id, job] of found) {
          expect(wholeIds.has(id)).toBe(true);
          expect(others.has(withoutSeed(job, parts.matrix))).toBe(true);
        }
        if (found.size < all.length) narrowed++;
        if (found.size > new Set(wanted.map(({ id }) => id)).size) beside++;
      },
    ),
    { numRuns: 25 },
  );
  // The manifests were such that there was something to do.
  expect(narrowed).toBeGreaterThan(5);
  expect(beside).toBeGreaterThan(0);
});
