import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { countCombinations, expand } from '../../src/plan/expand.ts';
import type { Matrix } from '../../src/plan/expand.ts';

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

const expanded = (matrix: Matrix<string>) =>
  [...expand(matrix)].map((combination): Entry => Object.fromEntries(combination));

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

test('the lazy walk agrees with the plain definition on any matrix', () => {
  const value = fc.constantFrom('1', '2', '3');
  const axes = fc.dictionary(
    fc.constantFrom('a', 'b', 'c', 'd'),
    fc.uniqueArray(value, { minLength: 1 }),
    {
      minKeys: 1,
    },
  );
  const anyEntry = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd', 'e'), value, { minKeys: 1 });
  fc.assert(
    fc.property(axes, fc.array(anyEntry), fc.array(anyEntry), (axes, excludes, include) => {
      const exclude = excludes.filter((entry) =>
        Object.entries(entry).every(([key, value]) => axes[key]?.includes(value)),
      );
      const matrix = matrixOf(axes, exclude, include);
      expect(expanded(matrix)).toEqual(naive(axes, exclude, include));
      expect(countCombinations(matrix)).toBe(naive(axes, exclude, include).length);
    }),
    { numRuns: 300 },
  );
});
