/** Ratings -> ranking: what counts where, in which order things come, and what to hear next. */
import { describe, expect, test } from 'vitest';
import fc from '../fast-check.ts';
import { rankingOf } from '../../src/ratings/ranking.ts';
import type { Comparison, Ratings } from '../../src/ratings/ratings.ts';
import { ratingsSchemaId } from '../../src/ratings/ratings.ts';
import type { Song } from '../../src/ratings/songs.ts';

const axes = ['clone', 'tags', 'seed'];
const hex = (number: number) => number.toString(16).padStart(32, '0');

/** Two clone types, two tags, three seeds. */
const songs: readonly Song[] = ['vocal', 'both'].flatMap((clone, c) =>
  ['pop', 'jazz'].flatMap((tags, t) =>
    ['1', '2', '3'].map((seed, s) => {
      const job = hex(c * 100 + t * 10 + s);
      return { job, song: job, coordinates: { clone, tags, seed } };
    }),
  ),
);

/** `vocal pop 1` */
function song(where: string): Song {
  const found = songs.find(({ coordinates }) => Object.values(coordinates).join(' ') === where);
  if (!found) throw new Error(`no song at ${where}`);
  return found;
}

const heard = ({ job, song }: Song) => ({ job, song });
const minute = (number: number) => new Date(Date.UTC(2026, 10, 22, 10, number)).toISOString();

let minutes = 0;
function compared(a: string, b: string, choice: Comparison['choice'] = 'a'): Comparison {
  minutes++;
  return { at: minute(minutes), a: heard(song(a)), b: heard(song(b)), choice, blind: true };
}

function ratings(parts: Partial<Ratings>): Ratings {
  const nothing = { comparisons: [], abx: [], stars: [] };
  return { $schema: ratingsSchemaId, batch: 'test', listener: 'me', ...nothing, ...parts };
}

const rank = (...files: Partial<Ratings>[]) => rankingOf(files.map(ratings), songs, axes);
const axisOf = (ranking: ReturnType<typeof rank>, name: string) => {
  const found = ranking.axes.find(({ axis }) => axis === name);
  if (!found) throw new Error(`no axis ${name}`);
  return found;
};
const labels = (ranking: ReturnType<typeof rank>, name: string) =>
  axisOf(ranking, name).values.map(({ label }) => label);
const places = (ranking: ReturnType<typeof rank>) =>
  ranking.jobs.map(({ song: { coordinates } }) => Object.values(coordinates).join(' '));

describe('comparisons', () => {
  test('of songs that differ on one axis count for that axis, and for both jobs', () => {
    const ranking = rank({
      comparisons: [compared('both pop 1', 'vocal pop 1'), compared('both jazz 2', 'vocal jazz 2')],
    });
    expect(labels(ranking, 'clone')).toEqual(['both', 'vocal']);
    expect(axisOf(ranking, 'clone').comparisons).toBe(2);
    expect(axisOf(ranking, 'clone').values[0]).toMatchObject({ comparisons: 2 });
    expect(axisOf(ranking, 'tags').values.every(({ strength }) => !strength)).toBe(true);
    expect(places(ranking).slice(0, 2)).toEqual(['both pop 1', 'both jazz 2']);
  });

  test('of songs that differ on two axes count for the jobs only', () => {
    const ranking = rank({ comparisons: [compared('both jazz 1', 'vocal pop 1')] });
    expect(ranking.axes.map(({ comparisons }) => comparisons)).toEqual([0, 0, 0]);
    expect(places(ranking)).toEqual(['both jazz 1', 'vocal pop 1']);
  });

  test('that were skipped do not count, and say so; equal is half a win for each', () => {
    const ranking = rank({
      comparisons: [
        compared('both pop 1', 'vocal pop 1', 'skip'),
        compared('both pop 2', 'vocal pop 2', 'equal'),
      ],
    });
    expect(ranking.counted).toMatchObject({ comparisons: 1, skipped: 1 });
    const strengths = axisOf(ranking, 'clone').values.map(({ strength }) => strength?.value);
    expect(strengths).toEqual([0, 0]);
  });

  test('of songs that are gone or sound different are counted apart', () => {
    const other = { ...heard(song('both pop 1')), song: 'f'.repeat(32) };
    const gone = { job: 'e'.repeat(32), song: 'e'.repeat(32) };
    const one = compared('vocal pop 1', 'vocal pop 2');
    const ranking = rank({
      comparisons: [one, { ...one, at: minute(58), b: other }, { ...one, at: minute(59), a: gone }],
      stars: [{ at: minute(1), of: gone, stars: 5 }],
    });
    expect(ranking.counted.comparisons).toBe(1);
    expect(ranking.uncounted).toEqual({ gone: 2, changed: 1 });
  });

  test('intervals get shorter, and orders decided, with more of them', () => {
    const few = rank({ comparisons: [compared('both pop 1', 'vocal pop 1')] });
    const many = rank({
      comparisons: Array.from({ length: 20 }, () => compared('both pop 1', 'vocal pop 1')),
    });
    const [before, after] = [few, many].map((ranking) => axisOf(ranking, 'clone').values[0]);
    expect(before?.overNext).toBeLessThan(0.95);
    expect(after?.overNext).toBeGreaterThan(0.95);
    const width = (row: typeof before) =>
      (row?.strength?.high ?? NaN) - (row?.strength?.low ?? NaN);
    expect(width(after)).toBeLessThan(width(before));
  });
});

