import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { yue } from '../../src/manifest/yue.ts';
import { accepted, labels, manifestWith, read, values, verse } from './rig.ts';

const files = { 'lyrics/fade.txt': verse, 'lyrics/dawn.txt': verse };

/** The example of the product's contract, with a comment on every line as users write them. */
const everything = `
# yaml-language-server: $schema=../../schemas/manifest.schema.json
name: midnight-ab                  # [a-z0-9-]
model: Wiro/text-to-song-with-reference-YuE
defaults: { audio_prompt_type: vocal, gender: [female] }   # parameters for every job
matrix:                            # any axis may be left out: then the default holds
  lyrics:
    - lyrics/*.txt
  reference:
    - { id: neon, url: "https://example.com/neon.mp3" }
  clone: [vocal, instrumental, both]          # -> audio_prompt_type
  tags:
    - { id: dream-pop, genre: [Pop], instrument: [synthesizer], mood: [Dreamy], timbre: [airy vocal] }
  genre: [[Pop], [rock, punk]]
  seed: { from: 1, to: 8 }
exclude: [ { clone: both, tags: dream-pop } ]
include: [ { lyrics: fade, seed: 999 } ]
sample: { jobs: 500, seed: 7 }
limits: { tasks: 20, requests: 10/s, budget: 25.00, jobs: 5000, taskTimeout: 30m, deadline: 55m, outputSize: 2GB }
retry: { attempts: 3 }
halt: { failures: 20% }
checks: { minSeconds: 20, maxSilence: 40%, loudness: -30..-5 }
output: { dir: out/midnight-ab, name: "{lyrics}/{tags}_{clone}_s{seed}" }
`;

