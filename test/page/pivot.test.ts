/** What stands where in the matrix, and what of it is drawn: decided without a page. */
import { describe, expect, test } from 'vitest';
import fc from '../fast-check.ts';
import type { PageAxis } from '../../src/listening/page-format.ts';
import type { PageJob } from '../../src/page/batch.ts';
import { isShown, readChoice, usualLayout, writeChoice } from '../../src/page/matrix/choice.ts';
import { pivot } from '../../src/page/matrix/pivot.ts';
import { drawn, inSight, scrollTo } from '../../src/page/matrix/window.ts';

function axis(name: string, labels: number): PageAxis {
  return { name, labels: Array.from({ length: labels }, (_, index) => `${name} ${index}`) };
}

function job(index: number, axes: readonly PageAxis[], places: readonly number[]): PageJob {
  const coordinates = axes.flatMap(({ name, labels }, at) => {
    const label = labels[places[at] ?? -1];
    return label === undefined ? [] : [[name, label] as const];
  });
  return {
    index,
    id: `job ${index}`,
    name: `name ${index}`,
    status: 'done',
    places,
    coordinates: Object.fromEntries(coordinates),
    cost: 0,
    attempts: [],
    failure: undefined,
    song: undefined,
    isMissing: false,
    further: [],
    findings: [],
    alike: undefined,
    isDropped: false,
  };
}

/** Axes of any size, and jobs anywhere on them, also on none and several in one place. */
const batches = fc
  .array(fc.integer({ min: 1, max: 6 }), { maxLength: 4 })
  .chain((sizes) => {
    const names = ['lyrics', 'clone', 'tags', 'seed'];
    const axes = sizes.map((size, index) => axis(names[index] ?? '', size));
    const places = fc.tuple(...sizes.map((size) => fc.integer({ min: -1, max: size - 1 })));
    return fc.record({
      axes: fc.constant(axes),
      jobs: fc
        .array(places, { maxLength: 60 })
        .map((all) => all.map((one, index) => job(index, axes, one))),
      rows: fc.option(fc.constantFrom(...names), { nil: undefined }),
      columns: fc.option(fc.constantFrom(...names), { nil: undefined }),
    });
  })
  .filter(({ rows, columns }) => rows !== columns || rows === undefined);

describe('a pivot', () => {
  test('has every job in exactly one place, in its row and its column', () => {
    fc.assert(
      fc.property(batches, ({ axes, jobs, rows, columns }) => {
        const made = pivot(axes, jobs, { rows, columns });
        const found = made.lines.flatMap(({ row, cells }, line) =>
          [...cells].map(([column, one]) => ({ row, line, column, one })),
        );
        expect(found.map(({ one }) => one.index).sort((a, b) => a - b)).toEqual(jobs.map(({ index }) => index)); // prettier-ignore
        for (const { row, line, column, one } of found) {
          expect(row.label).toBe(one.coordinates[rows ?? '']);
          expect(made.columns[column]?.label).toBe(one.coordinates[columns ?? '']);
          expect(made.places.get(one.id)).toEqual({ line, column });
        }
      }),
    );
  });

  test('has no line and no column without a job, and rows in the order of their labels', () => {
    fc.assert(
      fc.property(batches, ({ axes, jobs, rows, columns }) => {
        const made = pivot(axes, jobs, { rows, columns });
        expect(made.lines.every(({ cells }) => cells.size > 0)).toBe(true);
        const used = new Set(made.lines.flatMap(({ cells }) => [...cells.keys()]));
        expect(used.size).toBe(made.columns.length);
        const labels = axes.find(({ name }) => name === rows)?.labels ?? [];
        const order = made.lines.map(({ row }) => row.label === undefined ? Infinity : labels.indexOf(row.label)); // prettier-ignore
        expect(order).toEqual(order.toSorted((one, other) => one - other));
      }),
    );
  });

  test('puts what is alike side by side, unless that leaves mostly holes', () => {
    const axes = [axis('lyrics', 1), axis('tags', 6), axis('seed', 6)];
    const layout = { rows: 'lyrics', columns: 'seed' };
    const full = axes[1]?.labels.flatMap((_, tag) => [0, 1].map((seed) => job(2 * tag + seed, axes, [0, tag, seed]))) ?? []; // prettier-ignore
    const aligned = pivot(axes, full, layout);
    expect(aligned.isAligned).toBe(true);
    expect(aligned.lines.map(({ rest, cells }) => [rest, cells.size])).toEqual(
      axes[1]?.labels.map((label) => [label, 2]),
    );
    const sample = [0, 1, 2, 3, 4, 5].map((at) => job(at, axes, [0, at, at]));
    const filled = pivot(axes, sample, layout);
    expect(filled.isAligned).toBe(false);
    expect(filled.lines).toHaveLength(1);
  });
});