describe('stars', () => {
  const given = (where: string, stars: 1 | 2 | 3 | 4 | 5, at = minute(1)) => {
    return { at, of: heard(song(where)), stars };
  };

  test('order what was never compared: by their mean, then by their number', () => {
    const ranking = rank(
      { stars: [given('vocal pop 1', 4), given('vocal pop 2', 5), given('both pop 1', 4)] },
      { listener: 'you', stars: [given('both pop 1', 4)] },
    );
    expect(places(ranking)).toEqual(['vocal pop 2', 'both pop 1', 'vocal pop 1']);
    expect(labels(ranking, 'seed')).toEqual(['2', '1', '3']);
    expect(ranking.jobs[1]?.stars).toEqual({ mean: 4, number: 2 });
  });

  test('the last word of a listener on a song holds, in whatever order it comes', () => {
    const ranking = rank({ stars: [given('vocal pop 1', 5, minute(9)), given('vocal pop 1', 1)] });
    expect(ranking.jobs[0]?.stars).toEqual({ mean: 5, number: 1 });
  });

  test('put a song between those that won and those that lost', () => {
    const ranking = rank({
      comparisons: [compared('vocal pop 1', 'vocal pop 2')],
      stars: [given('both jazz 3', 3)],
    });
    expect(places(ranking)).toEqual(['vocal pop 1', 'both jazz 3', 'vocal pop 2']);
  });
});

test('listeners agree on songs, whichever of the two was called A', () => {
  const swapped = (file: readonly Comparison[]) =>
    file.map(({ a, b, choice, ...rest }): Comparison => {
      return { ...rest, a: b, b: a, choice: choice === 'a' ? 'b' : choice === 'b' ? 'a' : choice };
    });
  const mine = [
    compared('both pop 1', 'vocal pop 1'),
    compared('vocal pop 2', 'vocal pop 3', 'b'),
    compared('both jazz 1', 'vocal jazz 1', 'equal'),
    compared('vocal pop 1', 'vocal jazz 1'),
  ];
  const { agreement } = rank(
    { comparisons: mine },
    { listener: 'you', comparisons: swapped(mine).slice(0, 3) },
  );
  expect(agreement).toEqual({ alpha: 1, share: 1, questions: 3 });
  const alone = rank({ comparisons: [...mine, ...mine] });
  expect(alone.agreement).toBeUndefined();
});

