/**
 * A job as a row. Nearly everything about the jobs of one batch is alike, so a row holds only values:
 *
 *   shape  the number of a text: {"model": ..., "axes": [names], "parameters": [names]}
 *   spec   [output, a label for each axis, a value for each parameter, paths], as JSON; most of them as
 *          numbers of texts (none is ever a number itself), and 0 for a value that is the label of the
 *          axis of its name
 *
 * An output is mostly made of labels: then it is the number of a text, a list of literals and of
 * positions of labels, which many jobs share. `paths` is what paths of files are told from
 * (event-code.ts): the output that the job first had, left out where it is the one of today.
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
  /** The job's last event. */
  readonly last: number;
}

export interface DecodedJob {
  readonly job: Job;
  readonly paths: string;
}

/**
 * What is not kept as a text, as JSON: seeds of up to ten digits, which tell jobs apart (a text that nobody
 * shares costs 100 bytes more than it saves), and what is as short as a number. Lyrics, tags, URLs and labels
 * are shared.
 */
const isKeptInPlace = /^("\d{0,10}"|.{0,4})$/;

export function encodeJob(job: Job, paths: string, texts: Texts): Pick<JobRow, 'shape' | 'spec'> {
  const shape = {
    model: job.model,
    axes: Object.keys(job.coordinates),
    parameters: Object.keys(job.parameters),
  };
  const short = (value: unknown): string => {
    const whole = JSON.stringify(value);
    return isKeptInPlace.test(whole) ? whole : String(texts.numberOf(whole));
  };
  const labels = Object.values(job.coordinates);
  const values = Object.entries(job.parameters).map(([name, value]) =>
    value === labelOn(job, name) ? '0' : short(value),
  );
  const spec = [
    encodeOutput(job.output, labels, texts),
    ...labels.map(short),
    ...values,
    ...(paths === job.output ? [] : [JSON.stringify(paths)]),
  ];
  return { shape: texts.numberOf(JSON.stringify(shape)), spec: `[${spec.join(',')}]` };
}

function labelOn({ coordinates }: Pick<Job, 'coordinates'>, name: string): string | undefined {
  const axis = axisNames.find((known) => known === name);
  return axis && coordinates[axis];
}

/** Literal, position of a label, literal, position... */
type Pattern = readonly (string | number)[];

/** What is left without the labels is the template's, and so the same for many jobs. */
function encodeOutput(output: string, labels: readonly string[], texts: Texts): string {
  let pattern: Pattern = [output];
  // The longest first: another label may be a part of it.
  for (const label of labels.toSorted((a, b) => b.length - a.length)) {
    pattern = withPosition(pattern, label, labels.indexOf(label));
  }
  return pattern.length === 1
    ? JSON.stringify(output)
    : String(texts.numberOf(JSON.stringify(pattern)));
}

/** In place of the last literal that has the label. */
function withPosition(pattern: Pattern, label: string, position: number): Pattern {
  const index = pattern.findLastIndex((part) => typeof part === 'string' && part.includes(label));
  const literal = pattern[index];
  if (label === '' || typeof literal !== 'string') return pattern;
  const at = literal.lastIndexOf(label);
  const parts = [literal.slice(0, at), position, literal.slice(at + label.length)];
  return pattern.toSpliced(index, 1, ...parts);
}

function decodeOutput(value: unknown, labels: readonly string[], texts: Texts): string {
  if (typeof value !== 'number') return text(value);
  return list(texts.valueOf(value))
    .map((part) => text(typeof part === 'number' ? labels[part] : part))
    .join('');
}

/** Throws `Malformed` when the row is no job. */
export function decodeJob(
  id: JobId,
  row: Pick<JobRow, 'shape' | 'spec'>,
  texts: Texts,
): DecodedJob {
  const { model, axes, names, labels, values, output, paths } = readSpec(id, row, texts);
  const coordinates = decodeCoordinates(axes, labels);
  const parameters = decodeParameters(names, values, coordinates, texts);
  return { job: { id, model: text(model), coordinates, parameters, output }, paths };
}

/** `DecodedJob.paths`, without the rest of the job. */
export function decodePaths(id: JobId, row: Pick<JobRow, 'shape' | 'spec'>, texts: Texts): string {
  return readSpec(id, row, texts).paths;
}

interface Spec {
  readonly model: unknown;
  readonly axes: readonly unknown[];
  readonly labels: readonly string[];
  /** Of parameters, and what they are; undecoded. */
  readonly names: readonly unknown[];
  readonly values: readonly unknown[];
  readonly output: string;
  readonly paths: string;
}

function readSpec(id: JobId, row: Pick<JobRow, 'shape' | 'spec'>, texts: Texts): Spec {
  const shape = fields(texts.valueOf(row.shape));
  const axes = list(shape['axes']);
  const names = list(shape['parameters']);
  const [first, ...values] = list(json(row.spec));
  const surplus = values.length - axes.length - names.length;
  if (surplus < 0 || surplus > 1) {
    throw new Malformed(`job ${id} has not as many values as names`);
  }
  const labels = values
    .slice(0, axes.length)
    .map((label) => text(typeof label === 'number' ? texts.valueOf(label) : label));
  const output = decodeOutput(first, labels, texts);
  return {
    model: shape['model'],
    axes,
    labels,
    names,
    values: values.slice(axes.length),
    output,
    paths: surplus === 1 ? text(values.at(-1)) : output,
  };
}

function decodeCoordinates(axes: readonly unknown[], labels: readonly string[]): Coordinates {
  const coordinates: Partial<Record<AxisName, string>> = {};
  axes.forEach((axis, index) => {
    const name = axisNames.find((known) => known === axis);
    if (name === undefined) throw new Malformed(`an unknown axis ${String(axis)}`);
    coordinates[name] = labels[index] ?? '';
  });
  return coordinates;
}

function decodeParameters(
  names: readonly unknown[],
  values: readonly unknown[],
  coordinates: Coordinates,
  texts: Texts,
): ParameterSources {
  const entries = names.map((parameter, index): [string, ParameterSource] => {
    const name = text(parameter);
    if (!isPlainName(name)) throw new Malformed(`"${name}" is not the name of a parameter`);
    const value = values[index];
    if (value === 0) return [name, text(labelOn({ coordinates }, name))];
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
