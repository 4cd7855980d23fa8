/**
 * What the vendor's documents say, as files: `documented/` has the answers that they print, `schemas/`
 * the shapes that follow from them, for answers and for the bodies of requests.
 *
 * The answers stand as they are printed, with four exceptions: `categories` of a task is printed without
 * its escapes, which no reader of JSON takes; texts that advertise a model are cut to "..."; an error that
 * the documents list in a table has got its envelope; and so has Task/List, which answers like Task/Detail.
 */
import { readdirSync, readFileSync } from 'node:fs';

import { Ajv2020 } from 'ajv/dist/2020.js';

const ajv = new Ajv2020({ strict: true, allErrors: true, allowUnionTypes: true });
for (const side of ['answers', 'requests']) {
  ajv.addSchema(JSON.parse(read(`schemas/${side}.schema.json`)) as object);
}

/**
 * What does not fit, each with its place; nothing when all does.
 *
 * @param shape `answers#run`: a definition of one of the two schemas
 */
export function misfits(shape: string, value: unknown): string[] {
  const [side = '', definition = ''] = shape.split('#');
  const validate = ajv.getSchema(`${side}#/$defs/${definition}`);
  if (!validate) throw new Error(`there is no schema ${shape}`);
  if (validate(value) === true) return [];
  return (validate.errors ?? []).map(
    ({ instancePath, message = '' }) => `${instancePath} ${message}`,
  );
}

export const documentedNames = readdirSync(new URL('documented/', import.meta.url)).map((name) =>
  name.replace(/\.json$/, ''),
);

/** A documented answer as text. */
export function documentedText(name: string): string {
  return read(`documented/${name}.json`);
}

export function documented(name: string): unknown {
  return JSON.parse(documentedText(name)) as unknown;
}

function read(path: string): string {
  return readFileSync(new URL(path, import.meta.url), 'utf8');
}
