import { describe, expect, test } from 'vitest';
import fc from '../fast-check.ts';
import type { Axis, Manifest } from '../../src/manifest/manifest.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { makePlan } from '../../src/plan/plan.ts';
import { everything, isSelected } from '../../src/plan/selection.ts';
import { axisOf, genres, lyrics, manifestOf, nameByAxes, seeds, valueOf } from './manifests.ts';

function planOf(changes: Partial<Manifest>): Plan {
  const axes = changes.axes ?? [];
  const output = { dir: '/out/test', name: nameByAxes(axes) };
  const plan = makePlan(manifestOf({ output, ...changes }));
  if ('problems' in plan) throw new Error(plan.problems.map(({ message }) => message).join('\n'));
  return plan;
}

function problemsOf(changes: Partial<Manifest>): string[] {
  const plan = makePlan(manifestOf(changes));
  return 'problems' in plan ? plan.problems.map(({ message }) => message) : [];
}

const tagAxis = (label: string) => axisOf('tags', [valueOf(label, { mood: ['calm'] })]);
const idsOf = (plan: Plan) => [...plan.planned()].map(({ id }) => id);
const jobsOf = (plan: Plan) => [...plan.planned()].map(({ job }) => job());

const someAxes = fc
  .record({
    lyrics: fc.uniqueArray(fc.stringMatching(/^[a-z]{1,4}$/), { minLength: 1, maxLength: 4 }),
    genre: fc.uniqueArray(fc.stringMatching(/^[a-z]{1,4}$/), { minLength: 1, maxLength: 4 }),
    seed: fc.uniqueArray(fc.nat(), { minLength: 1, maxLength: 6 }),
  })
  .map(({ lyrics: texts, genre, seed }) => [lyrics(...texts), genres(...genre), seeds(...seed)]);

describe('the digest of a plan', () => {
  const axes = [lyrics('a', 'b'), seeds(1, 2, 3)];
  const digestOf = (changes: Partial<Manifest>) => planOf({ axes, ...changes }).digest();

  test('is that of every plan of the same jobs in the same order under the same names', () => {
    fc.assert(
      fc.property(someAxes, someAxes, fc.boolean(), (one, other, isSame) => {
        const plans = [planOf({ axes: one }), planOf({ axes: isSame ? one : other })];
        const [mine, its] = plans.map((plan) => JSON.stringify(jobsOf(plan)));
        const [digest, itsDigest] = plans.map((plan) => plan.digest());
        expect(digest === itsDigest).toBe(mine === its);
      }),
    );
  });

  test('does not ask what is bought with the plan, and how', () => {
    const { limits } = manifestOf({});
    expect(digestOf({ limits: { ...limits, tasks: 3 }, name: 'other' })).toBe(digestOf({}));
  });

  test.each<[string, Partial<Manifest>]>([
    ['the model', { model: 'wiro/other' }],
    ['copies', { repeat: 2 }],
    ['the sample', { sample: { jobs: 2, seed: 1 } }],
    ['another sample of the same size', { sample: { jobs: 2, seed: 2 } }],
    ['defaults', { defaults: { mood: ['calm'] } }],
    ['exclude', { exclude: [{ pins: [{ axis: 0, index: 1 }] }] }],
    ['names', { output: { dir: '/out/test', name: nameByAxes(axes).toReversed() } }],
    [
      'include',
      { include: [{ pins: [], values: new Map([['mood', valueOf('calm', { mood: ['calm'] })]]) }] },
    ],
  ])('changes with %s', (_, changes) => {
    expect(digestOf(changes)).not.toBe(digestOf({}));
  });

  test('is of what can be reached from the middle, too', () => {
    fc.assert(
      fc.property(someAxes, fc.nat(30), (some, from) => {
        const plan = planOf({ axes: some });
        expect([...plan.planned(from)].map(({ id }) => id)).toEqual(idsOf(plan).slice(from));
      }),
    );
  });
});

