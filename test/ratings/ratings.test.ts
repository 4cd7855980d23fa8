/** The format of ratings: what the reader of the page takes is what the schema says. */
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import fc from '../fast-check.ts';
import type { Ratings } from '../../src/ratings/ratings.ts';
import { choices, mergeRatings, parseRatings, ratingsSchemaId } from '../../src/ratings/ratings.ts';
import { schemaText } from '../../src/schemas/text.ts';

const validate = new Ajv2020({ strict: true }).compile(JSON.parse(schemaText('ratings')) as object);

const hex = fc.stringMatching(/^[0-9a-f]{32}$/);
const heard = fc.record({ job: hex, song: hex });
const at = fc
  .date({ min: new Date('2020-01-01'), max: new Date('2099-12-31'), noInvalidDate: true })
  .map((date) => date.toISOString());
const pair = { at, a: heard, b: heard };
const documents = fc.record({
  $schema: fc.constant(ratingsSchemaId),
  batch: fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,63}$/),
  listener: fc.string({ unit: 'binary', minLength: 1, maxLength: 80 }),
  comparisons: fc.array(
    fc.record({ ...pair, choice: fc.constantFrom(...choices), blind: fc.boolean() }),
    { maxLength: 3 },
  ),
  abx: fc.array(
    fc
      .record({ ...pair, trials: fc.integer({ min: 1, max: 1000 }), wrong: fc.nat() })
      .map(({ wrong, ...test }) => ({ ...test, correct: wrong % (test.trials + 1) })),
    { maxLength: 2 },
  ),
  stars: fc.array(fc.record({ at, of: heard, stars: fc.constantFrom(1, 2, 3, 4, 5) }), {
    maxLength: 2,
  }),
});

const oddities: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1.5,
  1001,
  6,
  '',
  'a'.repeat(81),
  '😀'.repeat(80),
  '😀'.repeat(81),
  'A'.repeat(32),
  'a'.repeat(32),
  'a'.repeat(33),
  'x\n',
  '2026-11-22',
  '2026-11-22T10:15:00Z',
  '2026-11-22T10:15:00.5Z',
  '2026-11-22T24:15:00Z',
  '2026-13-22T10:15:00Z',
  '2026-11-22T10:15:00+01:00',
  'equal',
  [],
  [[]],
  {},
  { job: 'a'.repeat(32) },
];

/** Every place in a document: keys and indexes. */
function places(value: unknown, path: readonly string[] = []): string[][] {
  const inside =
    typeof value === 'object' && value !== null
      ? Object.entries(value).flatMap(([key, part]) => places(part, [...path, key]))
      : [];
  return [[...path], ...inside];
}

type Change = { readonly do: 'replace'; readonly by: unknown } | { readonly do: 'drop' | 'add' };

function changed(value: unknown, [key, ...rest]: readonly string[], change: Change): unknown {
  if (key === undefined) {
    if (change.do === 'replace') return change.by;
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? { ...value, extra: 1 }
      : value;
  }
  if (Array.isArray(value)) {
    return value.flatMap((part: unknown, index) => {
      if (String(index) !== key) return [part];
      return rest.length === 0 && change.do === 'drop' ? [] : [changed(part, rest, change)];
    });
  }
  return Object.fromEntries(
    Object.entries(value as object).flatMap(([name, part]: [string, unknown]) => {
      if (name !== key) return [[name, part]];
      return rest.length === 0 && change.do === 'drop' ? [] : [[name, changed(part, rest, change)]];
    }),
  );
}

const changes = fc.oneof(
  fc.constantFrom<Change>({ do: 'drop' }, { do: 'add' }),
  fc.constantFrom(...oddities).map((by): Change => ({ do: 'replace', by })),
);

test('what the page writes is read as it is, and is what the schema says', () => {
  fc.assert(
    fc.property(documents, (document) => {
      expect(validate(document), JSON.stringify(validate.errors)).toBe(true);
      expect(parseRatings(JSON.parse(JSON.stringify(document)))).toEqual(document);
    }),
  );
});