describe('as it comes', () => {
  test.each([
    [[], undefined, undefined],
    [[['seed', 1]], undefined, undefined],
    [[['seed', 8]], 'seed', undefined],
    [[['lyrics', 4], ['seed', 3]], 'lyrics', 'seed'], // prettier-ignore
    [[['lyrics', 4], ['clone', 2], ['tags', 7]], 'lyrics', 'tags'], // prettier-ignore
    [[['lyrics', 5], ['seed', 1000]], 'seed', 'lyrics'], // prettier-ignore
    [[['lyrics', 70], ['seed', 72]], 'seed', 'lyrics'], // prettier-ignore
  ] as const)('%j is laid out in rows of %s and columns of %s', (sizes, rows, columns) => {
    const axes = sizes.map(([name, labels]) => axis(name, labels));
    expect(usualLayout(axes)).toEqual({ rows, columns });
  });
});

describe('a choice', () => {
  const axes = [axis('lyrics', 3), axis('clone', 2), axis('seed', 4)];
  const choices = fc.record({
    layout: fc.constantFrom(
      { rows: 'lyrics', columns: 'seed' },
      { rows: 'seed', columns: 'clone' },
      { rows: undefined, columns: 'seed' },
      { rows: 'clone', columns: undefined },
    ),
    only: fc.record({ clone: fc.constantFrom('clone 0', 'clone 1') }, { requiredKeys: [] }),
    songsOnly: fc.boolean(),
    hidesFailing: fc.boolean(),
    hidesAlike: fc.boolean(),
    stars: fc.integer({ min: 0, max: 5 }),
    find: fc.string(),
  });

  test('is read from the address as it was written there', () => {
    fc.assert(
      fc.property(choices, ({ layout, ...others }) => {
        const choice = { ...layout, ...others };
        expect(readChoice(writeChoice(choice, axes), axes)).toEqual(choice);
      }),
    );
  });

  test('that says nothing says nothing in the address', () => {
    expect(writeChoice(readChoice('', axes), axes)).toBe('');
  });

  test('of an address that makes no sense is as it comes', () => {
    const nonsense = 'rows=__proto__&columns=nothing&clone=else&stars=99&hide=all&show=%00';
    expect(readChoice(nonsense, axes)).toEqual(readChoice('', axes));
    expect(readChoice('rows=seed', axes)).toMatchObject({ rows: 'seed', columns: undefined });
  });

  test('of one label of an axis holds while that axis is neither rows nor columns', () => {
    const one = job(0, axes, [0, 1, 0]);
    const choice = readChoice('clone=clone+0', axes);
    expect(isShown(one, choice, () => 0)).toBe(false);
    expect(isShown(one, { ...choice, rows: 'clone' }, () => 0)).toBe(true);
  });
});

describe('what is drawn', () => {
  const sizes = fc.record({
    scrolled: fc.integer({ min: 0, max: 500_000 }),
    visible: fc.integer({ min: 0, max: 4000 }),
    size: fc.integer({ min: 20, max: 400 }),
    count: fc.integer({ min: 0, max: 5000 }),
  });

  test('is all that is in sight, and little more', () => {
    fc.assert(
      fc.property(sizes, ({ scrolled, visible, size, count }) => {
        const { from, to } = inSight(scrolled, visible, size, count);
        for (let at = 0; at < count; at++) {
          const isInSight = at * size < scrolled + visible && (at + 1) * size > scrolled;
          if (isInSight) expect(at >= from && at < to).toBe(true);
        }
        expect(to - from).toBeLessThanOrEqual(visible / size + 6);
      }),
    );
  });

  test('has what has the focus, once, in the order of its place', () => {
    fc.assert(
      fc.property(sizes, fc.nat({ max: 5000 }), ({ scrolled, visible, size, count }, focus) => {
        const all = drawn(inSight(scrolled, visible, size, count), focus, count);
        expect(all.filter((at) => at === focus)).toHaveLength(focus < count ? 1 : 0);
        expect(all).toEqual(all.toSorted((one, other) => one - other));
      }),
    );
  });

  test('is scrolled to no further than needed', () => {
    expect(scrollTo(3, 0, 1000, 100)).toBe(0);
    expect(scrollTo(10, 0, 1000, 100)).toBe(100);
    expect(scrollTo(2, 500, 1000, 100)).toBe(200);
  });
});
