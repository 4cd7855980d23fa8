/** The schemas of what the command line prints: what they owe to whoever reads them. */
import { describe, expect, test } from 'vitest';
import { schemaText, type SchemaName } from '../../src/schemas/text.ts';

interface Schema {
  readonly $id?: string;
  readonly $schema?: string;
  readonly $ref?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean;
  readonly items?: Schema;
  readonly $defs?: Readonly<Record<string, Schema>>;
}

/** Every part, with its path. */
function* parts(part: Schema, path: string): Generator<[string, Schema]> {
  yield [path, part];
  for (const [key, value] of Object.entries(part.properties ?? {}))
    yield* parts(value, `${path}.${key}`);
  for (const [key, value] of Object.entries(part.$defs ?? {})) yield* parts(value, `#${key}`);
  if (part.items) yield* parts(part.items, `${path}[]`);
}

describe.each<SchemaName>([
  'summary',
  'status',
  'log',
  'ratings',
  'ranking',
  'schedule',
  'schedules',
])('the schema of %s', (name) => {
  const schema = JSON.parse(schemaText(name)) as Schema;
  const all = Array.from(parts(schema, ''));

  test('is a 2020-12 schema under its own address', () => {
    expect(schema.$schema).toBe('https://json-schema.org/draft/2020-12/schema');
    expect(schema.$id).toBe(`https://songbatch.dev/schemas/${name}.schema.json`);
  });

  test('describes every part', () => {
    expect(all.filter(([, { description }]) => !description).map(([path]) => path)).toEqual([]);
  });

  test('allows no key that it does not know, where it is not about measures', () => {
    const open = all.filter(([, part]) => part.properties && part.additionalProperties !== false);
    expect(open.map(([path]) => path)).toEqual(name === 'log' ? ['.measures[]'] : []);
  });
});
