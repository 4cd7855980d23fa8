/**
 * A job as a row. Nearly everything about the jobs of one batch is alike, so a row holds only values:
 *
 *   shape  the number of a text: {"model": ..., "axes": [names], "parameters": [names]}
 *   spec   [output, a label for each axis, a value for each parameter], as JSON; a value of more than
 *          12 characters is the number of a text instead (no parameter is ever a number itself)
 */
import { axisNames, type AxisName } from '../manifest/manifest.ts';
import {
  isPlainName,
  type ParameterSource,
  type ParameterSources,
} from '../manifest/parameters.ts';
import type { Coordinates, Job, JobId } from '../job/job.ts';
import { fields, json, list, Malformed, text, whole } from './stored-value.ts';
import type { Texts } from './texts.ts';

export interface JobRow {
  readonly shape: number;
  readonly spec: string;
}

/**
 * Characters of JSON. A seed of ten digits is just short enough: seeds are what tells jobs apart, and
 * a text that nobody shares costs 50 bytes more than it saves. Lyrics, URLs and tags are shared.
 */
const longest = 12;

export function encodeJob(job: Job, texts: Texts): JobRow {
  const shape = {
    model: job.model,
    axes: Object.keys(job.coordinates),
    parameters: Object.keys(job.parameters),
  };
  const labels = Object.values(job.coordinates).map((label) => JSON.stringify(label));
  const values = Object.values(job.parameters).map((value) => {
    const whole = JSON.stringify(value);
    return whole.length > longest ? String(texts.numberOf(whole)) : whole;
  });
  return {
    shape: texts.numberOf(JSON.stringify(shape)),
    spec: `[${[JSON.stringify(job.output), ...labels, ...values].join(',')}]`,
  };
}

/** Throws `Malformed` when the row is no job. */
export function decodeJob(id: JobId, row: JobRow, texts: Texts): Job {
  const shape = fields(texts.valueOf(row.shape));
  const axes = list(shape['axes']);
  const names = list(shape['parameters']);
  const [output, ...values] = list(json(row.spec));
  if (values.length !== axes.length + names.length) {
    throw new Malformed(`job ${id} has not as many values as names`);
  }
  return {
    id,
    model: text(shape['model']),
    coordinates: decodeCoordinates(axes, values),
    parameters: decodeParameters(names, values.slice(axes.length), texts),
    output: text(output),
  };
}

function decodeCoordinates(axes: readonly unknown[], labels: readonly unknown[]): Coordinates {
  const coordinates: Partial<Record<AxisName, string>> = {};
  axes.forEach((axis, index) => {
    const name = axisNames.find((known) => known === axis);
    if (name === undefined) throw new Malformed(`an unknown axis ${String(axis)}`);
    coordinates[name] = text(labels[index]);
  });
  return coordinates;
}

function decodeParameters(
  names: readonly unknown[],
  values: readonly unknown[],
  texts: Texts,
): ParameterSources {
  const entries = names.map((parameter, index): [string, ParameterSource] => {
    const name = text(parameter);
    if (!isPlainName(name)) throw new Malformed(`"${name}" is not the name of a parameter`);
    const value = values[index];
    return [name, decodeSource(typeof value === 'number' ? texts.valueOf(value) : value)];
  });
  return Object.fromEntries(entries);
}

function decodeSource(value: unknown): ParameterSource {
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return value.map(text);
  const { file, sha256, bytes } = fields(value);
  return { file: text(file), sha256: text(sha256), bytes: whole(bytes) };
}
