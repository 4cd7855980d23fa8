/**
 * Checks what is written against a JSON Schema (the manifest's unless told otherwise) and says in plain
 * words what does not fit.
 *
 * Every constrained part of the schema has a `title`: a noun phrase that follows "expected". So the
 * schema alone says what is right, to editors and here.
 */
import type { AnySchemaObject, ErrorObject, ValidateFunction } from 'ajv/dist/2020.js';
import { validateManifest } from '../schemas/validators.ts';
import { listed, quoted, type Findings } from './findings.ts';
import { didYouMean, likely } from './nearest.ts';
import type { SourceRange } from './problem.ts';
import { entriesOf, fieldOf, headOf, itemsOf, plainOf, type Written } from './written.ts';

export function checkShape(
  root: Written,
  findings: Findings,
  validate: ValidateFunction = validateManifest,
): void {
  if (validate(plainOf(root))) return;
  const errors = validate.errors ?? [];
  const incomplete = new Set(
    errors.filter(({ keyword }) => keyword === 'required').map(({ instancePath }) => instancePath),
  );
  for (const error of errors) {
    const node = nodeAt(root, error.instancePath);
    const isCounted = error.keyword === 'minProperties' && incomplete.has(error.instancePath);
    if (!node || isEcho(error) || isCounted || isMisspelt(error, node)) continue;
    const { range, message, hint } = phrase(error, node);
    findings.error(range, message, hint);
  }
}

/** The branches of a oneOf, and that a condition held: the oneOf itself, or what follows, speaks. */
function isEcho(error: ErrorObject): boolean {
  return /\/oneOf\/\d+\//.test(error.schemaPath) || error.keyword === 'if';
}

/** @param pointer a JSON pointer: `/matrix/tags/0` */
function nodeAt(root: Written, pointer: string): Written | undefined {
  const steps = pointer.split('/').slice(1);
  let node: Written | undefined = root;
  for (const step of steps) {
    const key = step.replaceAll('~1', '/').replaceAll('~0', '~');
    node = node?.kind === 'list' ? itemsOf(node)[Number(key)] : fieldOf(node, key);
  }
  return node;
}

/** A missing key stands there under a name that is nearly right: that name is reported. */
function isMisspelt(error: ErrorObject, node: Written): boolean {
  if (error.keyword !== 'required') return false;
  const known = Object.keys(propertiesOf(error.parentSchema ?? {}));
  const unknown = Array.from(entriesOf(node).keys()).filter((key) => !known.includes(key));
  const missing: unknown = error.params['missingProperty'];
  return unknown.some((key) => likely(key, known) === missing);
}

interface Phrase {
  readonly range: SourceRange;
  readonly message: string;
  readonly hint?: string | undefined;
}

function phrase(error: ErrorObject, node: Written): Phrase {
  const schema = error.parentSchema ?? {};
  const parameters: Readonly<Record<string, unknown>> = error.params;
  const title = String(schema['title']);
  const range = headOf(node);
  switch (error.keyword) {
    case 'additionalProperties':
      return unknownKey(String(parameters['additionalProperty']), schema, error, node);
    case 'required': {
      const key = String(parameters['missingProperty']);
      return { range, message: `the key "${key}" is missing`, hint: exampleOf(key, schema) };
    }
    case 'type':
    case 'pattern':
    case 'minLength':
      return {
        range,
        message: `expected ${title}, but this is ${described(node)}`,
        hint: typeHint(schema, node),
      };
    case 'enum': {
      const options = Array.isArray(schema['enum']) ? schema['enum'].map(String) : [];
      return {
        range,
        message: `expected ${listed(options, 'or')}, but this is ${described(node)}`,
        hint: node.kind === 'scalar' ? didYouMean(String(node.value), options) : undefined,
      };
    }
    case 'oneOf':
      return { range, message: `expected ${title}, and not both or neither` };
    case 'minimum':
      return { range, message: `expected ${title}, at least ${String(parameters['limit'])}` };
    case 'exclusiveMinimum':
      return { range, message: `expected ${title}, more than ${String(parameters['limit'])}` };
    case 'maximum':
      return { range, message: `expected ${title}, at most ${String(parameters['limit'])}` };
    case 'minItems':
      return { range, message: `expected ${title}, but this list is empty` };
    case 'minProperties':
      return { range, message: `expected ${title}, but ${keysOf(node)}` };
    default:
      return { range, message: `expected ${title}` };
  }
}

function unknownKey(
  key: string,
  schema: AnySchemaObject,
  error: ErrorObject,
  node: Written,
): Phrase {
  const known = Object.keys(propertiesOf(schema));
  const isAxis = /^\/(matrix|(exclude|include)\/\d+)$/.test(error.instancePath);
  const what = isAxis ? 'axis' : 'key';
  return {
    range: entriesOf(node).get(key)?.keyRange ?? headOf(node),
    message: `unknown ${what} ${quoted(key)}`,
    hint: didYouMean(key, known) ?? `known here: ${listed(known, 'and')}`,
  };
}

/** Reads a schema: nothing in it comes from a user. */
function propertiesOf(schema: AnySchemaObject): Readonly<Record<string, AnySchemaObject>> {
  return (schema['properties'] ?? {}) as Readonly<Record<string, AnySchemaObject>>;
}

function exampleOf(key: string, schema: AnySchemaObject): string | undefined {
  const examples: unknown = propertiesOf(schema)[key]?.['examples'];
  return Array.isArray(examples) ? `for example "${key}: ${String(examples[0])}"` : undefined;
}

function described(node: Written): string {
  switch (node.kind) {
    case 'list':
      return node.items.length === 0 ? 'an empty list' : 'a list';
    case 'map':
      return 'a mapping';
    case 'scalar':
      if (node.value === null) return 'empty';
      if (node.value === '') return 'an empty text';
      if (typeof node.value === 'number') return `the number ${quoted(node.source).slice(1, -1)}`;
      return typeof node.value === 'boolean' ? String(node.value) : quoted(node.value);
  }
}

function keysOf(node: Written): string {
  const keys = Array.from(entriesOf(node).keys());
  return keys.length === 0 ? 'this is empty' : `there is only ${listed(keys, 'and')}`;
}

function typeHint(schema: AnySchemaObject, node: Written): string | undefined {
  const types = [schema['type']].flat();
  if (node.kind === 'list') return undefined;
  if (node.kind === 'scalar' && node.value === null) {
    return 'give it a value, or leave the key out';
  }
  if (types[0] === 'array') return 'put it into a list: [ … ]';
  if (node.kind === 'map') return undefined;
  if (typeof node.value === 'string') {
    const isNumber = node.value.trim() !== '' && Number.isFinite(Number(node.value));
    return isNumber && !types.includes('string') ? 'write it without quotes' : undefined;
  }
  if (!types.includes('string')) return undefined;
  if (schema['pattern'] === undefined) return 'to mean a text, put it into quotes';
  return String(schema['title']).includes('such as') ? 'add the unit' : undefined;
}
