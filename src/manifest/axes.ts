/** The matrix: each axis with its values, and how exclude and include find a value on it. */
import { listed, quoted } from './findings.ts';
import { labelKey } from './label.ts';
import { isLyricsText, normalLyrics } from './lyrics.ts';
import { readLyrics } from './lyrics-values.ts';
import { axisNames, type Axis, type AxisName, type AxisValue } from './manifest.ts';
import { nearest } from './nearest.ts';
import { readNamedParameters } from './parameter-values.ts';
import { tagKinds, type ParameterSource, type TagKind } from './parameters.ts';
import { absolute, shown, type ReadValue, type Reading } from './reading.ts';
import { readReference } from './reference-values.ts';
import { randomSeeds, seedRange, seedValue, type Seeds } from './seeds.ts';
import { readClone, readKindValue, readNamedTags } from './tag-values.ts';
import type { Vocabulary } from './vocabulary.ts';
import { entriesOf, fieldOf, itemsOf, numberOf, textOf, type Written } from './written.ts';

export interface ReadAxis {
  readonly axis: Axis;
  /** Position of the value that an entry of exclude or include names. */
  readonly find: (node: Written) => number | undefined;
  /** Position of the value with this label, or one that differs from it only in case. */
  readonly labelled: (label: string) => number | undefined;
  /** Says which values there are, the nearest first. */
  readonly hint: (node: Written) => string;
  /** False when values are missing because they have errors: then nothing can be said of others. */
  readonly whole: boolean;
}

/** The axes in the order written; those that cannot be read at all are left out. */
export function readAxes(matrix: Written | undefined, reading: Reading): readonly ReadAxis[] {
  const axes: ReadAxis[] = [];
  for (const [key, { value }] of entriesOf(matrix)) {
    const name = axisNames.find((known) => known === key);
    const axis = name && readAxis(name, value, reading);
    if (axis) axes.push(axis);
  }
  return axes;
}

function readAxis(name: AxisName, node: Written, reading: Reading): ReadAxis | undefined {
  if (name === 'seed')
    return node.kind === 'map' ? seedAxis(node, reading) : seedList(node, reading);
  const items = itemsOf(node);
  const read = items.map((item) => readValues(name, item, reading));
  const values = read.flat();
  reportSameLabels(name, values, reading);
  return values.length === 0
    ? undefined
    : { ...listedAxis(name, values, reading), whole: read.every((each) => each.length > 0) };
}

/** What one entry of an axis stands for: one value, several for a glob, none if it has errors. */
export function readValues(name: AxisName, node: Written, reading: Reading): readonly ReadValue[] {
  const one = (value: ReadValue | undefined): readonly ReadValue[] => (value ? [value] : []);
  switch (name) {
    case 'lyrics':
      return readLyrics(node, reading);
    case 'reference':
      return one(readReference(node, reading));
    case 'clone':
      return one(readClone(node, reading));
    case 'tags':
      return one(readNamedTags(node, reading));
    case 'parameters':
      return one(readNamedParameters(node, reading));
    case 'genre':
    case 'instrument':
    case 'mood':
    case 'gender':
    case 'timbre':
      return one(readKindValue(name, node, reading));
    case 'seed': {
      const seed = numberOf(node) ?? textOf(node);
      const isSeed = seed !== undefined && /^\d+$/.test(String(seed));
      return isSeed ? [{ ...seedValue(seed), range: node.range }] : [];
    }
  }
}

function reportSameLabels(name: AxisName, values: readonly ReadValue[], reading: Reading): void {
  const first = new Map<string, ReadValue>();
  for (const value of values) {
    const earlier = first.get(labelKey(value.label));
    if (!earlier) {
      first.set(labelKey(value.label), value);
      continue;
    }
    const what =
      earlier.label === value.label
        ? `two values of ${name} have the label ${quoted(value.label)}`
        : `the labels ${quoted(earlier.label)} and ${quoted(value.label)} differ only in case`;
    reading.findings.error(
      value.range,
      `${what}, at ${place(earlier, reading)} and ${place(value, reading)}`,
      renaming(name),
    );
  }
}

/** Line and column, as a problem's own place is written. */
function place(value: ReadValue, reading: Reading): string {
  const above = reading.text.slice(0, value.range.start).split('\n');
  const position = `${above.length}:${(above.at(-1)?.length ?? 0) + 1}`;
  if (value.origin === undefined) return position;
  const isUrl = value.parameters.inputAudioUrl === value.origin;
  return `${quoted(isUrl ? value.origin : shown(value.origin, reading))} (${position})`;
}

function renaming(name: AxisName): string {
  switch (name) {
    case 'lyrics':
      return 'give one of them an id: { id: …, file: … }';
    case 'reference':
      return 'give one of them an id: { id: …, url: … }';
    case 'tags':
    case 'parameters':
      return 'give one of them another id';
    case 'genre':
    case 'instrument':
    case 'mood':
    case 'gender':
    case 'timbre':
      return `remove one, or sweep them under tags: { id: …, ${name}: … }`;
    case 'clone':
    case 'seed':
      return 'remove one of them';
  }
}

