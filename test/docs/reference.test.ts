/** The reference is what the schemas and the command line say: nobody edits it, and it cannot drift. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { referencePages } from '../../build-reference.ts';

const folder = fileURLToPath(new URL('../../docs/reference/', import.meta.url));

test('docs/reference is what `npm run reference` writes', async () => {
  const pages = await referencePages();
  expect(readdirSync(folder).sort()).toEqual([...pages.keys()].sort());
  for (const [name, text] of pages) {
    expect(readFileSync(`${folder}${name}`, 'utf8'), name).toBe(text);
  }
});
