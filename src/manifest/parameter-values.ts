/**
 * `parameters`: what is sent besides the inputs that songbatch knows by heart, for every job (at the top
 * level) or as an axis of named combinations. Numbers and booleans go out as text, as the model page
 * does it with the seed: so `10` and `"10"` are one value, and one job.
 */
import { quoted } from './findings.ts';
import { checkValue, parameterOf } from './model-check.ts';
import {
  isPlainName,
  parameterNames,
  type ParameterSources,
  type ParameterValue,
} from './parameters.ts';
import type { ReadValue, Reading } from './reading.ts';
import { readId } from './value-id.ts';
import { entriesOf, fieldOf, type Written } from './written.ts';

/** The top level: what every job gets unless an axis says otherwise. */
export function readParameters(root: Written, reading: Reading): ParameterSources {
  const defaults = entriesOf(fieldOf(root, 'defaults'));
  const node = fieldOf(root, 'parameters');
  for (const [name, { keyRange }] of entriesOf(node)) {
    if (reading.model.isYue || !defaults.has(name)) continue;
    const message = `${quoted(name)} stands under defaults too`;
    reading.findings.error(keyRange, message, 'keep one of them');
  }
  return readEntries(node, () => 'write it under defaults', reading);
}

/** A value of the axis. */
export function readNamedParameters(node: Written, reading: Reading): ReadValue | undefined {
  const axisOf = (name: string) =>
    Object.keys(parameterOf).find((axis) => parameterOf[axis] === name) ?? name;
  const hint = (name: string) => `sweep it by its own axis, matrix.${axisOf(name)}`;
  const parameters = readEntries(node, hint, reading, 'id');
  const label = readId(node, reading);
  if (label === undefined) return undefined;
  return { label, parameters, range: fieldOf(node, 'id')?.range ?? node.range };
}

function readEntries(
  node: Written | undefined,
  elsewhere: (name: string) => string,
  reading: Reading,
  label?: string,
): ParameterSources {
  const { findings, model } = reading;
  const read: [string, ParameterValue][] = [];
  for (const [name, { keyRange, value }] of entriesOf(node)) {
    if (name === label) continue;
    if (!isPlainName(name)) {
      const hint = 'a name is a letter, then letters, digits and _ . -, at most 100 in all';
      findings.error(keyRange, `${quoted(name)} is not the name of a parameter`, hint);
      continue;
    }
    const kept = keptBack.get(name.toLowerCase());
    if (kept !== undefined) {
      findings.error(keyRange, `${quoted(name)} is not a manifest's to say`, kept);
      continue;
    }
    if (model.isYue && parameterNames.some((known) => known === name)) {
      findings.error(keyRange, `${quoted(name)} is one of YuE's own inputs`, elsewhere(name));
      continue;
    }
    const sent = sentValue(value, reading);
    if (sent === undefined) continue;
    checkValue(name, sent, value, reading);
    read.push([name, sent]);
  }
  return Object.fromEntries(read);
}

/** What goes beside the parameters of a task and would change more than a song. */
const keptBack: ReadonlyMap<string, string> = new Map([
  ['callbackurl', 'songbatch sets it by itself, where it waits for word of a task'],
  ['projectid', 'who pays is decided by the API key'],
]);

/** Undefined where the schema has found an error. */
function sentValue(node: Written, reading: Reading): ParameterValue | undefined {
  if (node.kind === 'scalar') return sentText(node, reading);
  if (node.kind === 'map') return undefined;
  const texts = node.items.flatMap((item) => sentText(item, reading) ?? []);
  return texts.length === node.items.length && texts.length > 0 ? texts : undefined;
}

function sentText(node: Written, { findings }: Reading): string | undefined {
  if (node.kind !== 'scalar' || node.value === null) return undefined;
  const { value } = node;
  if (typeof value === 'number' && !Number.isFinite(value)) return undefined;
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
    findings.error(node.range, 'this number has more digits than are kept', 'put it into quotes');
    return undefined;
  }
  return String(value);
}