describe('a job is what it buys', () => {
  test('the order of axes and of values does not change the set of job ids', () => {
    const shuffled = someAxes.chain((axes) =>
      fc.tuple(
        fc.constant(axes),
        fc.shuffledSubarray(axes, { minLength: axes.length }),
        fc.boolean(),
      ),
    );
    fc.assert(
      fc.property(shuffled, ([axes, reordered, reverse]) => {
        const backwards = (axis: Axis): Axis => ({
          ...axis,
          at: (index) => axis.at(axis.size - 1 - index),
        });
        const other = reverse ? reordered.map(backwards) : reordered;
        expect(idsOf(planOf({ axes: other })).sort()).toEqual(idsOf(planOf({ axes })).sort());
      }),
    );
  });

  test('adding a value to an axis only adds jobs', () => {
    fc.assert(
      fc.property(someAxes, fc.nat(), ([texts, kinds, some], extra) => {
        fc.pre(texts !== undefined && kinds !== undefined && some !== undefined);
        const numbers = Array.from({ length: some.size }, (_, index) =>
          Number(some.at(index).label),
        );
        fc.pre(!numbers.includes(extra));
        const before = idsOf(planOf({ axes: [texts, kinds, some] }));
        const after = new Set(idsOf(planOf({ axes: [texts, kinds, seeds(...numbers, extra)] })));
        expect(before.every((id) => after.has(id))).toBe(true);
        expect(after.size).toBe(before.length + texts.size * kinds.size);
      }),
    );
  });

  test('renaming labels changes coordinates and names, not ids', () => {
    const named = (label: string) => [axisOf('lyrics', [valueOf(label, { prompt: '[verse]\nx' })])];
    const [before] = jobsOf(planOf({ axes: named('old') }));
    const [after] = jobsOf(planOf({ axes: named('new') }));
    expect(after?.id).toBe(before?.id);
    expect([before?.output, after?.output]).toEqual(['old', 'new']);
  });

  test('an id is the same for ever', () => {
    // A golden value: if it changes, everybody's batches are bought again.
    const axes = [lyrics('fade'), genres('Pop'), seeds(7)];
    expect(idsOf(planOf({ axes }))).toEqual(['64fc97ea29067086aea8d8e81ce700a7']);
  });

  test('a local reference is known by its content, wherever it lies', () => {
    const reference = (file: string) => [
      axisOf('reference', [
        valueOf('song', { inputAudioUrl: { file, sha256: 'ab'.repeat(32), bytes: 10 } }),
      ]),
    ];
    const here = idsOf(planOf({ axes: reference('/here/a.mp3') }));
    expect(idsOf(planOf({ axes: reference('/there/b.mp3') }))).toEqual(here);
  });

  test('an axis beats the named tags, the tags beat the defaults', () => {
    const tags = axisOf('tags', [valueOf('soft', { genre: ['Folk'], mood: ['calm'] })]);
    const plan = planOf({
      defaults: { prompt: '[verse]\nx', mood: ['happy'], gender: ['female'] },
      axes: [tags, genres('rock')],
    });
    expect(jobsOf(plan)[0]?.parameters).toEqual({
      prompt: '[verse]\nx',
      genre: ['rock'],
      mood: ['calm'],
      gender: ['female'],
    });
  });

  test('reference none means none, also where the defaults name one', () => {
    const plan = planOf({
      defaults: { prompt: '[verse]\nx', inputAudioUrl: 'https://example.com/a.mp3' },
      axes: [axisOf('reference', [valueOf('none', {})])],
    });
    expect(jobsOf(plan)[0]?.parameters).toEqual({ prompt: '[verse]\nx' });
  });

  test('combinations that buy the same are one job, and that is said', () => {
    const tags = axisOf('tags', [
      valueOf('a', { genre: ['Folk'] }),
      valueOf('b', { genre: ['Pop'] }),
    ]);
    const plan = planOf({ axes: [tags, genres('rock', 'Pop')] });
    expect(plan.combinations).toBe(4);
    expect(plan.jobs).toBe(2);
    expect(plan.duplicates).toEqual({
      count: 2,
      first: { kept: { tags: 'a', genre: 'rock' }, dropped: { tags: 'b', genre: 'rock' } },
    });
    expect(jobsOf(plan).map(({ coordinates }) => coordinates.tags)).toEqual(['a', 'a']);
  });

  test('repeat buys n of each, keeps the first as it was and tells the names apart', () => {
    const axes = [seeds(1, 2)];
    const once = idsOf(planOf({ axes }));
    const thrice = planOf({ axes, repeat: 3 });
    expect(thrice.jobs).toBe(6);
    expect(new Set(idsOf(thrice)).size).toBe(6);
    expect(once.every((id) => idsOf(thrice).includes(id))).toBe(true);
    expect(jobsOf(thrice).map(({ output }) => output)).toEqual([
      '1',
      '1~2',
      '1~3',
      '2',
      '2~2',
      '2~3',
    ]);
  });
});

