import { describe, expect, test } from 'vitest';
import fc from '../fast-check.ts';
import { combinationOf, expansionOf, walkCombinations } from '../../src/plan/expand.ts';
import type { Matrix } from '../../src/plan/expand.ts';
import { firstPlaceAt, productOf } from '../../src/plan/product.ts';

type Entry = Record<string, string>;

/** A matrix as GitHub writes it: axes by name, entries by value. */
function matrixOf(axes: Record<string, string[]>, exclude: Entry[], include: Entry[]) {
  const names = Object.keys(axes);
  const pinsOf = (entry: Entry) =>
    Object.entries(entry)
      .filter(([name]) => names.includes(name))
      .map(([name, value]) => {
        const index = axes[name]?.indexOf(value) ?? -1;
        return { axis: names.indexOf(name), index: index === -1 ? undefined : index };
      });
  const matrix: Matrix<string> = {
    axes: names.map((name) => ({
      name,
      size: axes[name]?.length ?? 0,
      at: (index) => axes[name]?.[index] ?? '',
    })),
    exclude: exclude.map((entry) => ({ pins: pinsOf(entry) })),
    include: include.map((entry) => ({
      pins: pinsOf(entry),
      values: new Map(Object.entries(entry)),
    })),
  };
  return matrix;
}

function expanded(matrix: Matrix<string>, from = 0): Entry[] {
  const expansion = expansionOf(matrix);
  return walkCombinations(expansion, from)
    .map((step): Entry => Object.fromEntries(combinationOf(expansion, step)))
    .toArray();
}

describe('the matrix expands as GitHub Actions does', () => {
  test("GitHub's own include example gives GitHub's six jobs", () => {
    const matrix = matrixOf(
      { fruit: ['apple', 'pear'], animal: ['cat', 'dog'] },
      [],
      [
        { color: 'green' },
        { color: 'pink', animal: 'cat' },
        { fruit: 'apple', shape: 'circle' },
        { fruit: 'banana' },
        { fruit: 'banana', animal: 'cat' },
      ],
    );
    expect(expanded(matrix)).toEqual([
      { fruit: 'apple', animal: 'cat', color: 'pink', shape: 'circle' },
      { fruit: 'apple', animal: 'dog', color: 'green', shape: 'circle' },
      { fruit: 'pear', animal: 'cat', color: 'pink' },
      { fruit: 'pear', animal: 'dog', color: 'green' },
      { fruit: 'banana' },
      { fruit: 'banana', animal: 'cat' },
    ]);
  });

  test('the last axis varies fastest', () => {
    const matrix = matrixOf({ a: ['1', '2'], b: ['x', 'y'] }, [], []);
    expect(expanded(matrix).map(({ a, b }) => `${a ?? ''}${b ?? ''}`)).toEqual([
      '1x',
      '1y',
      '2x',
      '2y',
    ]);
  });

  test('exclude is a partial match and comes before include', () => {
    const matrix = matrixOf(
      { os: ['linux', 'mac'], node: ['22', '24'], db: ['pg', 'lite'] },
      [{ os: 'mac', db: 'pg' }],
      // Everything that this could be merged into was excluded, so it is a job of its own.
      [{ os: 'mac', db: 'pg', extra: 'yes' }],
    );
    const combinations = expanded(matrix);
    expect(combinations.filter(({ os, db }) => os === 'mac' && db === 'pg')).toEqual([
      { os: 'mac', db: 'pg', extra: 'yes' },
    ]);
    expect(combinations).toHaveLength(7);
  });

  test('an entry is never merged into a combination that include itself added', () => {
    const matrix = matrixOf({ fruit: ['apple'] }, [], [{ fruit: 'kiwi' }, { color: 'green' }]);
    expect(expanded(matrix)).toEqual([{ fruit: 'apple', color: 'green' }, { fruit: 'kiwi' }]);
  });

  test('without axes, the entries of include are the jobs; without those, there is one', () => {
    expect(expanded(matrixOf({}, [], [{ a: '1' }, { b: '2' }]))).toEqual([{ a: '1' }, { b: '2' }]);
    expect(expanded(matrixOf({}, [], []))).toEqual([{}]);
  });
});

/** The meaning in its plainest form, to hold the lazy walk against. */
function naive(axes: Record<string, string[]>, exclude: Entry[], include: Entry[]): Entry[] {
  let product: Entry[] = [{}];
  for (const [name, values] of Object.entries(axes)) {
    product = product.flatMap((entry) => values.map((value) => ({ ...entry, [name]: value })));
  }
  const agrees = (a: Entry, b: Entry) =>
    Object.entries(a).every(([key, value]) => b[key] === value);
  const originals = product.filter((entry) => !exclude.some((partial) => agrees(partial, entry)));
  const merged = originals.map((entry) => ({ ...entry }));
  const added: Entry[] = [];
  for (const entry of include) {
    const own = Object.fromEntries(Object.entries(entry).filter(([key]) => key in axes));
    const targets = originals.flatMap((original, index) => (agrees(own, original) ? [index] : []));
    for (const index of targets) Object.assign(merged[index] ?? {}, entry);
    if (targets.length === 0) added.push(entry);
  }
  return [...merged, ...added];
}