test('ABX tests add up for each pair and listener, and for the axis', () => {
  const [a, b] = [heard(song('vocal pop 1')), heard(song('both pop 1'))];
  const ranking = rank(
    {
      abx: [
        { at: minute(1), a, b, trials: 8, correct: 5 },
        { at: minute(2), a: b, b: a, trials: 8, correct: 7 },
      ],
    },
    { listener: 'you', abx: [{ at: minute(1), a, b, trials: 4, correct: 0 }] },
  );
  expect(ranking.abx).toHaveLength(2);
  expect(ranking.abx[0]).toMatchObject({ listener: 'me', trials: 16, correct: 12 });
  expect(ranking.abx[0]?.byGuessing).toBeCloseTo(0.0384, 4);
  expect(axisOf(ranking, 'clone').abx).toMatchObject({ trials: 20, correct: 12 });
  expect(axisOf(ranking, 'seed').abx).toBeUndefined();
});

describe('what to hear next', () => {
  const comparisons = Array.from({ length: 12 }, () => compared('vocal pop 1', 'vocal pop 2'));

  test('is what is least known, in songs that were heard least', () => {
    const [pair] = rank({ comparisons }).next('seed', 'me', 1);
    const seeds = [pair?.a.coordinates['seed'], pair?.b.coordinates['seed']].sort();
    expect(seeds).toContain('3');
    const contexts = [pair?.a, pair?.b].map(
      (one) => `${one?.coordinates['clone']} ${one?.coordinates['tags']}`,
    );
    expect(new Set(contexts).size).toBe(1);
    expect(contexts[0]).not.toBe('vocal pop');
  });

  test('is nothing on an axis that there is not', () => {
    expect(rank({ comparisons }).next('genre', 'me', 5)).toEqual([]);
  });

  test('differs on that axis only, was not heard by the listener, and in the end is nothing', () => {
    fc.assert(
      fc.property(fc.constantFrom(...axes), fc.integer({ min: 1, max: 4 }), (axis, most) => {
        const done: Comparison[] = [];
        const seen = new Set<string>();
        for (let round = 0; round < 50; round++) {
          const pairs = rank({ comparisons: done }).next(axis, 'me', most);
          if (pairs.length === 0) break;
          expect(pairs.length).toBeLessThanOrEqual(most);
          for (const { a, b } of pairs) {
            const differing = axes.filter((one) => a.coordinates[one] !== b.coordinates[one]);
            expect(differing).toEqual([axis]);
            const key = [a.job, b.job].sort().join();
            expect(seen.has(key)).toBe(false);
            seen.add(key);
            const at = minute(done.length);
            done.push({ at, a: heard(a), b: heard(b), choice: 'skip', blind: true });
          }
        }
        // 6 pairs of clone types, 6 of tags, 4 times 3 of seeds.
        expect(seen.size).toBe(axis === 'seed' ? 12 : 6);
      }),
    );
  });

  test('of another listener is not what I have heard, and of nobody in particular what nobody has', () => {
    const all = rank({ comparisons: [compared('vocal pop 1', 'both pop 1')] });
    const isThat = ({ a, b }: { a: Song; b: Song }) =>
      a.coordinates['tags'] === 'pop' && a.coordinates['seed'] === '1' && a !== b;
    expect(all.next('clone', 'you', 99).filter(isThat)).toHaveLength(1);
    expect(all.next('clone', 'me', 99).filter(isThat)).toHaveLength(0);
    expect(all.next('clone', undefined, 99).filter(isThat)).toHaveLength(0);
  });
});

test('copies of one job differ on no axis: their comparisons count for the jobs', () => {
  const twin: Song = { ...song('vocal pop 1'), job: 'c'.repeat(32) };
  const comparison = { ...compared('vocal pop 1', 'vocal pop 2'), b: heard(twin) };
  const ranking = rankingOf([ratings({ comparisons: [comparison] })], [...songs, twin], axes);
  expect(ranking.jobs.map(({ comparisons }) => comparisons)).toEqual([1, 1]);
  expect(ranking.axes.every(({ comparisons }) => comparisons === 0)).toBe(true);
});
