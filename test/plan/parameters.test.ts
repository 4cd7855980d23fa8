/** Parameters besides YuE's own: they are part of what a job is, and change nothing for jobs without. */
import { describe, expect, test } from 'vitest';
import fc from '../fast-check.ts';
import type { Axis, Manifest } from '../../src/manifest/manifest.ts';
import type { ParameterSources } from '../../src/manifest/parameters.ts';
import { makePlan } from '../../src/plan/plan.ts';
import { axisOf, lyrics, manifestOf, nameByAxes, seeds, valueOf } from './manifests.ts';

function plan(changes: Partial<Manifest>) {
  const output = { dir: '/out/test', name: nameByAxes(changes.axes ?? []) };
  return makePlan(manifestOf({ output, ...changes }));
}

function jobsOf(changes: Partial<Manifest>) {
  const made = plan(changes);
  if ('problems' in made) throw new Error(made.problems.map(({ message }) => message).join('\n'));
  return { jobs: made.jobs, planned: [...made.planned()].map(({ job }) => job()) };
}

const idsOf = (changes: Partial<Manifest>) => jobsOf(changes).planned.map(({ id }) => id);
const swept = (...values: ParameterSources[]) =>
  axisOf(
    'parameters',
    values.map((each, index) => valueOf(`p${index}`, each)),
  );

describe('other parameters are part of what a job is', () => {
  const base = { prompt: '[verse]\nla' };

  test('an id is the same for ever', () => {
    // A golden value, as for jobs without: if it changes, batches are bought again.
    const defaults = { ...base, steps: '30', 'a.b': ['x', 'y'] };
    expect(idsOf({ defaults })).toEqual(['294d8f60db33dd0efbecf10a8faae63c']);
  });

  test('wherever they are written, and in whatever order', () => {
    const [one] = idsOf({ defaults: { ...base, steps: '30', cfg: '2' } });
    expect(idsOf({ defaults: { cfg: '2', ...base, steps: '30' } })).toEqual([one]);
    expect(idsOf({ defaults: base, axes: [swept({ cfg: '2', steps: '30' })] })).toEqual([one]);
    const both = { defaults: { ...base, steps: '9' }, axes: [swept({ steps: '30', cfg: '2' })] };
    expect(idsOf(both)).toEqual([one]);
  });

  test('by name and by value', () => {
    const others = [{ a: '1' }, { a: '2' }, { b: '1' }, { a: ['1'] }, { a: '1', b: '1' }, {}];
    const ids = others.flatMap((each) => idsOf({ defaults: { ...base, ...each } }));
    expect(new Set(ids).size).toBe(others.length);
  });

  test('they stand behind the others, by name', () => {
    const { planned } = jobsOf({ defaults: { zoom: '1', ...base, alpha: '2', seed: '3' } });
    expect(Object.keys(planned[0]?.parameters ?? {})).toEqual(['prompt', 'seed', 'alpha', 'zoom']);
  });

  test('an axis of its own beats the axis parameters, which beats tags and defaults', () => {
    const axes = [
      seeds(7),
      swept({ seed: '8', mood: 'wild', steps: '1' }),
      axisOf('tags', [valueOf('t', { mood: ['calm'], genre: ['Pop'] })]),
    ];
    expect(jobsOf({ defaults: { ...base, steps: '9' }, axes }).planned[0]?.parameters).toEqual({
      ...base,
      genre: ['Pop'],
      mood: 'wild',
      seed: '7',
      steps: '1',
    });
  });
});

test('jobs are counted once each, whichever layers make two of them equal', () => {
  const some = (...names: string[]) =>
    fc.dictionary(fc.constantFrom(...names), fc.constantFrom('1', '2'), { maxKeys: 3 });
  const layered = (name: 'tags' | 'parameters', ...names: string[]): fc.Arbitrary<Axis> =>
    fc.array(some(...names), { minLength: 1, maxLength: 3 }).map((values) =>
      axisOf(
        name,
        values.map((each, at) => valueOf(`${name}${at}`, { ...each })),
      ),
    );
  const kinds = fc.uniqueArray(fc.constantFrom('1', '2', '3'), { minLength: 1 }).map((values) =>
    axisOf(
      'mood',
      values.map((each) => valueOf(each, { mood: each })),
    ),
  );
  const numbers = fc
    .uniqueArray(fc.constantFrom(1, 2, 3), { minLength: 1 })
    .map((values) => seeds(...values));
  const tags = layered('tags', 'mood', 'genre');
  const others = layered('parameters', 'mood', 'steps', 'seed');
  const axes = fc.tuple(tags, others, kinds, numbers).chain((all) => fc.shuffledSubarray(all));
  fc.assert(
    fc.property(axes, some('mood', 'genre', 'steps', 'seed'), (chosen, defaults) => {
      const made = jobsOf({ axes: chosen, defaults: { prompt: '[verse]\nla', ...defaults } });
      const ids = made.planned.map(({ id }) => id);
      expect([made.jobs, new Set(ids).size]).toEqual([ids.length, ids.length]);
    }),
    { numRuns: 300 },
  );
});

describe('a plan is refused when a job lacks what the model requires', () => {
  const problemsOf = (changes: Partial<Manifest>) => {
    const made = plan({ model: 'acme/humming', required: [['prompt'], ['steps']], ...changes });
    return 'problems' in made ? made.problems.map(({ message }) => message) : [];
  };

  test('naming one', () => {
    const axes = [swept({ steps: '1' }, { cfg: '2' })];
    expect(problemsOf({ axes })).toEqual([
      'a job has no steps, which acme/humming requires: parameters=p1',
    ]);
  });

  test('but not where an axis or a default has it', () => {
    expect(problemsOf({ axes: [lyrics('a')], defaults: { steps: '1' } })).toEqual([]);
    expect(problemsOf({ axes: [swept({ steps: '1' }, { steps: '2' })] })).toEqual([]);
  });

  test('nor by what every object has', () => {
    expect(problemsOf({ required: [['constructor']] })).toEqual([
      'a job has no constructor, which acme/humming requires: (defaults)',
    ]);
  });
});
