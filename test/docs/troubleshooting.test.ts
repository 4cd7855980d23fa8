/** The messages that the page explains are messages that songbatch has. */
import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const page = readFileSync(`${root}docs/troubleshooting.md`, 'utf8');
const messages = [...page.matchAll(/^### `(.+)`$/gm)].map(([, message = '']) => message);
const source = globSync('src/**/*.ts', { cwd: root })
  .map((path) => readFileSync(root + path, 'utf8'))
  .join('\n');

test.each(messages)('%s', (message) => {
  const parts = message.split('…').filter((part) => /\w/.test(part));
  expect(parts.filter((part) => !source.includes(part.trim()))).toEqual([]);
});

test('there are some', () => {
  expect(messages.length).toBeGreaterThan(15);
});