describe('a whole manifest', () => {
  test('is read with every part of it', () => {
    const { manifest, problems } = read(everything, files);
    expect(problems).toEqual([]);
    expect(manifest).toMatchObject({
      path: '/home/ann/batches/night.yaml',
      name: 'midnight-ab',
      model: 'wiro/text-to-song-with-reference-yue',
      defaults: { audio_prompt_type: 'vocal', gender: ['female'] },
      exclude: [
        {
          pins: [
            { axis: 2, index: 2 },
            { axis: 3, index: 0 },
          ],
        },
      ],
      sample: { jobs: 500, seed: 7 },
      repeat: 1,
      limits: {
        tasks: 20,
        requestsPerSecond: 10,
        budget: 25_000_000_000_000n,
        jobs: 5000,
        taskTimeout: 1_800_000,
        deadline: 3_300_000,
        outputSize: 2_000_000_000,
      },
      retry: { attempts: 3 },
      halt: { share: 0.2 },
      checks: { minSeconds: 20, maxSilence: 0.4, loudness: { from: -30, to: -5 }, warn: false },
      output: { dir: '/home/ann/out/midnight-ab' },
    });
  });

  test('keeps the axes in the order written', () => {
    const { axes } = accepted(everything, files);
    expect(axes.map(({ name, size }) => [name, size])).toEqual([
      ['lyrics', 2],
      ['reference', 1],
      ['clone', 3],
      ['tags', 1],
      ['genre', 2],
      ['seed', 8],
    ]);
    const turned = accepted(manifestWith('matrix: { seed: [1], clone: [both] }'));
    expect(turned.axes.map(({ name }) => name)).toEqual(['seed', 'clone']);
  });

  test('gives values that know nothing of YAML', () => {
    const manifest = accepted(everything, files);
    for (const axis of manifest.axes) {
      expect(Object.keys(axis.at(0)).sort()).toEqual(['label', 'parameters']);
    }
  });

  test('may say no more than a name and lyrics', () => {
    const manifest = accepted(`name: small\ndefaults:\n  prompt: "[verse]\\nOne line"\n`);
    expect(manifest).toEqual({
      path: '/home/ann/batches/night.yaml',
      sha256: manifest.sha256,
      required: [['prompt']],
      name: 'small',
      model: 'wiro/text-to-song-with-reference-yue',
      defaults: { prompt: '[verse]\nOne line' },
      axes: [],
      exclude: [],
      include: [],
      repeat: 1,
      limits: {
        tasks: 20,
        requestsPerSecond: 10,
        taskTimeout: 1_800_000,
        outputSize: 500_000_000,
      },
      retry: { attempts: 3 },
      output: { dir: '/home/ann/out/small', name: [{ text: 'song' }] },
    });
  });

  test('means the same with anchors and aliases', () => {
    const manifest = accepted(
      manifestWith(
        'matrix:\n  tags:\n    - { id: a, genre: &g [rock, punk] }\n    - { id: b, genre: *g }\n',
      ),
    );
    expect(values(manifest, 'tags').map(({ parameters }) => parameters.genre)).toEqual([
      ['rock', 'punk'],
      ['rock', 'punk'],
    ]);
  });

  test('is YAML 1.2 whatever it claims: "no" is a word, dates are text', () => {
    const manifest = accepted(
      `%YAML 1.1\n---\n${manifestWith('matrix: { lyrics: [{ id: no, text: "[verse]\\nx" }, { id: 2026-01-02, text: "[verse]\\ny" }] }')}`,
    );
    expect(labels(manifest, 'lyrics')).toEqual(['no', '2026-01-02']);
  });

  test('resolves output.dir against the working directory and everything else against itself', () => {
    const manifest = accepted(
      manifestWith('matrix: { lyrics: [lyrics/fade.txt] }\noutput: { dir: ../songs }'),
      files,
    );
    expect(manifest.output.dir).toBe('/home/songs');
  });

  test('has an exact budget, however many digits it has', () => {
    const budget = (text: string): bigint | undefined =>
      accepted(manifestWith(`limits: { budget: ${text} }`)).limits.budget;
    expect(budget('0.003510000001')).toBe(3_510_000_001n);
    expect(budget('123456789.123456789012')).toBe(123_456_789_123_456_789_012n);
    expect(budget('2.5e1')).toBe(25_000_000_000_000n);
    expect(budget('0x19')).toBe(25_000_000_000_000n);
    expect(budget('.5')).toBe(500_000_000_000n);
  });

  test('halts after a count where a share is not meant', () => {
    expect(accepted(manifestWith('halt: { failures: 3 }')).halt).toEqual({ count: 3 });
  });

  test('warns once about kinds of tag that songs would lack', () => {
    const { manifest, problems } = read(
      'name: x\ndefaults: { gender: male }\nmatrix:\n  lyrics: [lyrics/fade.txt]\n  tags: [{ id: a, genre: Pop, mood: happy }, { id: b, genre: Pop }]\n  timbre: [deep vocal]\n',
      files,
    );
    expect(manifest).toBeDefined();
    expect(problems.map(({ severity, message }) => [severity, message])).toEqual([
      ['warning', 'YuE wants all five kinds of tag, and some songs lack instrument and mood'],
    ]);
  });
});

test('tags that every include entry gives are not missed', () => {
  const tags = 'genre: Pop, instrument: Piano, mood: sad, gender: male, timbre: deep vocal';
  const entry = `{ lyrics: "[verse]\\nx", tags: { id: a, ${tags} } }`;
  expect(read(`name: x\ninclude: [${entry}]`).problems).toEqual([]);
});

test('the tag vocabulary is the one of the model page: 569 options of five kinds', () => {
  const kinds = yue.parameters.filter(({ type }) => type === 'multiselect');
  expect(kinds.map(({ options }) => options?.length)).toEqual([135, 102, 134, 17, 181]);
  const shipped = readFileSync(
    new URL('../../src/manifest/tag-vocabulary.json', import.meta.url),
    'utf8',
  );
  expect(shipped).toContain('"adventure, emotion"');
});
