/** Manifests for tests that need one without its YAML. */
import type { Axis, AxisName, AxisValue, Manifest } from '../../src/manifest/manifest.ts';
import type { ParameterSources } from '../../src/manifest/parameters.ts';

export function manifestOf(changes: Partial<Manifest> = {}): Manifest {
  return {
    path: '/batches/test.yaml',
    sha256: '0'.repeat(64),
    name: 'test',
    model: 'wiro/text-to-song-with-reference-yue',
    required: [['prompt']],
    defaults: { prompt: '[verse]\nla' },
    axes: [],
    exclude: [],
    include: [],
    repeat: 1,
    limits: { tasks: 20, requestsPerSecond: 10, taskTimeout: 1_800_000, outputSize: 500e6 },
    retry: { attempts: 3 },
    output: { dir: '/out/test', name: [{ text: 'song' }] },
    ...changes,
  };
}

export function axisOf(name: AxisName, values: readonly AxisValue[]): Axis {
  return {
    name,
    size: values.length,
    at: (index) => {
      const value = values[index];
      if (!value) throw new RangeError(`no value ${index} on ${name}`);
      return value;
    },
  };
}

export function valueOf(label: string, parameters: ParameterSources): AxisValue {
  return { label, parameters };
}

export function seeds(...numbers: number[]): Axis {
  return axisOf(
    'seed',
    numbers.map((seed) => valueOf(String(seed), { seed: String(seed) })),
  );
}

export function genres(...labels: string[]): Axis {
  return axisOf(
    'genre',
    labels.map((label) => valueOf(label, { genre: [label] })),
  );
}

export function lyrics(...labels: string[]): Axis {
  return axisOf(
    'lyrics',
    labels.map((label) => valueOf(label, { prompt: `[verse]\n${label}` })),
  );
}

/** `{a}/{b}` for axes a and b. */
export function nameByAxes(axes: readonly Axis[]) {
  return axes.flatMap(({ name }, index) => [...(index > 0 ? [{ text: '/' }] : []), { axis: name }]);
}
