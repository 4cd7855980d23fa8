/** A batch that was bundled is the same batch where its files are not. */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import fc from '../fast-check.ts';
import type { Batch } from '../../src/batch/batch.ts';
import { loadBatch } from '../../src/batch/batch.ts';
import type { Bundle, BundleFlags, MomentValues } from '../../src/batch/bundle.ts';
import { bundleBatch, folderOf, loadBundle, refuseForeignBundle } from '../../src/batch/bundle.ts';
import type { Config } from '../../src/batch/config.ts';
import { ManifestError } from '../../src/batch/manifest-error.ts';
import { UsageError } from '../../src/batch/usage-error.ts';
import { renderProblem } from '../../src/manifest/frame.ts';
import { modelFileText } from '../../src/manifest/model-file.ts';
import { yueModel } from '../../src/manifest/yue.ts';

const moment: MomentValues = { date: '2026-11-22', runId: 'tick-1' };
const verse = (words: string) => `[verse]\n${words}\n`;
const wav = Buffer.concat([Buffer.from('RIFF\0\0\0\0WAVEfmt '), Buffer.alloc(100)]);

/** Files by their path below a folder of the test's own. */
type Files = Readonly<Record<string, string | Uint8Array>>;

function folderWith(files: Files): string {
  const folder = mkdtempSync(join(tmpdir(), 'songbatch-bundle-'));
  onTestFinished(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return folder;
}

interface Surroundings {
  readonly environment?: NodeJS.ProcessEnv;
  readonly config?: Config;
}

/** Through text, as it travels. */
async function bundled(
  folder: string,
  path: string,
  flags: BundleFlags = {},
  { environment = {}, config = {} }: Surroundings = {},
  warnings: string[] = [],
): Promise<Bundle> {
  const bundle = await bundleBatch(
    path,
    flags,
    { workingDirectory: folder, environment, config },
    moment,
    (warning) => warnings.push(renderProblem(warning)),
    undefined,
  );
  return JSON.parse(JSON.stringify(bundle)) as Bundle;
}

async function loaded(bundle: Bundle, at = moment, warnings: string[] = []): Promise<Batch> {
  refuseForeignBundle(bundle, 'it');
  return loadBundle(bundle, at, (warning) => warnings.push(renderProblem(warning)), undefined);
}

/** What is wrong with it, as it is shown. */
async function problemsOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    if (error instanceof ManifestError) return error.problems.map(renderProblem).join('\n');
    throw error;
  }
  return '';
}

/** All that makes a batch what it is; its functions by what they answer. */
function whatIs({ manifest, plan, selection, outputDir, statePath, model, shownAs }: Batch) {
  const { axes, ...rest } = manifest;
  return {
    manifest: { ...rest, output: { ...rest.output, dirOn: rest.output.dirOn?.('2026-12-24') } },
    labels: axes.map(({ size, at }) => Array.from({ length: size }, (_, index) => at(index))),
    plan: plan.digest(),
    jobs: plan.jobs,
    selection,
    outputDir,
    statePath,
    model,
    shownAs,
  };
}

