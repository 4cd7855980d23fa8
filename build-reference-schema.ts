/** A JSON Schema as a page of Markdown: every key with what it takes, its default and what it means. */

/** As much of JSON Schema 2020-12 as ours use. */
interface Schema {
  readonly title?: string;
  readonly description?: string;
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly oneOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
  readonly required?: readonly string[];
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, Schema>>;
}

/** More options than this are counted, not listed. */
const mostListed = 8;

export function schemaPage(name: string, text: string): string {
  const schema = JSON.parse(text) as Schema;
  const shared = Object.entries(schema.$defs ?? {}).map(
    ([key, value]) => `## ${key}\n\n${[...valueLines(value)].join('\n')}`,
  );
  return [
    `# ${name}.schema.json`,
    plain(schema.description ?? ''),
    `\`songbatch schema ${name}\` prints the schema.`,
    [...valueLines({ ...schema, description: '' })].join('\n'),
    ...shared,
  ].join('\n\n');
}

/** What a value of its own may be: its alternatives, or its keys, a list item each. */
function* valueLines(schema: Schema): Generator<string> {
  if (schema.description) yield `${plain(schema.description)}\n`;
  const keys = [...keyLines(schema, '')];
  if (keys.length === 0) yield `Takes ${typeText(schema)}.\n`;
  yield* keys;
  for (const one of schema.oneOf ?? schema.anyOf ?? []) {
    if (one.properties || one.description) yield `- ${keyText(one)}`;
  }
}

/** @param path of the mapping whose keys these are, with a dot at its end */
function* keyLines(schema: Schema, path: string): Generator<string> {
  for (const [key, value] of Object.entries(schema.properties ?? {})) {
    const isRequired = schema.required?.includes(key) ?? false;
    yield `- **\`${path}${key}\`** ${keyText(value)}${isRequired ? ' Required.' : ''}`;
    yield* keyLines(value, `${path}${key}.`);
    if (value.items) yield* keyLines(value.items, `${path}${key}[].`);
  }
  if (typeof schema.additionalProperties === 'object') {
    yield `- **\`${path}*\`** (any other key) ${keyText(schema.additionalProperties)}`;
    yield* keyLines(schema.additionalProperties, `${path}*.`);
  }
}

function keyText(schema: Schema): string {
  const parts = [`(${typeText(schema)})`, plain(schema.description ?? '')];
  if (schema.default !== undefined) parts.push(`Default: ${code(schema.default)}.`);
  const example = schema.examples?.[0];
  if (example !== undefined) parts.push(`For example ${code(example)}.`);
  return parts.filter((part) => part !== '').join(' ');
}

function typeText(schema: Schema): string {
  if (schema.$ref) {
    const name = schema.$ref.slice(schema.$ref.lastIndexOf('/') + 1);
    return `[${name}](#${name.toLowerCase()})`;
  }
  if (schema.const !== undefined) return code(schema.const);
  if (schema.enum) return optionsText(schema.enum);
  const alternatives = schema.oneOf ?? schema.anyOf;
  if (alternatives && !schema.type) return alternatives.map(typeText).join(' or ');
  const types = [schema.type ?? 'any value'].flat();
  return types.map((type) => oneTypeText(type, schema)).join(' or ');
}

function oneTypeText(type: string, schema: Schema): string {
  switch (type) {
    case 'object':
      return 'a mapping';
    case 'array':
      return schema.items ? `a list of ${typeText(schema.items)}` : 'a list';
    case 'integer':
      return `a whole number${boundsText(schema)}`;
    case 'number':
      return `a number${boundsText(schema)}`;
    case 'string':
      return 'text';
    case 'boolean':
      return '`true` or `false`';
    default:
      return type;
  }
}

function boundsText({ minimum, exclusiveMinimum, maximum }: Schema): string {
  const from =
    exclusiveMinimum !== undefined
      ? ` above ${exclusiveMinimum}`
      : minimum !== undefined
        ? ` from ${minimum}`
        : '';
  return maximum === undefined ? from : `${from} up to ${maximum}`;
}

function optionsText(options: readonly unknown[]): string {
  const listed = options.slice(0, mostListed).map(code).join(', ');
  const more = options.length - mostListed;
  return more > 0 ? `one of ${options.length}: ${listed}, …` : listed;
}

function code(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return `\`${text.replaceAll('\n', '\\n')}\``;
}

/** Words of a schema are text, whatever Markdown would make of their characters. */
function plain(text: string): string {
  return text.replace(/[\\*_<>[\]`|]/g, String.raw`\$&`);
}
