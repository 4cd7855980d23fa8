import { expect, test } from 'vitest';
import fc from '../fast-check.ts';
import { distance, likely, nearest } from '../../src/manifest/nearest.ts';
import { tagKinds, type TagKind } from '../../src/manifest/parameters.ts';
import { vocabularyOf } from '../../src/manifest/vocabulary.ts';
import { yue } from '../../src/manifest/yue.ts';

const { find: findTag, otherKindsOf, ...vocabulary } = vocabularyOf(yue);
const optionsOf = (kind: TagKind): readonly string[] => vocabulary.optionsOf(kind) ?? [];

test('every option is found under its own exact id', () => {
  for (const kind of tagKinds) {
    for (const option of optionsOf(kind)) expect(findTag(kind, option)).toBe(option);
  }
});

test('a tag in other case or spacing is found, and never another than one that folds alike', () => {
  const fold = (text: string): string => text.toLowerCase().replaceAll(/[\s_-]+/g, '');
  fc.assert(
    fc.property(fc.constantFrom(...tagKinds), fc.nat(), fc.boolean(), (kind, at, upper) => {
      const options = optionsOf(kind);
      const option = options[at % options.length] ?? '';
      const written = (upper ? option.toUpperCase() : option.toLowerCase()).replaceAll(' ', '-');
      expect(fold(findTag(kind, written) ?? '')).toBe(fold(option));
    }),
  );
});

test.each([
  ['HIP-HOP', 'hip-hop'],
  ['hip hop', 'Hip Hop'],
  ['HIPHOP', 'hiphop'],
  // None of the three differs from it in case only: the first of the vocabulary.
  ['Hip_Hop', 'hiphop'],
  ['Indie-Rock', 'indie-rock'],
  ['indie  rock', 'indie-rock'],
])('of several options that %s could be, it is %s', (written, option) => {
  expect(findTag('genre', written)).toBe(option);
});

test('a newer list of options changes no tag that was found before and is there still', () => {
  const genres = ['Hip-hop', 'POP', 'indie  rock', ...optionsOf('genre')].filter(
    (option) => option !== 'Bossa Nova',
  );
  const parameters = yue.parameters.map((each) =>
    each.id === 'genre' ? { ...each, options: genres } : each,
  );
  const newer = vocabularyOf({ ...yue, parameters });
  for (const written of ['Hip-hop', 'POP', 'pop', 'Indie  Rock', 'HIPHOP', 'hip_hop', 'Folk']) {
    expect(newer.find('genre', written)).toBe(findTag('genre', written));
  }
  expect(newer.find('genre', 'Bossa Nova')).toBe('bossanova');
});

test('a tag of another kind is told apart', () => {
  expect(findTag('genre', 'Dreamy')).toBeUndefined();
  expect(otherKindsOf('genre', 'dreamy')).toEqual(['mood']);
});

test('distance counts insertions, deletions, replacements and swaps', () => {
  expect(distance('matrx', 'matrix')).toBe(1);
  expect(distance('mtarix', 'matrix')).toBe(1);
  expect(distance('', 'abc')).toBe(3);
  expect(distance('kitten', 'sitting')).toBe(3);
});

test('distance is a symmetric measure that never exceeds the longer word', () => {
  const word = fc.string({ maxLength: 12 });
  fc.assert(
    fc.property(word, word, (a, b) => {
      expect(distance(a, b)).toBe(distance(b, a));
      expect(distance(a, b)).toBeLessThanOrEqual(Math.max(a.length, b.length));
      expect(distance(a, b) === 0).toBe(a === b);
    }),
  );
});

test('the nearest words come in order, and only a near one is meant', () => {
  expect(nearest('happi', ['sad', 'HAPPY', 'happ'], 2)).toEqual(['HAPPY', 'happ']);
  expect(likely('lyric', ['lyrics', 'clone'])).toBe('lyrics');
  expect(likely('zzz', ['lyrics', 'clone'])).toBeUndefined();
});
