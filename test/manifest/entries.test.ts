import { describe, expect, test } from 'vitest';
import { accepted, errors, frames, manifestWith, verse } from './rig.ts';

const files = { 'lyrics/fade.txt': verse, 'lyrics/dawn.txt': verse, 'extra.txt': verse };

const matrix = `matrix:
  lyrics: [lyrics/*.txt, "[verse]\\nInline"]
  reference: [{ id: neon, url: "https://example.com/a.mp3" }, none]
  tags: [{ id: dream, genre: Pop }, { id: noise, genre: punk }]
  genre: [[rock, punk], Bossa Nova]
  seed: [1, "2"]
`;

const excluded = (entry: string): readonly (number | undefined)[] =>
  accepted(manifestWith(`${matrix}exclude: [{ ${entry} }]\n`), files).exclude.flatMap(({ pins }) =>
    pins.flatMap(({ axis, index }) => [axis, index]),
  );

const refused = (entry: string): readonly string[] =>
  errors(manifestWith(`${matrix}exclude: [{ ${entry} }]\n`), files);

describe('an exclude entry', () => {
  test('names values by label, and pins each axis in the order written', () => {
    expect(excluded('tags: noise, lyrics: fade')).toEqual([2, 1, 0, 1]);
  });

  test.each([
    ['lyrics: lyrics/fade.txt', [0, 1]],
    ['lyrics: "[verse]\\nInline\\n"', [0, 2]],
    ['reference: "https://example.com/a.mp3"', [1, 0]],
    ['reference: none', [1, 1]],
    ['genre: rock+punk', [3, 0]],
    ['genre: [Rock, punk]', [3, 0]],
    ['genre: bossa nova', [3, 1]],
    ['seed: 1', [4, 0]],
    ['seed: "2"', [4, 1]],
  ])('names a value also by what it was written as: %s', (entry, pins) => {
    expect(excluded(entry)).toEqual(pins);
  });

  test.each([
    ['seed: "1"', 'this excludes nothing: the axis seed has no value "1"'],
    ['seed: 2', 'this excludes nothing: the axis seed has no value 2'],
    ['lyrics: fadee', 'this excludes nothing: the axis lyrics has no value "fadee"'],
    ['tags: Dream', 'this excludes nothing: the axis tags has no value "Dream"'],
    ['genre: [punk, rock]', 'this excludes nothing: the axis genre has no value ["punk", "rock"]'],
    ['clone: both', 'this excludes nothing: the matrix has no axis clone'],
    ['tempo: 1', 'unknown axis "tempo"'],
  ])('that matches nothing is an error: %s', (entry, message) => {
    expect(refused(entry)).toEqual([message]);
  });

  test('finds seeds in ranges and draws without making them all', () => {
    const pins = (seeds: string, seed: string): unknown =>
      accepted(
        manifestWith(`matrix: { seed: ${seeds} }\nexclude: [{ seed: ${seed} }]\n`),
      ).exclude.flatMap((entry) => entry.pins);
    expect(pins('{ from: 1, to: 1000000000000 }', '999999999999')).toEqual([
      { axis: 0, index: 999_999_999_998 },
    ]);
    expect(pins('{ random: 1000000, from: 42 }', '271485384')).toEqual([{ axis: 0, index: 1 }]);
  });

  test('says nothing of an axis whose values have errors of their own', () => {
    const text = `matrix: { tags: [{ id: a, genre: Popp }, { genre: Pop }] }\nexclude: [{ tags: b }]\n`;
    expect(errors(manifestWith(text))).toEqual([
      '"Popp" is not a genre that Wiro knows',
      'the key "id" is missing',
    ]);
  });
});

describe('an include entry', () => {
  const included = (entry: string, before = matrix) =>
    accepted(manifestWith(`${before}include: [{ ${entry} }]\n`), files).include[0];

  test('pins values that the matrix has, by any of their names', () => {
    expect(included('lyrics: fade, genre: [rock, punk], seed: 1')?.pins).toEqual([
      { axis: 0, index: 1 },
      { axis: 3, index: 0 },
      { axis: 4, index: 0 },
    ]);
  });

  test('pins the same value written out once more', () => {
    expect(included('tags: { id: dream, genre: pop }')?.pins).toEqual([{ axis: 2, index: 0 }]);
  });

  test('may give values that the matrix does not have', () => {
    const entry = included(
      'lyrics: extra.txt, reference: "https://example.com/b.mp3", tags: { id: new, mood: sad }, genre: jazz, seed: 3',
    );
    expect(entry?.pins.map(({ index }) => index)).toEqual(Array<undefined>(5).fill(undefined));
    expect(Object.fromEntries(entry?.values ?? [])).toEqual({
      lyrics: { label: 'extra', parameters: { prompt: '[verse]\nOne line to sing' } },
      reference: { label: 'b', parameters: { inputAudioUrl: 'https://example.com/b.mp3' } },
      tags: { label: 'new', parameters: { mood: ['sad'] } },
      genre: { label: 'jazz', parameters: { genre: ['jazz'] } },
      seed: { label: '3', parameters: { seed: '3' } },
    });
  });

  test('may give values for axes that the matrix lacks: no pin', () => {
    const entry = included('clone: both, mood: calm');
    expect(entry?.pins).toEqual([]);
    expect(Array.from(entry?.values.keys() ?? [])).toEqual(['clone', 'mood']);
  });

  test('may name a value that an earlier entry brought', () => {
    const text = `${matrix}include:
  - { tags: { id: new, mood: sad }, seed: 8 }
  - { tags: new, seed: 9 }
`;
    const { include } = accepted(manifestWith(text), files);
    expect(include[1]?.values.get('tags')?.parameters).toEqual({ mood: ['sad'] });
  });

  test.each([
    ['lyrics: fadee', 'the axis lyrics has no value "fadee"'],
    ['lyrics: nowhere.txt', 'cannot read "batches/nowhere.txt": there is no such file'],
    ['lyrics: lyrics/f*.txt', 'an include takes one value, and a glob may give several'],
    ['tags: drem', 'the axis tags has no value "drem"'],
    ['reference: non', 'the axis reference has no value "non"'],
    ['seed: "1"', 'the matrix has the seed 1 as a number'],
    ['seed: 2', 'the matrix has the seed 2 as a text'],
    [
      'lyrics: { id: fade, text: "[verse]\\nother" }',
      'the label "fade" belongs to another value of lyrics already',
    ],
    [
      'tags: { id: DREAM, genre: Pop }',
      'the label "DREAM" belongs to another value of tags already',
    ],
    ['tags: { genre: Pop }', 'the key "id" is missing'],
  ])('is refused: %s', (entry, message) => {
    expect(errors(manifestWith(`${matrix}include: [{ ${entry} }]\n`), files)).toEqual([message]);
  });

  test('a lyrics file without extension may be named by a word', () => {
    const text = manifestWith('include: [{ lyrics: chorus }]\n');
    expect(accepted(text, { chorus: verse }).include[0]?.values.get('lyrics')?.label).toBe(
      'chorus',
    );
  });
});

test('a name that is nearly right is suggested', () => {
  expect(frames(manifestWith(`${matrix}include: [{ tags: drem }]\n`), files)).toContain(
    'hint: there is "dream" and "noise"',
  );
});
