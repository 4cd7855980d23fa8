/**
 * Text -> Manifest, or everything that is wrong with it at once.
 *
 * YAML (`yaml.ts`) makes a tree that knows its places; the JSON Schema (`shape.ts`) checks its shape;
 * readers of each part check what a schema cannot. Readers say nothing of shapes: so a mistake is
 * told once, and one part's mistake does not hide those of another.
 */
import { resolve } from 'node:path';
import { readAxes } from './axes.ts';
import { readDefaults } from './defaults.ts';
import { readExclusions, readInclusions, type Matrix } from './entries.ts';
import { collectFindings, listed } from './findings.ts';
import type { AxisName, AxisValue, Inclusion, Manifest, NamePart } from './manifest.ts';
import { keyPlaces, type KeyPlaces } from './key-places.ts';
import { knownModel, requiredParameters, type KnownModel } from './known-model.ts';
import type { ModelDescription } from './model.ts';
import { warnOfUnknown } from './model-check.ts';
import { likely } from './nearest.ts';
import { parseFolderTemplate } from './folder-template.ts';
import { defaultName, parseNameTemplate } from './name-template.ts';
import { readParameters } from './parameter-values.ts';
import { tagKinds, type TagKind } from './parameters.ts';
import type { Problem } from './problem.ts';
import type { Reading } from './reading.ts';
import type { RunValues } from './run-values.ts';
import { isRemote, parseS3Place, showS3Place } from './s3-place.ts';
import { readChecks, readHalt, readLimits, readRetry, readSample } from './settings.ts';
import { checkShape } from './shape.ts';
import type { Sources } from './sources.ts';
import { entriesOf, fieldOf, headOf, numberOf, textOf, wordsOf, type Written } from './written.ts';
import type { Vocabulary } from './vocabulary.ts';
import { readYaml } from './yaml.ts';

export interface ManifestText {
  /** Absolute path of the file: what paths in it start from. */
  readonly path: string;
  /** The same as it was typed. */
  readonly shownAs: string;
  readonly text: string;
  /** Of the file's bytes, lower-case hex. */
  readonly sha256: string;
  /** Absolute: what `output.dir` starts from. */
  readonly workingDirectory: string;
  /** What `{date}`, `{runId}` and `{env.NAME}` stand for; a placeholder without a value is an error. */
  readonly values?: RunValues;
  /** What the API says of the manifest's model, where it was asked. */
  readonly described?: ModelDescription;
}

export interface ParsedManifest {
  /** Present exactly when there is no error among the problems. */
  readonly manifest?: Manifest;
  readonly problems: readonly Problem[];
  /** The manifest's model, and what is known of it; where nothing is, the API may be asked. */
  readonly model?: KnownModel;
  /** Of the manifest's keys; present with the manifest. */
  readonly placeOf?: KeyPlaces;
}

export function parseManifest(input: ManifestText, sources: Sources): ParsedManifest {
  const findings = collectFindings(input.shownAs, input.text);
  const root = readYaml(input.text, findings);
  if (!root) return { problems: findings.sorted() };

  checkShape(root, findings);
  const { path, shownAs, text } = input;
  const model = knownModel(root, path, input.described, { findings, sources });
  const manifest = readManifest(root, input, { path, shownAs, text, findings, sources, model });
  if (findings.hasErrors()) return { problems: findings.sorted(), model };
  const placeOf = keyPlaces(root, shownAs, text);
  return { manifest, problems: findings.sorted(), model, placeOf };
}

function readManifest(root: Written, input: ManifestText, reading: Reading): Manifest {
  const name = textOf(fieldOf(root, 'name')) ?? '';
  const matrixNode = fieldOf(root, 'matrix');
  const matrix: Matrix = {
    axes: readAxes(matrixNode, reading),
    mentioned: new Set(entriesOf(matrixNode).keys()),
  };
  const defaults = { ...readDefaults(root, reading), ...readParameters(root, reading) };
  const exclude = readExclusions(root, matrix, reading);
  const include = readInclusions(root, matrix, reading);
  const repeat = numberOf(fieldOf(root, 'repeat')) ?? 1;
  const sample = readSample(root);
  const halt = readHalt(root, reading);
  const checks = readChecks(root, reading);

  warnOfUnknown(root, reading);
  checkLyrics(root, matrix, reading);
  const manifest: Manifest = {
    path: input.path,
    sha256: input.sha256,
    name,
    model: reading.model.name,
    required: requiredParameters(reading.model),
    defaults,
    axes: matrix.axes.map(({ axis }) => axis),
    exclude,
    include,
    ...(sample && { sample }),
    repeat,
    limits: readLimits(root, reading),
    retry: readRetry(root),
    ...(halt && { halt }),
    ...(checks && { checks }),
    output: {
      ...readOutputDir(root, name, input, reading),
      name: readOutputName(root, matrix, include, input.values, reading),
    },
  };
  if (!reading.findings.hasErrors()) warnOfMissingKinds(manifest, root, reading);
  return manifest;
}

