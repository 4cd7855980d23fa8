/** The schema is read by editors as well: what it owes to them. */
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import { axisNames } from '../../src/manifest/manifest.ts';
import { parameterNames } from '../../src/manifest/parameters.ts';
import { cloneTypes } from '../../src/manifest/vocabulary.ts';
import { schemaText } from '../../src/schemas/text.ts';

interface Schema {
  readonly $ref?: string;
  readonly title?: string;
  readonly description?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
  readonly then?: Schema;
  readonly $defs?: Readonly<Record<string, Schema>>;
  readonly examples?: readonly unknown[];
  readonly default?: unknown;
}

const schema = JSON.parse(schemaText('manifest')) as Schema & { $id: string; $schema: string };

/** Every part, with its path. */
function* parts(part: Schema, path: string): Generator<[string, Schema]> {
  yield [path, part];
  for (const [key, value] of Object.entries(part.properties ?? {}))
    yield* parts(value, `${path}.${key}`);
  for (const [key, value] of Object.entries(part.$defs ?? {})) yield* parts(value, `#${key}`);
  if (part.items) yield* parts(part.items, `${path}[]`);
}

const all = Array.from(parts(schema, ''));

test('is a 2020-12 schema under its own address', () => {
  expect(schema.$schema).toBe('https://json-schema.org/draft/2020-12/schema');
  expect(schema.$id).toBe('https://songbatch.dev/schemas/manifest.schema.json');
  expect(
    new Ajv2020({ strict: true, strictRequired: false, allowUnionTypes: true }).validateSchema(
      schema,
    ),
  ).toBe(true);
});

test('describes every key', () => {
  const bare = all.flatMap(([path, { properties }]) =>
    Object.entries(properties ?? {})
      .filter(([, { description, $ref }]) => !description && $ref !== '#/$defs/label')
      .map(([key]) => `${path}.${key}`),
  );
  expect(bare).toEqual([]);
});

test('allows no key that it does not know, but for the parameters of other models', () => {
  const open = all.filter(([, part]) => part.properties && part.additionalProperties !== false);
  expect(open.map(([path]) => path)).toEqual(['#namedParameters', '#includedParameters']);
});

test('has a title for everything that can be wrong: messages are made of them', () => {
  const untitled = all.filter(([, part]) => !part.$ref && !part.title);
  expect(untitled.map(([path]) => path)).toEqual([]);
});

test('knows the axes, parameters and clone types that the code knows', () => {
  const keys = (path: string): readonly string[] =>
    Object.keys(all.find(([at]) => at === path)?.[1].properties ?? {}).sort();
  expect(keys('.matrix')).toEqual([...axisNames].sort());
  expect(keys('.exclude[]')).toEqual([...axisNames].sort());
  expect(keys('.include[]')).toEqual([...axisNames].sort());
  expect(keys('.defaults')).toEqual([...parameterNames].sort());
  expect(schema.$defs?.['cloneType']?.enum).toEqual(cloneTypes);
});

test('has examples and defaults that it accepts itself', () => {
  const ajv = new Ajv2020({ strict: true, strictRequired: false, allowUnionTypes: true });
  ajv.addSchema(schema);
  const { $defs, ...root } = schema;
  for (const [path, part] of parts({ ...root, ...($defs && { $defs }) }, '')) {
    if (path === '') continue;
    // A part by itself, with what its references point to.
    const validate = new Ajv2020({
      strict: true,
      strictRequired: false,
      allowUnionTypes: true,
    }).compile({
      ...(part as object),
      $defs,
    });
    const samples = [
      ...(part.examples ?? []),
      ...(part.default === undefined ? [] : [part.default]),
    ];
    for (const sample of samples)
      expect([path, sample, validate(sample)]).toEqual([path, sample, true]);
  }
});
