/**
 * Copies of a value, each with one thing in it that is wrong.
 */

export interface Mutation {
  /** As in JSON Pointer: `/tasklist/0/pexit`. */
  readonly path: string;
  readonly value: unknown;
}

/** One copy for every place in the value, with something of another type there. */
export function retyped(value: unknown, path = ''): Mutation[] {
  return [
    { path, value: ofAnotherType(value) },
    ...entriesOf(value).flatMap(([key, part]) =>
      retyped(part, `${path}/${key}`).map((inner) => ({
        path: inner.path,
        value: withPart(value, key, inner.value),
      })),
    ),
  ];
}

/** One copy for every field of every object in the value, without it. */
export function shortened(value: unknown, path = ''): Mutation[] {
  return entriesOf(value).flatMap(([key, part]) => {
    const place = `${path}/${key}`;
    const inner = shortened(part, place).map((mutation) => ({
      path: mutation.path,
      value: withPart(value, key, mutation.value),
    }));
    if (Array.isArray(value)) return inner;
    const { [key]: _gone, ...rest } = value as Record<string, unknown>;
    return [{ path: place, value: rest }, ...inner];
  });
}

/** The value with another part at the path; as it is where it has no such place. */
export function replaced(value: unknown, path: string, part: unknown): unknown {
  const [, key, ...rest] = path.split('/');
  if (key === undefined) return part;
  const entry = entriesOf(value).find(([name]) => name === key);
  if (!entry) return value;
  return withPart(value, key, replaced(entry[1], rest.map((name) => `/${name}`).join(''), part));
}

function entriesOf(value: unknown): [string, unknown][] {
  return typeof value === 'object' && value !== null ? Object.entries(value) : [];
}

function withPart(value: unknown, key: string, part: unknown): unknown {
  if (Array.isArray(value))
    return value.map((old: unknown, at) => (String(at) === key ? part : old));
  return { ...(value as object), [key]: part };
}

function ofAnotherType(value: unknown): unknown {
  if (Array.isArray(value)) return {};
  switch (typeof value) {
    case 'string':
      return 7;
    case 'number':
      return String(value);
    case 'boolean':
      return String(value);
    default:
      return value === null ? {} : [];
  }
}