function checkLyrics(root: Written, matrix: Matrix, reading: Reading): void {
  if (!reading.model.isYue) return;
  const entries = fieldOf(root, 'include');
  const everyEntry =
    entries?.kind === 'list' &&
    entries.items.length > 0 &&
    entries.items.every((entry) => fieldOf(entry, 'lyrics'));
  const given = matrix.mentioned.has('lyrics') || fieldOf(fieldOf(root, 'defaults'), 'prompt');
  if (given || everyEntry || root.kind !== 'map' || isMeant(root)) return;
  const place = root.entries.get('matrix')?.keyRange ?? headOf(root);
  reading.findings.error(
    place,
    'there are no lyrics to sing',
    'give matrix.lyrics, for example "lyrics: [lyrics/*.txt]", or defaults.prompt',
  );
}

/** Whether something that has been reported already may be where the lyrics are. */
function isMeant(root: Written): boolean {
  const matrix = fieldOf(root, 'matrix');
  if (matrix && matrix.kind !== 'map') return true;
  const places = ['matrix', 'lyrics', 'defaults', 'prompt'];
  const keys = [root, matrix, fieldOf(root, 'defaults')].flatMap((node) =>
    Array.from(entriesOf(node).keys()),
  );
  return keys.some((key) => !places.includes(key) && likely(key, places) !== undefined);
}

function readOutputDir(
  root: Written,
  name: string,
  { workingDirectory, values }: ManifestText,
  { findings }: Reading,
): Omit<Manifest['output'], 'name'> {
  const node = fieldOf(fieldOf(root, 'output'), 'dir');
  const template = textOf(node);
  if (!node || template === undefined) return { dir: resolve(workingDirectory, `out/${name}`) };
  const folder = parseFolderTemplate(template, values ?? {});
  if ('fault' in folder) {
    findings.error(node.range, folder.fault, folder.hint);
    return { dir: workingDirectory };
  }
  const { dir, dirOn } = folder;
  const place = isRemote(dir) ? parseS3Place(dir) : undefined;
  if (place && 'fault' in place) findings.error(node.range, place.fault, place.hint);
  return {
    dir: placeOfSongs(dir, workingDirectory),
    ...(dirOn && { dirOn: (date) => placeOfSongs(dirOn(date), workingDirectory) }),
  };
}

/** A folder, absolute, or a bucket in the one form that is shown and kept. */
function placeOfSongs(dir: string, workingDirectory: string): string {
  if (!isRemote(dir)) return resolve(workingDirectory, dir);
  const place = parseS3Place(dir);
  return 'fault' in place ? dir : showS3Place(place);
}

function readOutputName(
  root: Written,
  matrix: Matrix,
  include: readonly Inclusion[],
  values: RunValues | undefined,
  reading: Reading,
): readonly NamePart[] {
  const axes = matrix.axes.map(({ axis }) => axis.name);
  const node = fieldOf(fieldOf(root, 'output'), 'name');
  const template = wordsOf(node);
  if (!node || template === undefined) {
    return defaultName(axes.length > 0 ? axes : sharedAxes(include));
  }
  const included = include.flatMap(({ values }) => Array.from(values.keys()));
  const result = parseNameTemplate(template, new Set([...matrix.mentioned, ...included]), values);
  if ('fault' in result) {
    reading.findings.error(node.range, result.fault, result.hint);
    return [];
  }
  return result.parts;
}

/** Without a matrix the entries of include are the jobs: the axes that all of them have. */
function sharedAxes(include: readonly Inclusion[]): readonly AxisName[] {
  const [first, ...others] = include;
  const axes = Array.from(first?.values.keys() ?? []);
  return axes.filter((axis) => others.every(({ values }) => values.has(axis)));
}

function warnOfMissingKinds(manifest: Manifest, root: Written, reading: Reading): void {
  const { isYue, vocabulary } = reading.model;
  if (!isYue) return;
  const missing = tagKinds.filter((kind) => !isEverywhere(kind, manifest));
  if (missing.length === 0 || root.kind !== 'map') return;
  const place = root.entries.get('defaults') ?? root.entries.get('matrix');
  reading.findings.warn(
    place?.keyRange ?? headOf(root),
    `YuE wants all five kinds of tag, and some songs lack ${listed(missing, 'and')}`,
    `give them under defaults, for example { ${missing.map((kind) => exampleTag(kind, vocabulary)).join(', ')} }`,
  );
}

/** By the defaults, by an axis of its own, by all named tags, or by all entries where there is no matrix. */
function isEverywhere(kind: TagKind, { defaults, axes, include }: Manifest): boolean {
  const has = ({ parameters }: AxisValue): boolean => parameters[kind] !== undefined;
  const tags = axes.find(({ name }) => name === 'tags');
  return (
    defaults[kind] !== undefined ||
    axes.some(({ name }) => name === kind) ||
    (tags && Array.from({ length: tags.size }, (_, index) => tags.at(index)).every(has)) === true ||
    (axes.length === 0 &&
      include.length > 0 &&
      include.every(({ values }) => values.values().some(has)))
  );
}

function exampleTag(kind: TagKind, vocabulary: Vocabulary): string {
  return `${kind}: ${vocabulary.optionsOf(kind)?.[0] ?? '…'}`;
}
