/**
 * The entries of exclude and include, resolved to positions on the axes of the matrix.
 */
import { readValues, type ReadAxis } from './axes.ts';
import { quoted } from './findings.ts';
import { labelKey } from './label.ts';
import { isLyricsText } from './lyrics.ts';
import { isGlob, lyricsFileExists } from './lyrics-values.ts';
import {
  axisNames,
  type AxisName,
  type AxisValue,
  type Exclusion,
  type Inclusion,
  type Pin,
} from './manifest.ts';
import type { Reading } from './reading.ts';
import { entriesOf, fieldOf, itemsOf, numberOf, textOf, type Written } from './written.ts';

export interface Matrix {
  readonly axes: readonly ReadAxis[];
  /** Axes that are written at all, be it with errors. */
  readonly mentioned: ReadonlySet<string>;
}

export function readExclusions(
  root: Written,
  matrix: Matrix,
  reading: Reading,
): readonly Exclusion[] {
  return itemsOf(fieldOf(root, 'exclude')).map((entry) => ({
    pins: axisKeys(entry).flatMap(([name, node]) => readExclusion(name, node, matrix, reading)),
  }));
}

function readExclusion(
  name: AxisName,
  node: Written,
  matrix: Matrix,
  reading: Reading,
): readonly Pin[] {
  const place = matrix.axes.findIndex(({ axis }) => axis.name === name);
  const found = matrix.axes[place];
  if (!found) {
    reportMissingAxis(name, node, matrix, reading);
    return [];
  }
  const index = found.find(node);
  if (index === undefined) {
    if (found.whole && isNameable(node)) {
      const what = `this excludes nothing: the axis ${name} has no value ${named(node)}`;
      reading.findings.error(node.range, what, found.hint(node));
    }
    return [];
  }
  return [{ axis: place, index }];
}

function reportMissingAxis(name: AxisName, node: Written, matrix: Matrix, reading: Reading): void {
  // A misspelt axis of the matrix has been reported, and may be the one that is meant.
  const isMisspelt = matrix.mentioned
    .values()
    .some((written) => !axisNames.some((known) => known === written));
  if (matrix.mentioned.has(name) || isMisspelt) return;
  const axes = matrix.axes.map(({ axis }) => axis.name).join(', ');
  reading.findings.error(
    node.range,
    `this excludes nothing: the matrix has no axis ${name}`,
    axes === '' ? undefined : `its axes are: ${axes}`,
  );
}

export function readInclusions(
  root: Written,
  matrix: Matrix,
  reading: Reading,
): readonly Inclusion[] {
  const added = new Map<string, AxisValue>();
  return itemsOf(fieldOf(root, 'include')).map((entry) => {
    const pins: Pin[] = [];
    const values = new Map<AxisName, AxisValue>();
    for (const [name, node] of axisKeys(entry)) {
      const axis = matrix.axes.findIndex((each) => each.axis.name === name);
      const included = includedValue(name, node, matrix.axes[axis], added, reading);
      if (!included) continue;
      values.set(name, included.value);
      if (axis >= 0) pins.push({ axis, index: included.index });
    }
    return { pins, values };
  });
}

interface Included {
  readonly value: AxisValue;
  readonly index: number | undefined;
}

/** A value of the axis where there is one with that name, else a new value. */
function includedValue(
  name: AxisName,
  node: Written,
  found: ReadAxis | undefined,
  added: Map<string, AxisValue>,
  reading: Reading,
): Included | undefined {
  const index = found?.find(node);
  if (found && index !== undefined) return { value: found.axis.at(index), index };

  const key = (label: string): string => `${name} ${labelKey(label)}`;
  const text = textOf(node);
  const again = text === undefined ? undefined : added.get(key(text));
  if (again?.label === text && again) return { value: again, index: undefined };
  if (isOnlyName(name, node, reading)) {
    if (found?.whole !== false) reportUnknownName(name, node, found, reading);
    return undefined;
  }

  const [value, more] = readValues(name, node, reading);
  if (!value || more) return undefined;
  const { label, parameters } = value;
  const same = found?.labelled(label);
  const holder = same === undefined ? added.get(key(label)) : found?.axis.at(same);
  if (name === 'seed' && same !== undefined) {
    const message = `the matrix has the seed ${label} as a ${text === undefined ? 'text' : 'number'}`;
    reading.findings.error(node.range, message, found?.hint(node));
  } else if (holder && !isSame(holder, value)) {
    const message = `the label ${quoted(label)} belongs to another value of ${name} already`;
    reading.findings.error(node.range, message, 'give this one another id');
  }
  added.set(key(label), { label, parameters });
  return { value: { label, parameters }, index: same };
}

/** A word that reads as a label, since nothing else has that form: not a text, path, URL or tag. */
function isOnlyName(name: AxisName, node: Written, reading: Reading): boolean {
  const text = textOf(node);
  if (text === undefined) return false;
  switch (name) {
    case 'tags':
    case 'parameters':
      return true;
    case 'reference':
      return text !== 'none' && !text.includes(':');
    case 'lyrics': {
      if (isLyricsText(text)) return false;
      return isGlob(text) || (!/[/.]/.test(text) && !lyricsFileExists(text, reading));
    }
    case 'clone':
    case 'genre':
    case 'instrument':
    case 'mood':
    case 'gender':
    case 'timbre':
    case 'seed':
      return false;
  }
}

function reportUnknownName(
  name: AxisName,
  node: Written,
  found: ReadAxis | undefined,
  reading: Reading,
): void {
  const text = textOf(node) ?? '';
  if (name === 'lyrics' && isGlob(text)) {
    reading.findings.error(node.range, 'an include takes one value, and a glob may give several');
    return;
  }
  const message = found
    ? `the axis ${name} has no value ${quoted(text)}`
    : `${quoted(text)} names nothing: the matrix has no axis ${name}`;
  const hint =
    name === 'tags'
      ? 'a new value is written { id: …, genre: …, … }'
      : 'a new value is written { id: …, … }';
  reading.findings.error(node.range, message, found?.hint(node) ?? hint);
}

function isSame(one: AxisValue, other: AxisValue): boolean {
  return (
    one.label === other.label && JSON.stringify(one.parameters) === JSON.stringify(other.parameters)
  );
}

function axisKeys(entry: Written): readonly [AxisName, Written][] {
  return Array.from(entriesOf(entry)).flatMap(([key, { value }]): [AxisName, Written][] => {
    const name = axisNames.find((known) => known === key);
    return name ? [[name, value]] : [];
  });
}

/** What the schema has let through as the name of a value. */
function isNameable(node: Written): boolean {
  return node.kind === 'list' || textOf(node) !== undefined || numberOf(node) !== undefined;
}

function named(node: Written): string {
  if (node.kind === 'list') return `[${node.items.map(named).join(', ')}]`;
  return textOf(node) === undefined ? String(numberOf(node)) : quoted(textOf(node) ?? '');
}
