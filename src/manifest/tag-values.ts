/** Values of the axes that stand for tags: `tags`, the five kinds, and `clone`. */
import { quoted } from './findings.ts';
import { safeLabel } from './label.ts';
import { checkTagCount, checkValue } from './model-check.ts';
import { nearest } from './nearest.ts';
import { tagKinds, type ParameterSources, type TagKind } from './parameters.ts';
import type { ReadValue, Reading } from './reading.ts';
import { readId } from './value-id.ts';
import { cloneTypes } from './vocabulary.ts';
import { fieldOf, itemsOf, textOf, wordsOf, type Written } from './written.ts';

/** One tag or a list of tags, as the model's exact options; undefined where any of them has an error. */
function readTags(
  kind: TagKind,
  node: Written | undefined,
  reading: Reading,
): readonly string[] | undefined {
  if (!node) return undefined;
  const items = node.kind === 'list' ? itemsOf(node) : [node];
  const tags = new Set<string>();
  for (const item of items) {
    const written = wordsOf(item);
    if (written === undefined) continue;
    const tag = reading.model.vocabulary.find(kind, written);
    if (tag === undefined) reportUnknown(kind, written, item, reading);
    else if (tags.has(tag)) reading.findings.error(item.range, `${quoted(tag)} is here twice`);
    else tags.add(tag);
  }
  checkTagCount(kind, items.length, node, reading);
  return items.length > 0 && tags.size === items.length ? Array.from(tags) : undefined;
}

function reportUnknown(kind: TagKind, written: string, node: Written, reading: Reading): void {
  const article = kind === 'instrument' ? 'an' : 'a';
  const { vocabulary } = reading.model;
  const elsewhere = vocabulary.otherKindsOf(kind, written)[0];
  const close = nearest(written, vocabulary.optionsOf(kind) ?? [], 3)
    .map(quoted)
    .join(', ');
  const hint =
    elsewhere === undefined
      ? `nearest: ${close}`
      : `it is known under ${elsewhere}; nearest here: ${close}`;
  reading.findings.error(
    node.range,
    `${quoted(written)} is not ${article} ${kind} that Wiro knows`,
    hint,
  );
}

/** A value of a kind's own axis. */
export function readKindValue(
  kind: TagKind,
  node: Written,
  reading: Reading,
): ReadValue | undefined {
  const tags = readTags(kind, node, reading);
  if (!tags) return undefined;
  return { label: safeLabel(tags.join('+')), parameters: { [kind]: tags }, range: node.range };
}

/** The tags among the keys of a mapping: of named tags, or of `defaults`. */
export function readTagParameters(node: Written | undefined, reading: Reading): ParameterSources {
  const parameters: Partial<Record<TagKind, readonly string[]>> = {};
  for (const kind of tagKinds) {
    const tags = readTags(kind, fieldOf(node, kind), reading);
    if (tags) parameters[kind] = tags;
  }
  return parameters;
}

export function readNamedTags(node: Written, reading: Reading): ReadValue | undefined {
  const parameters = readTagParameters(node, reading);
  const label = readId(node, reading);
  if (label === undefined) return undefined;
  return { label, parameters, range: fieldOf(node, 'id')?.range ?? node.range };
}

/** What the schema lets through as a clone type may still be none of the model's. */
export function readCloneType(node: Written | undefined, reading: Reading): string | undefined {
  const type = cloneTypes.find((known) => known === textOf(node));
  if (node && type) checkValue('audio_prompt_type', type, node, reading);
  return type;
}

export function readClone(node: Written, reading: Reading): ReadValue | undefined {
  const label = readCloneType(node, reading);
  if (label === undefined) return undefined;
  return { label, parameters: { audio_prompt_type: label }, range: node.range };
}