describe('any manifest', () => {
  const lyrics = {
    'lyrics/home.txt': verse('Home before the rain'),
    'lyrics/dusk.txt': verse('Dusk on the water'),
    'lyrics/deep/well.txt': verse('Deep in the well'),
  };
  const entry = fc.constantFrom(
    'lyrics/home.txt',
    '{ id: inner, text: "[verse]\\nOnly here" }',
    '{ id: named, file: lyrics/dusk.txt }',
    '"lyrics/*.txt"',
    '"lyrics/**/*.txt"',
    // A mistake: it is told in the same words, and nothing is bundled.
    'lyrics/gone.txt',
  );
  const parts = fc.record({
    lyrics: fc.uniqueArray(entry, { minLength: 1, maxLength: 2 }),
    references: fc.subarray(['none', '"https://example.com/a.mp3"', '{ file: songs/own.wav }']),
    seeds: fc.constantFrom('[1, 2]', '{ from: 1, to: 30 }', '{ random: 9, from: 4 }'),
    more: fc.subarray([
      'repeat: 2',
      'sample: { jobs: 3, seed: 5 }',
      'limits: { budget: 2.50, tasks: 3 }',
      'exclude: [{ seed: 1 }]',
      'include: [{ lyrics: { id: extra, file: lyrics/deep/well.txt }, seed: 99 }]',
    ]),
    dir: fc.constantFrom('out', 'out/{date}', 'out/{runId}/{env.BRANCH}', '/srv/songs/{date}'),
    prefix: fc.constantFrom('', '{env.BRANCH}/', '{date}-'),
    flags: fc.record(
      {
        only: fc.constant(['seed=2']),
        skip: fc.constant(['seed=2']),
        out: fc.constant('elsewhere'),
      },
      { requiredKeys: [] },
    ),
    ownModel: fc.boolean(),
    shownAs: fc.constantFrom('batches/m.yaml', './batches/../batches/m.yaml'),
  });

  type Parts = typeof parts extends fc.Arbitrary<infer Made> ? Made : never;

  function manifestText({ lyrics, references, seeds, more, dir, prefix }: Parts): string {
    const hasSongs = references.length > 0;
    return `name: any
defaults: { genre: Pop, instrument: Piano, mood: happy, gender: female }
matrix:
  lyrics: [${lyrics.join(', ')}]
  seed: ${seeds}
  ${hasSongs ? `reference: [${references.join(', ')}]\n  clone: [vocal]` : ''}
${more.join('\n')}
output: { dir: "${dir}", name: "${prefix}{lyrics}/{seed}_{repeat}${hasSongs ? '_{reference}' : ''}" }
`;
  }

  test('and its files are read from a bundle as from the disk, mistakes and warnings included', async () => {
    const config = { env: ['BRANCH', 'OTHER'] };
    const environment = { BRANCH: 'feature/dusk', OTHER: 'unused' };
    let right = 0;
    const property = fc.asyncProperty(parts, async (made) => {
      const text = manifestText(made);
      const files = Object.entries(lyrics).map(([name, words]) => [`batches/${name}`, words]);
      const folder = folderWith({
        'batches/m.yaml': text,
        ...(Object.fromEntries(files) as Files),
        'batches/songs/own.wav': wav,
        ...(made.ownModel && { [`.songbatch/models/${yueModel}.json`]: ownYue }),
      });
      const place = { workingDirectory: folder, environment, config };
      const heard: string[][] = [[], [], []];
      const whole = { ...made.flags, ...moment };
      const read = () =>
        loadBatch(made.shownAs, whole, place, (each) => heard[0]?.push(renderProblem(each)));
      const mistakes = await problemsOf(read());
      const make = () => bundled(folder, made.shownAs, made.flags, place, heard[1]);
      if (mistakes !== '') {
        expect(await problemsOf(make())).toBe(mistakes);
        return;
      }
      right++;
      heard[0] = [];
      const wanted = whatIs(await read());
      const bundle = await make();
      // All but the songs, which do not travel.
      for (const name of ['batches/m.yaml', 'batches/lyrics', '.songbatch']) {
        rmSync(join(folder, name), { recursive: true, force: true });
      }
      expect(whatIs(await loaded(bundle, moment, heard[2]))).toEqual(wanted);
      expect(heard[1]).toEqual(heard[0]);
      expect(heard[2]).toEqual(heard[0]);
      expect(JSON.stringify(bundle)).not.toContain('unused');
    });
    await fc.assert(property, { numRuns: 60 });
    expect(right).toBeGreaterThan(10);
  });
});

const ownYue = modelFileText({
  model: yueModel,
  parameters: ['prompt', 'genre', 'instrument', 'mood', 'gender', 'seed', 'inputAudioUrl'].map(
    (id) => ({
      id,
      type: 'text',
      label: id,
      required: false,
      default: '',
      options: undefined,
      note: '',
    }),
  ),
});

describe('the examples', () => {
  const examples = resolve(import.meta.dirname, '../../examples/batches');
  const names = readdirSync(examples).filter((name) => name.endsWith('.yaml'));

  test.each(names)('%s is the same batch on a machine that has not got its files', async (name) => {
    const folder = folderWith({});
    cpSync(examples, join(folder, 'batches'), { recursive: true });
    const place = { workingDirectory: folder, environment: {}, config: {} };
    const wanted = await loadBatch(`batches/${name}`, moment, place, () => undefined);
    const bundle = await bundled(folder, `batches/${name}`);
    rmSync(join(folder, 'batches'), { recursive: true });
    expect(whatIs(await loaded(bundle))).toEqual(whatIs(wanted));
  });
});

const manifest = (more: string) => `name: night
defaults: { genre: Pop, instrument: Piano, mood: happy, gender: female, timbre: deep vocal }
${more}
`;

