/**
 * A manifest's own text, narrowed: comments, order and spelling stay where what they stand at stays. Globs,
 * and ranges of which a part stays, become lists, paths start from the new file's folder, and where `{date}`
 * or another placeholder stands in `output.dir` it is filled in, and `--out` comes to stand there: tomorrow this is
 * the same batch.
 *
 * Nothing is decided here (`plan/narrow.ts` does that), and nobody relies on it: what comes out is read
 * and held against the plan before it is written (`winners.ts`).
 */
import { dirname } from 'node:path';
import { isMap, isNode, isScalar, isSeq, parseDocument, visit, YAMLSeq } from 'yaml';
import type { Document, Node, Pair, YAMLMap } from 'yaml';
import type { AxisName, Manifest, Pin } from '../manifest/manifest.ts';
import { yamlOptions } from '../manifest/yaml.ts';
import type { Narrowing, PartialPlace } from '../plan/narrow.ts';
import { moveSchemaComment, moveValue, type Move } from './move-paths.ts';
import { writtenValues, type WrittenValues } from './written-values.ts';

export interface TextToNarrow {
  readonly text: string;
  /** What the text says. */
  readonly manifest: Manifest;
  /** Where the batch lies, as it would be typed. */
  readonly folder: string;
  /** That is not what `output.dir` says: it was given beside it. */
  readonly isFolderGiven: boolean;
  /** Absolute path of the file that is to be written. */
  readonly target: string;
  /** Lines for its head. */
  readonly about: readonly string[];
}

export function narrowedText(
  { text, manifest, folder, isFolderGiven, target, about }: TextToNarrow,
  narrowing: Narrowing,
): string {
  const move = { from: dirname(manifest.path), to: dirname(target) };
  const document = parseDocument(moveSchemaComment(text, move), yamlOptions);
  const root = document.contents;
  if (!isMap(root)) throw new Error('a manifest that was read before is no mapping now');
  resolveAliases(document);

  const written = manifest.axes.map((axis) => {
    const pair = pairOf(root.get('matrix'), axis.name);
    return writtenValues(axis, pair?.value, manifest);
  });
  const meaning = { manifest, written, move };
  const definitions = definitionsOf(meaning);
  for (const [index, axis] of manifest.axes.entries()) {
    const pair = pairOf(root.get('matrix'), axis.name);
    const kept = narrowing.values[index] ?? [];
    const values = written[index];
    if (!pair || !values) continue;
    if (values.isList || kept.length < axis.size) narrowAxis(document, pair, kept, values);
    for (const item of isSeq(pair.value) ? pair.value.items : []) moveValue(axis.name, item, move);
  }
  narrowExclude(document, root, narrowing.exclude, meaning);
  narrowInclude(root, narrowing, definitions, meaning);
  if (narrowing.sample === undefined) root.delete('sample');
  else root.setIn(['sample', 'jobs'], narrowing.sample);
  pinFolder(document, root, folder, isFolderGiven);
  if (manifest.axes.length === 0) pinName(document, root, manifest);

  document.commentBefore = about.map((line) => ` ${line}`).join('\n');
  const seed = pairOf(root.get('matrix'), 'seed');
  if (seed && isScalar(seed.key)) addComment(seed.key, seedComment);
  return document.toString({ lineWidth: 0 });
}

const seedComment =
  ' More seeds are bought by adding them here: [7, 8, 9], or a range such as { from: 1, to: 40 }.';

/** What an anchor stands at may go; so every alias becomes what it stands for. */
function resolveAliases(document: Document): void {
  visit(document, {
    Alias: (_, alias) => alias.resolve(document)?.clone() as Node | undefined,
  });
  visit(document, {
    Value: (_, node) => {
      delete node.anchor;
    },
  });
}

function pairOf(map: unknown, key: string): Pair | undefined {
  if (!isMap(map)) return undefined;
  return map.items.find((pair) => isScalar(pair.key) && pair.key.value === key);
}

function narrowAxis(
  document: Document,
  pair: Pair,
  kept: readonly number[],
  values: WrittenValues,
): void {
  const { value } = pair;
  if (isSeq(value)) {
    // A glob becomes its files, also where all of them stay: nobody has chosen one that comes later.
    value.items = kept.map(values.nodeOf);
    return;
  }
  const list = document.createNode(kept.map(values.nameOf), { flow: true });
  if (isMap(value) && value.comment) list.comment = value.comment;
  pair.value = list;
}

interface Meaning {
  readonly manifest: Manifest;
  /** By position in `manifest.axes`. */
  readonly written: readonly WrittenValues[];
  readonly move: Move;
}

/** What a label stands for, by axis and label. */
type Definitions = Map<string, Node>;