const value = fc.constantFrom('1', '2', '3');
const someAxes = fc.dictionary(
  fc.constantFrom('a', 'b', 'c', 'd'),
  fc.uniqueArray(value, { minLength: 1 }),
  { minKeys: 1 },
);
const anyEntry = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd', 'e'), value, { minKeys: 1 });
const someMatrix = fc
  .record({ axes: someAxes, excludes: fc.array(anyEntry), include: fc.array(anyEntry) })
  .map(({ axes, excludes, include }) => {
    const exclude = excludes.filter((entry) =>
      Object.entries(entry).every(([key, value]) => axes[key]?.includes(value)),
    );
    return { matrix: matrixOf(axes, exclude, include), plain: naive(axes, exclude, include) };
  });

test('the lazy walk agrees with the plain definition on any matrix', () => {
  fc.assert(
    fc.property(someMatrix, ({ matrix, plain }) => {
      expect(expanded(matrix)).toEqual(plain);
      expect(expansionOf(matrix).size).toBe(plain.length);
    }),
    { numRuns: 300 },
  );
});

test('it can be entered anywhere', () => {
  fc.assert(
    fc.property(someMatrix, fc.nat(40), ({ matrix, plain }, from) => {
      expect(expanded(matrix, from)).toEqual(plain.slice(from));
    }),
    { numRuns: 300 },
  );
});

test('a place, its rank, and the first of each position tell one story', () => {
  fc.assert(
    fc.property(someMatrix, fc.array(fc.nat(2), { maxLength: 4 }), ({ matrix }, pinned) => {
      const sizes = matrix.axes.map(({ size }) => size);
      const product = productOf(sizes, matrix.exclude);
      const places = Array.from(product.walk(0), ({ place }) => [...place]);
      for (const axis of sizes.keys()) {
        const before = (index: number) => places.slice(0, index).map((place) => place[axis]);
        expect([...product.firstOn(axis)]).toEqual(
          places.filter((place, index) => !before(index).includes(place[axis])),
        );
      }
      expect(places.map((_, rank) => product.placeAt(rank))).toEqual(places);
      expect(product.placeAt(places.length)).toBeUndefined();
      expect(places.every((place) => product.has(place))).toBe(true);
      const pins = pinned
        .slice(0, sizes.length)
        .map((index, axis) => ({ axis, index: index < (sizes[axis] ?? 0) ? index : undefined }));
      expect(firstPlaceAt(sizes, matrix.exclude, pins)).toEqual(
        places.find((place) => pins.every(({ axis, index }) => place[axis] === index)),
      );
    }),
    { numRuns: 300 },
  );
});

test('a matrix of more combinations than anybody could walk through is counted and entered at once', () => {
  const axis = (name: string) => ({ name, size: 10_000, at: String });
  const matrix = {
    axes: ['a', 'b', 'c'].map(axis),
    exclude: [
      { pins: [{ axis: 1, index: 7 }] },
      {
        pins: [
          { axis: 0, index: 3 },
          { axis: 2, index: 5 },
        ],
      },
    ],
    include: [],
  };
  const expansion = expansionOf(matrix);
  expect(expansion.size).toBe(10_000 * 9_999 * 10_000 - 9_999);
  const [last] = walkCombinations(expansion, expansion.size - 1);
  expect(last).toMatchObject({ place: [9_999, 9_999, 9_999] });
});

test('nor does it take long where tens of thousands of combinations are excluded one by one', () => {
  const axis = (name: string) => ({ name, size: 1000, at: String });
  const exclude = Array.from({ length: 20_000 }, (_, index) => ({
    pins: [
      { axis: 0, index: index % 1000 },
      { axis: 1, index: (index * 7 + Math.floor(index / 1000)) % 1000 },
    ],
  }));
  const { product } = expansionOf({ axes: ['a', 'b', 'c'].map(axis), exclude, include: [] });
  expect(product.size).toBe((1000 * 1000 - exclude.length) * 1000);
  const firsts = [...product.firstOn(1)];
  expect(firsts).toHaveLength(1000);
  expect(firsts.slice(0, 2)).toEqual([
    [0, 20, 0],
    [0, 21, 0],
  ]);
  expect(firsts.at(-1)).toEqual([3, 19, 0]);
});