describe('parts of a batch', () => {
  test('shards partition the jobs, and adding jobs moves none', () => {
    fc.assert(
      fc.property(someAxes, fc.integer({ min: 1, max: 7 }), (axes, of) => {
        const ids = idsOf(planOf({ axes }));
        const shards = Array.from({ length: of }, (_, index) =>
          ids.filter((id) =>
            isSelected({ ...everything, shard: { index: index + 1, of } }, id, {}),
          ),
        );
        expect(shards.flat().sort()).toEqual([...ids].sort());
      }),
    );
  });

  test('a sample is a subset of the asked size, repeatable, and depends on its seed alone', () => {
    fc.assert(
      fc.property(someAxes, fc.integer({ min: 1, max: 30 }), fc.nat(), (axes, jobs, seed) => {
        const all = idsOf(planOf({ axes }));
        const sample = planOf({ axes, sample: { jobs, seed } });
        const ids = idsOf(sample);
        expect(ids).toHaveLength(Math.min(jobs, all.length));
        expect(sample.jobs).toBe(ids.length);
        expect(ids.every((id) => all.includes(id))).toBe(true);
        const again = planOf({ axes: [...axes].reverse(), sample: { jobs, seed } });
        expect(idsOf(again).sort()).toEqual([...ids].sort());
      }),
    );
    const many = [seeds(...Array.from({ length: 50 }, (_, index) => index))];
    const draw = (seed: number) => idsOf(planOf({ axes: many, sample: { jobs: 5, seed } }));
    expect(draw(1)).not.toEqual(draw(2));
  });

  test('only and skip choose by label', () => {
    const plan = planOf({ axes: [genres('Pop', 'rock', 'jazz'), seeds(1, 2)] });
    const chosen = [...plan.planned()].filter(({ id, coordinates }) =>
      isSelected(
        {
          only: [{ axis: 'genre', labels: ['Pop', 'jazz'] }],
          skip: [{ axis: 'seed', labels: ['2'] }],
        },
        id,
        coordinates,
      ),
    );
    expect(chosen.map(({ coordinates }) => coordinates)).toEqual([
      { genre: 'Pop', seed: '1' },
      { genre: 'jazz', seed: '1' },
    ]);
  });
});

describe('a plan is refused', () => {
  test('when two jobs want one name, showing both', () => {
    const axes = [genres('Pop', 'rock'), seeds(1, 2)];
    const output = { dir: '/out', name: [{ axis: 'seed' as const }] };
    expect(problemsOf({ axes, output })).toEqual([
      'two jobs want the name "1": genre=Pop seed=1 and genre=rock seed=1',
    ]);
  });

  test('when names differ only in case, or only in where one label ends', () => {
    const template = [{ axis: 'lyrics' as const }, { text: '_' }, { axis: 'genre' as const }];
    const output = { dir: '/out', name: template };
    const one = { axes: [lyrics('a', 'a_b'), genres('b_c', 'c')], output };
    expect(problemsOf(one)).toEqual([
      'two jobs want the name "a_b_c": lyrics=a genre=b_c and lyrics=a_b genre=c',
    ]);
    const other = { axes: [lyrics('x_A', 'x'), genres('b', 'a_b')], output };
    expect(problemsOf(other)).toEqual([
      'two jobs want the name "x_A_b": lyrics=x_A genre=b and lyrics=x genre=a_b',
    ]);
  });

  test('when nothing is left, or more than limits.jobs', () => {
    const axes = [seeds(1, 2)];
    const exclude = [0, 1].map((index) => ({ pins: [{ axis: 0, index }] }));
    expect(problemsOf({ axes, exclude })).toEqual([
      'the matrix is empty: exclude leaves no combination',
    ]);
    const limits = { tasks: 1, requestsPerSecond: 1, taskTimeout: 1, outputSize: 1, jobs: 1 };
    const output = { dir: '/out', name: nameByAxes(axes) };
    expect(problemsOf({ axes, limits, output })).toEqual([
      'the matrix has 2 jobs, more than limits.jobs (1) allows',
    ]);
  });
});

test('a plan is refused when a job would have no lyrics, or a name too long for a file system', () => {
  const axes = [seeds(1, 2)];
  const output = { dir: '/out', name: nameByAxes(axes) };
  expect(problemsOf({ axes, output, defaults: {} })).toEqual(['a job has no lyrics: seed=1']);
  const long = [lyrics('a'.repeat(80)), genres('b'.repeat(80)), tagAxis('c'.repeat(80))];
  const name = long.map(({ name: axis }) => ({ axis }));
  expect(problemsOf({ axes: long, output: { dir: '/out', name } })).toEqual([
    'output.name gives names of up to 266 bytes, and file systems take 255',
  ]);
  expect(problemsOf({ axes: long, output: { dir: '/out', name: nameByAxes(long) } })).toEqual([]);
});

test('names that the template keeps apart by itself are never compared, whatever they are', () => {
  // The same answer by proof and by comparison: names clash exactly when two are equal.
  const label = fc.stringMatching(/^[ab_-]{1,3}$/);
  const separator = fc.constantFrom('/', '_', '-', '.', '');
  fc.assert(
    fc.property(
      fc.uniqueArray(label, { minLength: 1, maxLength: 4 }),
      fc.uniqueArray(label, { minLength: 1, maxLength: 4 }),
      separator,
      (texts, kinds, between) => {
        const axes = [lyrics(...texts), genres(...kinds)];
        const name = [{ axis: 'lyrics' as const }, { text: between }, { axis: 'genre' as const }];
        const names = texts.flatMap((text) => kinds.map((kind) => `${text}${between}${kind}`));
        const clashes = problemsOf({ axes, output: { dir: '/out', name } }).length > 0;
        expect(clashes).toBe(new Set(names).size < names.length);
      },
    ),
    { numRuns: 500 },
  );
});