/** Those of the matrix, before anything of it is changed. */
function definitionsOf({ manifest, written }: Meaning): Definitions {
  const known: Definitions = new Map();
  for (const [axis, { name, at, size }] of manifest.axes.entries()) {
    const values = written[axis];
    if (!values?.isList) continue;
    for (let position = 0; position < size; position++) {
      known.set(definitionKey(name, at(position).label), values.nodeOf(position).clone() as Node);
    }
  }
  return known;
}

function definitionKey(name: AxisName, label: string): string {
  return `${name} ${label}`;
}

function narrowExclude(
  document: Document,
  root: YAMLMap,
  { kept, added }: Narrowing['exclude'],
  meaning: Meaning,
): void {
  const { manifest } = meaning;
  const existing = root.get('exclude');
  const list = isSeq(existing) ? existing : new YAMLSeq();
  list.items = kept.map((entry) => list.items[entry]);
  // What it says may be a path: labels hold in any folder.
  for (const [index, entry] of kept.entries()) {
    nameByLabel(list.items[index], manifest.exclude[entry]?.pins ?? [], manifest);
  }
  const entries = added.map((place) => exclusionNode(document, place, meaning));
  if (entries[0])
    addComment(entries[0], ' What none of the winners is, and what was never bought.');
  list.items.push(...entries);
  if (list.items.length === 0) root.delete('exclude');
  else if (list !== existing) insertAfter(root, 'matrix', document.createPair('exclude', list));
}

function exclusionNode(
  document: Document,
  place: PartialPlace,
  { manifest, written }: Meaning,
): Node {
  const names = manifest.axes.flatMap(({ name }, axis): [AxisName, unknown][] => {
    const position = place[axis];
    return position === undefined ? [] : [[name, written[axis]?.nameOf(position)]];
  });
  return document.createNode(Object.fromEntries(names), { flow: true });
}

function nameByLabel(entry: unknown, pins: readonly Pin[], manifest: Manifest): void {
  if (!isMap(entry)) return;
  for (const { axis, index } of pins) {
    const { name, at } = manifest.axes[axis] ?? {};
    if (index === undefined || (name !== 'lyrics' && name !== 'reference')) continue;
    const scalar = entry.get(name, true);
    if (isScalar(scalar) && at) scalar.value = at(index).label;
  }
}

/**
 * The entries that stay. One that names a value that goes (of the matrix, or of an entry that goes), by its
 * label or its path, is given the value itself.
 */
function narrowInclude(
  root: YAMLMap,
  narrowing: Narrowing,
  definitions: Definitions,
  { manifest, move }: Meaning,
): void {
  const list = root.get('include');
  if (!isSeq(list)) return;
  const staying = new Set(
    manifest.axes.flatMap(({ name, at }, axis) =>
      (narrowing.values[axis] ?? []).map((position) => definitionKey(name, at(position).label)),
    ),
  );
  list.items = list.items.filter((entry, place) => {
    const isKept = narrowing.include.kept.includes(place);
    for (const [name, { label }] of manifest.include[place]?.values ?? []) {
      const pair = pairOf(entry, name);
      const node = pair?.value;
      if (!pair || !isNode(node)) continue;
      const key = definitionKey(name, label);
      const definition = definitions.get(key);
      // Without a definition it is one itself: a file may be called like its label.
      const isName = definition && isScalar(node) && node.value === label;
      if (!definition) definitions.set(key, node.clone() as Node);
      if (!isKept || (isName && staying.has(key))) continue;
      if (definition && !staying.has(key)) pair.value = definition.clone();
      moveValue(name, pair.value, move);
      staying.add(key);
    }
    return isKept;
  });
  if (list.items.length === 0) root.delete('include');
}

/**
 * With the folder in which the songs are: whatever placeholders stand for tomorrow, and whether or not anybody
 * thinks of `--out`, this is the same batch, and buys nothing twice.
 */
function pinFolder(
  document: Document,
  root: YAMLMap,
  folder: string,
  isFolderGiven: boolean,
): void {
  const dir = root.getIn(['output', 'dir'], true);
  const hasPlaceholder = isScalar(dir) && String(dir.value).includes('{');
  if (hasPlaceholder) dir.value = folder;
  else if (isFolderGiven) document.setIn(['output', 'dir'], folder);
}

/** Without a matrix a default name is made of what the entries of include share, and fewer may share more. */
function pinName(document: Document, root: YAMLMap, { output }: Manifest): void {
  const parts = output.name.map((part) => ('text' in part ? part.text : `{${part.axis}}`));
  if (!root.hasIn(['output', 'name'])) document.setIn(['output', 'name'], parts.join(''));
}

function insertAfter(root: YAMLMap, key: string, pair: Pair): void {
  const place = root.items.findIndex((each) => isScalar(each.key) && each.key.value === key);
  root.items.splice(place + 1, 0, pair);
}

function addComment(node: Node, text: string): void {
  node.commentBefore = node.commentBefore ? `${node.commentBefore}\n${text}` : text;
}
