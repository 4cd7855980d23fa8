/** What a plan knows without looking is what looking at every job tells. */
import { describe, expect, test } from 'vitest';
import fc from '../fast-check.ts';
import type { AxisName, AxisValue, Inclusion, Manifest, Pin } from '../../src/manifest/manifest.ts';
import { candidatesOf } from '../../src/plan/candidates.ts';
import { makePlan } from '../../src/plan/plan.ts';
import { jobsDiffer, namesDiffer } from '../../src/plan/proof.ts';
import { createSampler } from '../../src/plan/sample-jobs.ts';
import { axisOf, manifestOf, seeds, valueOf } from './manifests.ts';

/** Values that a matrix may have, few enough to meet each other. */
const values: Partial<Record<AxisName, readonly AxisValue[]>> = {
  lyrics: ['a', 'b', 'c', 'default'].map((text) => valueOf(text, { prompt: `[verse]\n${text}` })),
  reference: [
    valueOf('none', {}),
    valueOf('a', { inputAudioUrl: 'https://example.com/a.mp3' }),
    valueOf('b_c', { inputAudioUrl: 'https://example.com/b.mp3' }),
  ],
  tags: [
    valueOf('a', { genre: ['Pop'] }),
    valueOf('b', { genre: ['Pop'], mood: ['calm'] }),
    valueOf('c', { mood: ['calm'] }),
    valueOf('a_b', { genre: ['rock'], mood: ['happy'] }),
  ],
  parameters: [
    valueOf('few', { steps: '10' }),
    valueOf('all', { steps: '20', mood: ['calm'] }),
    valueOf('url', { inputAudioUrl: 'https://example.com/a.mp3' }),
  ],
  genre: [valueOf('Pop', { genre: ['Pop'] }), valueOf('rock', { genre: ['rock'] })],
  mood: [valueOf('calm', { mood: ['calm'] }), valueOf('happy', { mood: ['happy'] })],
  seed: ['1', '2', '3', '12'].map((seed) => valueOf(seed, { seed })),
};
const names = ['lyrics', 'reference', 'tags', 'parameters', 'genre', 'mood', 'seed'] as const;

type Entry = readonly (readonly [AxisName, AxisValue])[];

const someValue = (name: AxisName) => fc.constantFrom(...(values[name] ?? []));
const someEntry: fc.Arbitrary<Entry> = fc
  .subarray([...names], { minLength: 1 })
  .chain((chosen) =>
    fc.tuple(...chosen.map((name) => someValue(name).map((value) => [name, value] as const))),
  );

const someManifest = fc
  .record({
    axes: fc
      .shuffledSubarray([...names], { maxLength: 4 })
      .chain((chosen) =>
        fc.tuple(
          ...chosen.map((name) =>
            fc
              .shuffledSubarray([...(values[name] ?? [])], { minLength: 1 })
              .map((some) => axisOf(name, some)),
          ),
        ),
      ),
    excluded: fc.array(someEntry, { maxLength: 3 }),
    included: fc.array(someEntry, { maxLength: 3 }),
    defaults: fc.constantFrom(
      { prompt: '[verse]\na' },
      { prompt: '[verse]\nb', inputAudioUrl: 'https://example.com/a.mp3', seed: '1' },
      { prompt: '[verse]\nx', genre: ['Pop'], mood: ['calm'] },
    ),
    repeat: fc.constantFrom(1, 1, 2),
    separator: fc.constantFrom('/', '_', '-s', 'e', ''),
    named: fc.subarray([...names, 'repeat' as const], { minLength: 1 }),
    namesAll: fc.boolean(),
  })
  .map(({ axes, excluded, included, separator, named, namesAll, ...others }) => {
    const pinsOf = (entry: Entry): Pin[] =>
      entry.flatMap(([name, value]) => {
        const axis = axes.findIndex((each) => each.name === name);
        if (axis < 0) return [];
        const labels = Array.from(
          { length: axes[axis]?.size ?? 0 },
          (_, at) => axes[axis]?.at(at).label,
        );
        const index = labels.indexOf(value.label);
        return [{ axis, index: index < 0 ? undefined : index }];
      });
    const exclude = excluded
      .map((entry) => ({ pins: pinsOf(entry) }))
      .filter(({ pins }) => pins.length > 0 && pins.every(({ index }) => index !== undefined));
    const include = included.map((entry): Inclusion => ({
      pins: pinsOf(entry),
      values: new Map(entry),
    }));
    const parts = namesAll ? axes.map(({ name }) => name) : named;
    const name = parts.flatMap((axis, index) => [
      ...(index > 0 ? [{ text: separator }] : []),
      { axis },
    ]);
    return manifestOf({ axes, exclude, include, ...others, output: { dir: '/out', name } });
  });

/** As the file systems that ignore case see them. */
const fold = (name: string) => name.normalize('NFC').toUpperCase();

describe('a plan that looks at no job', () => {
  let proven = 0;
  test('says that jobs differ only where they do, and that names do', () => {
    fc.assert(
      fc.property(someManifest, (manifest) => {
        const candidates = candidatesOf(manifest);
        const all = [...candidates.walk()];
        const sent = new Set(
          all.map(({ job }, at) => JSON.stringify([job().parameters, at % manifest.repeat])),
        );
        if (jobsDiffer(manifest, candidates)) {
          expect(sent.size).toBe(all.length);
          proven++;
        }
        const isNamed = namesDiffer(manifest, candidates);
        if (isNamed) expect(new Set(all.map(({ output }) => fold(output))).size).toBe(all.length);
        if (isNamed) proven++;
      }),
      { numRuns: 3000 },
    );
    expect(proven).toBeGreaterThan(500);
  });
});

