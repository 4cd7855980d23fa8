/**
 * What the package has in the place of `src/schemas/validators.ts`: the same functions under the same
 * names, compiled ahead of time.
 */
import standalone from 'ajv/dist/standalone/index.js';
import * as source from './src/schemas/validators.ts';

/** Ajv writes `require` for the little that its code needs at run time, in modules too. */
const head = `import { createRequire } from 'node:module';
const require = createRequire(import.meta.url);
`;

export function validatorsCode(): string {
  const { ajv, ...validators } = source;
  // Sorted: equal schemas give equal code, whatever loaded the module.
  const ids = Object.entries(validators)
    .map(([name, { schema }]): [string, string] => [name, idOf(schema)])
    .sort(([one], [other]) => (one < other ? -1 : 1));
  return head + standalone.default(ajv, Object.fromEntries(ids));
}

function idOf(schema: unknown): string {
  return (schema as { $id: string }).$id;
}