test('reader and schema refuse the same documents', () => {
  fc.assert(
    fc.property(documents, fc.nat(), changes, (document, nat, change) => {
      const all = places(document);
      const mutated = changed(document, all[nat % all.length] ?? [], change);
      const read = parseRatings(mutated);
      // A schema cannot say that a number is not above another, nor that two songs differ.
      const isBeyondSchema =
        'problem' in read && /more than trials|same song/.test(read.problem.message);
      expect(!('problem' in read) || isBeyondSchema, JSON.stringify(read)).toBe(validate(mutated));
    }),
    { numRuns: 3000 },
  );
});

const one = { job: 'a'.repeat(32), song: '1'.repeat(32) };
const other = { job: 'b'.repeat(32), song: '2'.repeat(32) };
const empty = {
  $schema: ratingsSchemaId,
  batch: 'test',
  listener: 'me',
  comparisons: [],
  abx: [],
  stars: [],
} as const;
const time = '2026-11-22T10:15:00.000Z';

describe('what is wrong is told with its place', () => {
  test.each<[string, unknown, string, string]>([
    ['another kind of file', [], '', 'is no object'],
    ['a key that is missing', { $schema: ratingsSchemaId }, '', 'has no key "batch"'],
    ['another schema', { ...empty, $schema: 'x' }, '/$schema', 'these are no ratings'],
    [
      'a number of stars',
      { ...empty, stars: [{ at: time, of: one, stars: 6 }] },
      '/stars/0/stars',
      'from 1 to 5',
    ],
    [
      'a song compared with itself',
      { ...empty, comparisons: [{ at: time, a: one, b: one, choice: 'a', blind: true }] },
      '/comparisons/0/b',
      'same song',
    ],
    [
      'more right than tried',
      { ...empty, abx: [{ at: time, a: one, b: other, trials: 3, correct: 4 }] },
      '/abx/0/correct',
      'more than trials',
    ],
    ['a key with slashes', { ...empty, 'a/b~': 1 }, '/a~1b~0', 'do not have'],
    [
      'too many',
      { ...empty, stars: Array.from({ length: 100_001 }) },
      '/stars',
      'more than 100000',
    ],
  ])('%s', (_, document, pointer, message) => {
    const read = parseRatings(document);
    expect(read).toMatchObject({ problem: { pointer } });
    expect('problem' in read && read.problem.message).toContain(message);
  });
});

describe('merging', () => {
  const comparison = { at: time, a: one, b: other, choice: 'a', blind: true } as const;
  const file = (more: Partial<Ratings>): Ratings => ({ ...empty, ...more });

  test('what one listener exported twice counts once', () => {
    const earlier = file({ comparisons: [comparison] });
    const later = file({
      comparisons: [comparison, { ...comparison, at: '2026-11-22T10:16:00.000Z' }],
      stars: [{ at: time, of: one, stars: 4 }],
    });
    const merged = mergeRatings([earlier, later, earlier]);
    expect(merged).toHaveLength(1);
    expect(merged[0]?.comparisons).toHaveLength(2);
    expect(merged[0]?.stars).toHaveLength(1);
  });

  test('two listeners stay two', () => {
    const merged = mergeRatings([
      file({ comparisons: [comparison] }),
      file({ listener: 'you', comparisons: [comparison] }),
    ]);
    expect(merged.map(({ listener }) => listener)).toEqual(['me', 'you']);
    expect(merged.flatMap(({ comparisons }) => comparisons)).toHaveLength(2);
  });

  test('where files differ about one rating, the later one holds', () => {
    const merged = mergeRatings([
      file({ comparisons: [comparison] }),
      file({ comparisons: [{ ...comparison, choice: 'b' }] }),
    ]);
    expect(merged[0]?.comparisons.map(({ choice }) => choice)).toEqual(['b']);
  });
});