describe('what people write is proven', () => {
  const axes = [
    axisOf('lyrics', (values.lyrics ?? []).slice(0, 2)),
    axisOf('tags', (values.tags ?? []).slice(1, 3)),
    seeds(1, 2, 3),
  ];
  const output = {
    dir: '/out',
    name: [
      { axis: 'lyrics' as const },
      { text: '/' },
      { axis: 'tags' as const },
      { text: '_s' },
      { axis: 'seed' as const },
    ],
  };
  const gender = valueOf('female', { gender: ['female'] });
  const other = valueOf('other', { prompt: '[verse]\nother' });
  const [tag = gender] = values.tags ?? [];

  test.each<[string, Partial<Manifest>]>([
    ['axes alone', {}],
    ['copies', { repeat: 3 }],
    [
      'what is excluded',
      {
        exclude: [
          {
            pins: [
              { axis: 0, index: 1 },
              { axis: 2, index: 0 },
            ],
          },
        ],
      },
    ],
    [
      'a parameter that is added to some',
      { include: [{ pins: [{ axis: 0, index: 1 }], values: new Map([['gender', gender]]) }] },
    ],
    [
      'a song of its own',
      {
        include: [
          {
            pins: [
              { axis: 0, index: undefined },
              { axis: 1, index: undefined },
              { axis: 2, index: 0 },
            ],
            values: new Map([
              ['lyrics', other],
              ['tags', tag],
              ['seed', valueOf('1', { seed: '1' })],
            ]),
          },
        ],
      },
    ],
    [
      'a song of which only the words are said',
      {
        include: [{ pins: [{ axis: 0, index: undefined }], values: new Map([['lyrics', other]]) }],
      },
    ],
  ])('%s', (_, changes) => {
    const manifest = manifestOf({ axes, output, ...changes });
    const candidates = candidatesOf(manifest);
    expect(jobsDiffer(manifest, candidates)).toBe(true);
    expect(namesDiffer(manifest, candidates)).toBe(true);
  });
});

describe('what is not so is not proven', () => {
  test('a name that lacks a label may be read as another that has it', () => {
    const output = {
      dir: '/out',
      name: [{ axis: 'lyrics' as const }, { text: 'e' }, { axis: 'tags' as const }],
    };
    const manifest = manifestOf({
      axes: [
        axisOf('lyrics', [valueOf('d', { prompt: '[verse]\nd' })]),
        axisOf('tags', [valueOf('faulteb', { mood: ['calm'] })]),
      ],
      include: [
        {
          pins: [{ axis: 1, index: undefined }],
          values: new Map([['tags', valueOf('b', { mood: ['happy'] })]]),
        },
      ],
      output,
    });
    expect(namesDiffer(manifest, candidatesOf(manifest))).toBe(false);
    expect(makePlan(manifest)).toMatchObject({
      problems: [
        { message: expect.stringContaining('two jobs want the name "defaulteb"') as string },
      ],
    });
  });

  test('without a reference the default is gone, whatever axis may name one, too', () => {
    const none = valueOf('none', {});
    const manifest = manifestOf({
      defaults: { prompt: '[verse]\na', inputAudioUrl: 'https://example.com/b.mp3' },
      axes: [axisOf('parameters', [...(values.parameters ?? [])])],
      include: [
        { pins: [], values: new Map([['reference', none]]) },
        {
          pins: [{ axis: 0, index: undefined }],
          values: new Map([
            ['parameters', valueOf('again', { steps: '10' })],
            ['reference', none],
          ]),
        },
      ],
      output: { dir: '/out', name: [{ axis: 'parameters' }] },
    });
    expect(makePlan(manifest)).toMatchObject({
      combinations: 4,
      jobs: 3,
      duplicates: { count: 1 },
    });
  });
});

test('jobs in the plan, entered anywhere, are those that come first of their kind', () => {
  fc.assert(
    fc.property(someManifest, fc.nat(20), (manifest, from) => {
      const axes = manifest.axes.map(({ name }) => ({ axis: name }));
      const name = [...axes, { axis: 'repeat' as const }].flatMap((part) => [part, { text: '/' }]);
      const plan = makePlan({ ...manifest, output: { dir: '/out', name } });
      fc.pre(!('problems' in plan));
      const ids = Array.from(plan.planned(), ({ id }) => id);
      const all = Array.from(candidatesOf(manifest).walk(), ({ id }) => id);
      expect(ids).toEqual([...new Set(all)]);
      expect(plan.jobs).toBe(ids.length);
      expect(Array.from(plan.planned(from), ({ id }) => id)).toEqual(ids.slice(from));
    }),
    { numRuns: 300 },
  );
});

test('a sample is the same whether all jobs are looked at or a few', () => {
  fc.assert(
    fc.property(someManifest, fc.integer({ min: 1, max: 12 }), (manifest, most) => {
      const axes = manifest.axes.map(({ name }) => ({ axis: name }));
      const name = [...axes, { axis: 'repeat' as const }].flatMap((part) => [part, { text: '/' }]);
      const plan = makePlan({ ...manifest, output: { dir: '/out', name } });
      fc.pre(!('problems' in plan));
      const [all, few] = [plan.planned(), plan.showing(most)].map((jobs) => {
        const sampler = createSampler<string>(manifest.axes, most);
        for (const { id, coordinates } of jobs) sampler.see(id, coordinates);
        return sampler.sample();
      });
      expect(few).toEqual(all);
    }),
    { numRuns: 300 },
  );
});
