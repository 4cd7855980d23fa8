import { expect, test } from 'vitest';
import fc from '../fast-check.ts';
import { makePlan } from '../../src/plan/plan.ts';
import { createSampler } from '../../src/plan/sample-jobs.ts';
import type { Manifest } from '../../src/manifest/manifest.ts';
import { genres, lyrics, manifestOf, nameByAxes, seeds } from './manifests.ts';

function sampleOf(changes: Partial<Manifest>, most: number): string[] {
  const axes = changes.axes ?? [];
  const manifest = manifestOf({ ...changes, output: { dir: '/out', name: nameByAxes(axes) } });
  const plan = makePlan(manifest);
  if ('problems' in plan) throw new Error('not a plan');
  const sampler = createSampler<string>(axes, most);
  for (const { coordinates, job } of plan.planned()) sampler.see(job().output, coordinates);
  return [...sampler.sample()];
}

const axes = [lyrics('a', 'b'), genres('Pop', 'rock', 'jazz'), seeds(1, 2, 3, 4)];

test('a sample shows other labels of every axis, in the order of the plan', () => {
  expect(sampleOf({ axes }, 5)).toEqual(['a/Pop/1', 'a/Pop/2', 'a/rock/1', 'a/jazz/1', 'b/Pop/1']);
});

test('an axis with many values does not keep others out, and exclusions are kept to', () => {
  const many = seeds(...Array.from({ length: 1000 }, (_, index) => index));
  expect(sampleOf({ axes: [lyrics('a', 'b'), many] }, 4)).toEqual(['a/0', 'a/1', 'a/2', 'b/0']);
  const exclude = [
    {
      pins: [
        { axis: 0, index: 1 },
        { axis: 2, index: 0 },
      ],
    },
  ];
  expect(sampleOf({ axes, exclude }, 2)).toEqual(['a/Pop/1', 'b/Pop/2']);
});

test('a sample is as large as it may be, in order, and all jobs where there are no more', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 30 }), (most) => {
      const all = sampleOf({ axes }, 100);
      expect(all).toHaveLength(24);
      const sample = sampleOf({ axes }, most);
      expect(sample).toHaveLength(Math.min(most, 24));
      expect(sample).toEqual(all.filter((name) => sample.includes(name)));
    }),
  );
});