describe('a bundle', () => {
  const nightly = manifest(`matrix: { lyrics: ["lyrics/*.txt"] }
output: { dir: "out/{date}/{env.BRANCH}", name: "{runId}/{lyrics}" }`);

  test('leaves the day and the name of the run to whoever begins the batch', async () => {
    const folder = folderWith({ 'm.yaml': nightly, 'lyrics/a.txt': verse('A') });
    const surroundings = { environment: { BRANCH: 'main' }, config: { env: ['BRANCH'] } };
    const bundle = await bundled(folder, 'm.yaml', {}, surroundings);
    const next = await loaded(bundle, { date: '2026-11-23', runId: 'tick-2' });
    expect(next.outputDir).toBe(join(folder, 'out/2026-11-23/main'));
    expect([...next.plan.planned()].map(({ output }) => output)).toEqual(['tick-2/a']);
  });

  test('keeps of the surroundings what the manifest names, and nothing else', async () => {
    const folder = folderWith({ 'm.yaml': nightly, 'lyrics/a.txt': verse('A') });
    const bundle = await bundled(
      folder,
      'm.yaml',
      {},
      {
        environment: { BRANCH: 'main', STAGE: 'hidden-1', WIRO_API_KEY: 'hidden-2' },
        config: {
          env: ['BRANCH', 'STAGE'],
          baseUrl: 'https://hidden-3.example.com',
          webhook: { url: 'https://ci.example.com/?hidden-4' },
        },
      },
    );
    expect(bundle.environment).toEqual({ BRANCH: 'main' });
    expect(JSON.stringify(bundle)).not.toContain('hidden');
  });

  test('is the same where nothing has changed, and another with other lyrics', async () => {
    const folder = folderWith({
      'm.yaml': manifest('matrix: { lyrics: ["lyrics/*.txt"] }'),
      'lyrics/a.txt': verse('A'),
    });
    const first = await bundled(folder, 'm.yaml');
    expect(await bundled(folder, 'm.yaml')).toEqual(first);
    writeFileSync(join(folder, 'lyrics/b.txt'), verse('B'));
    expect((await bundled(folder, 'm.yaml')).sha256).not.toBe(first.sha256);
  });

  test('is refused where it is damaged', async () => {
    const folder = folderWith({ 'm.yaml': manifest('matrix: { lyrics: [lyrics/a.txt] }') });
    mkdirSync(join(folder, 'lyrics'));
    writeFileSync(join(folder, 'lyrics/a.txt'), verse('A'));
    const bundle = await bundled(folder, 'm.yaml');
    const text = JSON.stringify(bundle).replace('[verse]\\nA', '[verse]\\nB');
    expect(() => {
      refuseForeignBundle(JSON.parse(text) as Bundle, 'the schedule "night"');
    }).toThrow('the schedule "night" is damaged');
  });

  test('is refused where its paths are those of another kind of system', async () => {
    const folder = folderWith({ 'm.yaml': manifest('matrix: { lyrics: ["[verse]\\nA"] }') });
    const { sha256: _, ...content } = await bundled(folder, 'm.yaml');
    const foreign = { ...content, paths: 'windows' } as const;
    const { hash } = await import('node:crypto');
    const bundle = { sha256: hash('sha256', JSON.stringify(foreign)), ...foreign };
    expect(() => {
      refuseForeignBundle(bundle, 'it');
    }).toThrow('it was added on Windows, and its paths mean nothing here');
  });

  test('has a size that a queue can carry', async () => {
    const text = `[verse]\n${'la '.repeat(20_000)}\n`;
    const lyrics = Array.from({ length: 300 }, (_, index) => [`lyrics/${index}.txt`, text]);
    const folder = folderWith({
      'm.yaml': manifest('matrix: { lyrics: ["lyrics/*.txt"] }').replace(
        'name',
        'model: a/b\nname',
      ),
      ...(Object.fromEntries(lyrics) as Files),
    });
    await expect(bundled(folder, 'm.yaml')).rejects.toThrow(
      /^m\.yaml and the 30[01] files that it reads have 18\.\d MB, and 16\.0 MB are the most/,
    );
  });
});

describe('a song on the disk', () => {
  const text = manifest(`matrix:
  lyrics: ["[verse]\\nA"]
  reference: [{ file: songs/own.wav }]
  clone: [vocal]
output: { dir: "out/{date}" }`);

  test('is named and does not travel; elsewhere it must be the same', async () => {
    const folder = folderWith({ 'm.yaml': text, 'songs/own.wav': wav });
    const bundle = await bundled(folder, 'm.yaml');
    expect(bundle.files.songs).toMatchObject([
      { file: join(folder, 'songs/own.wav'), bytes: wav.length },
    ]);
    await loaded(bundle);
    writeFileSync(join(folder, 'songs/own.wav'), Buffer.concat([wav, Buffer.alloc(1)]));
    expect(await problemsOf(loaded(bundle))).toMatch(/m\.yaml:5:\d+[^]*it is another song/);
    rmSync(join(folder, 'songs'), { recursive: true });
    expect(await problemsOf(loaded(bundle))).toMatch(
      /on this machine there is no such file \(songs must be URLs, or lie on storage/,
    );
    expect(await folderOf(bundle, moment)).toBe(join(folder, 'out/2026-11-22'));
  });
});