function listedAxis(
  name: AxisName,
  values: readonly ReadValue[],
  reading: Reading,
): Omit<ReadAxis, 'whole'> {
  const places = new Map(values.map((value, index) => [value.label, index]));
  const others = new Map(values.map((value, index) => [otherName(name, value), index]));
  const plain = values.map(({ label, parameters }): AxisValue => ({ label, parameters }));
  const at = (index: number): AxisValue => {
    const value = plain[index];
    if (!value) throw new RangeError(`${name} has ${plain.length} values, not ${index + 1}`);
    return value;
  };
  return {
    axis: { name, size: values.length, at },
    find: (node) =>
      places.get(textOf(node)?.normalize('NFC') ?? '') ??
      others.get(writtenAs(name, node, reading) ?? ''),
    labelled: (label) => {
      const index = values.findIndex((value) => labelKey(value.label) === labelKey(label));
      return index < 0 ? undefined : index;
    },
    hint: (node) => {
      const labels = Array.from(places.keys());
      const close = nearest(textOf(node) ?? '', labels, 3).map(quoted);
      return labels.length > 3
        ? `nearest: ${close.join(', ')}`
        : `there is ${listed(close, 'and')}`;
    },
  };
}

/** Besides its label a value is named by what it was written as: path, URL, text, list of tags. */
function otherName(name: AxisName, value: ReadValue): string | undefined {
  if (name === 'parameters') return undefined;
  const kind = tagKinds.find((each) => each === name);
  return kind
    ? JSON.stringify(value.parameters[kind])
    : (value.origin ?? textParameter(value.parameters.prompt));
}

/** The same for an entry that may mean such a value. */
function writtenAs(name: AxisName, node: Written, reading: Reading): string | undefined {
  const kind = tagKinds.find((each) => each === name);
  if (kind) return JSON.stringify(tagsIn(kind, node, reading.model.vocabulary));
  const text = textOf(node);
  if (text === undefined) return undefined;
  if (name === 'reference') return text.includes(':') ? text : absolute(text, reading);
  if (name !== 'lyrics') return undefined;
  return isLyricsText(text) ? normalLyrics(text) : absolute(text, reading);
}

function textParameter(value: ParameterSource | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function tagsIn(
  kind: TagKind,
  node: Written,
  vocabulary: Vocabulary,
): readonly (string | undefined)[] {
  const items = node.kind === 'list' ? node.items : [node];
  return items.map((item) => vocabulary.find(kind, textOf(item) ?? ''));
}

function seedAxis(node: Written, reading: Reading): ReadAxis | undefined {
  const from = numberOf(fieldOf(node, 'from'));
  const to = numberOf(fieldOf(node, 'to'));
  const random = numberOf(fieldOf(node, 'random'));
  if (from === undefined) return undefined;
  if (to !== undefined && to < from) {
    reading.findings.error(
      fieldOf(node, 'to')?.range ?? node.range,
      `this range of seeds is empty: it goes from ${from} to ${to}`,
    );
    return undefined;
  }
  if (to !== undefined) {
    return lazySeeds(seedRange(from, to), `the seeds go from ${from} to ${to}`);
  }
  if (random === undefined) return undefined;
  return lazySeeds(randomSeeds(random, from), `the seeds are ${random} random numbers`);
}

function lazySeeds(seeds: Seeds, extent: string): ReadAxis {
  const labelled = (label: string) => seeds.find(Number(label));
  return {
    axis: {
      name: 'seed',
      size: seeds.size,
      at: (index) => seedValue(seeds.at(index)),
      rule: { text: seeds.rule, find: labelled },
    },
    find: (node) => {
      const seed = numberOf(node);
      return seed === undefined ? undefined : seeds.find(seed);
    },
    labelled,
    hint: (node) => quotedSeed(node) ?? extent,
    whole: true,
  };
}

/** Typed: the text "1" is not the number 1, though both are sent as "1". */
function seedList(node: Written, reading: Reading): ReadAxis | undefined {
  const items = itemsOf(node);
  const written = items.flatMap((item) => numberOf(item) ?? textOf(item) ?? []);
  const values = items.flatMap((item) => readValues('seed', item, reading));
  reportSameLabels('seed', values, reading);
  if (values.length === 0) return undefined;
  const places = new Map(written.map((seed, index) => [seed, index]));
  return {
    ...listedAxis('seed', values, reading),
    find: (entry) => places.get(numberOf(entry) ?? textOf(entry) ?? ''),
    hint: (entry) =>
      quotedSeed(entry) ?? `there is ${listed(written.slice(0, 5).map(String), 'and')}`,
    whole: values.length === items.length,
  };
}

function quotedSeed(node: Written): string | undefined {
  return textOf(node) === undefined
    ? undefined
    : 'seeds are compared as written: a number has no quotes';
}
