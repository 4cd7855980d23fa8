/**
 * Whoever follows a page of the documentation gets what it says: its files are written, and its commands
 * run in their order, against an embedded server in the place of Wiro.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, test } from 'vitest';
import { readPage } from './page.ts';
import { createReader, followPage } from './reader.ts';

const docs = fileURLToPath(new URL('../../docs', import.meta.url));
/** Its reader has a database: test/workers/docs.test.ts follows it. */
const ofWorkers = 'many-machines.md';
const pages = readdirSync(docs).filter((name) => name.endsWith('.md') && name !== ofWorkers);

describe.each(pages)('docs/%s', (name) => {
  const blocks = readPage(join(docs, name));

  test.skipIf(blocks.length === 0)('can be followed', async () => {
    await followPage(name, await createReader());
  });
});
