/**
 * What a manifest writes, held against what is known of its model (`known-model.ts`). What is not known
 * is sent as it is, with a warning; where nothing is known there is nothing to say.
 */
import { listed, quoted, type Findings } from './findings.ts';
import { refreshCommand } from './known-model.ts';
import type { AxisName } from './manifest.ts';
import { namesOf, type ModelParameter } from './model.ts';
import { didYouMean, nearest } from './nearest.ts';
import { isPlainName, parameterNames, tagKinds, type ParameterValue } from './parameters.ts';
import type { SourceRange } from './problem.ts';
import type { Reading } from './reading.ts';
import { entriesOf, fieldOf, itemsOf, type Written } from './written.ts';

/** Warns of what the model is not known to take: once for each name, where it stands first. */
export function warnOfUnknown(root: Written, { model, findings }: Reading): void {
  if (!model.description) return;
  const known = model.description.parameters.flatMap(namesOf);
  const told = new Set(known);
  for (const [name, range] of writtenParameters(root)) {
    if (told.has(name)) continue;
    told.add(name);
    findings.warn(
      range,
      `${quoted(name)} is not a parameter that ${model.name} is known to have: it is sent unchecked`,
      didYouMean(name, known) ??
        `known are ${listed(known.slice(0, 12), 'and')}; "${refreshCommand(model.name)}" shows what is new`,
    );
  }
}

/** The names of parameters that a manifest decides, where it does so. */
function* writtenParameters(root: Written): Generator<readonly [string, SourceRange]> {
  for (const [key, { keyRange }] of entriesOf(fieldOf(root, 'defaults'))) {
    if (parameterNames.some((name) => name === key)) yield [key, keyRange];
  }
  yield* plainNames(fieldOf(root, 'parameters'));
  yield* axisParameters(fieldOf(root, 'matrix'));
  for (const entry of itemsOf(fieldOf(root, 'include'))) yield* axisParameters(entry);
}

function* axisParameters(axes: Written | undefined): Generator<readonly [string, SourceRange]> {
  for (const [key, { keyRange, value }] of entriesOf(axes)) {
    const values = value.kind === 'list' ? value.items : [value];
    const name = Object.hasOwn(parameterOf, key) ? parameterOf[key] : undefined;
    if (name !== undefined) yield [name, keyRange];
    if (key === 'parameters') for (const each of values) yield* plainNames(each, 'id');
    if (key !== 'tags') continue;
    for (const each of values) {
      for (const kind of tagKinds) {
        const entry = entriesOf(each).get(kind);
        if (entry) yield [kind, entry.keyRange];
      }
    }
  }
}

/** @param label the key that names a value of the axis, and is no parameter */
function* plainNames(
  node: Written | undefined,
  label?: string,
): Generator<readonly [string, SourceRange]> {
  for (const [key, { keyRange }] of entriesOf(node)) {
    if (key !== label && isPlainName(key)) yield [key, keyRange];
  }
}

/** What each axis that is about one parameter decides. */
export const parameterOf: Readonly<Record<string, string>> = {
  lyrics: 'prompt',
  reference: 'inputAudioUrl',
  clone: 'audio_prompt_type',
  ...Object.fromEntries(tagKinds.map((kind) => [kind, kind])),
  seed: 'seed',
} satisfies Partial<Record<AxisName, string>>;

/** Checks a value as far as the model says what it takes there. */
export function checkValue(
  name: string,
  value: ParameterValue,
  node: Written,
  { model, findings }: Reading,
): void {
  const parameter = model.description?.parameters.find(({ id }) => id === name);
  if (!parameter) return;
  const texts = typeof value === 'string' ? [value] : value;
  const items = node.kind === 'list' ? node.items : [node];
  for (const [index, text] of texts.entries()) {
    const range = items[index]?.range ?? node.range;
    const { options } = parameter;
    if (options && !options.includes(text)) {
      const close = nearest(text, options, 3).map(quoted).join(', ');
      const message = `${quoted(text)} is not an option of ${name}`;
      findings.error(range, message, `nearest: ${close}`);
    } else if (isNumeric(parameter) && (text.trim() === '' || !Number.isFinite(Number(text)))) {
      findings.error(range, `${name} is a number, but this is ${quoted(text)}`);
    }
  }
  checkCount(parameter, texts.length, node, findings);
}

/** The tags of a kind have been checked as such: whether the model takes so many is left. */
export function checkTagCount(
  kind: string,
  count: number,
  node: Written,
  { model, findings }: Reading,
): void {
  const parameter = model.description?.parameters.find(({ id }) => id === kind);
  if (parameter) checkCount(parameter, count, node, findings);
}

function checkCount(
  { id, type }: ModelParameter,
  count: number,
  node: Written,
  findings: Findings,
): void {
  if (count < 2 || !single.has(type)) return;
  findings.error(node.range, `${id} takes one value, and this is a list of ${count}`);
}

function isNumeric({ type }: ModelParameter): boolean {
  return ['range', 'number', 'integer', 'float'].includes(type);
}

/** Types of input of which it is known that they take one value; of others nothing is said. */
const single: ReadonlySet<string> = new Set([
  'text',
  'textarea',
  'select',
  'range',
  'number',
  'integer',
  'float',
  'fileinput',
]);
