/** What is shipped as an example is read as a user's own manifest is, from the disk. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readManifest } from '../../src/batch/manifest-file.ts';

const root = resolve(import.meta.dirname, '../..');
const folder = 'examples/batches';
const names = readdirSync(join(root, folder)).filter((name) => name.endsWith('.yaml'));

test('there are examples for the first steps, seeds, tags and a scheduled job', () => {
  expect(names.sort()).toEqual([
    'ab-seed-sweep.yaml',
    'nightly.yaml',
    'quickstart.yaml',
    'tag-matrix.yaml',
  ]);
});

describe.each(names)('%s', (name) => {
  const path = join(folder, name);

  test('is a manifest without errors or warnings', () => {
    const { manifest, problems } = readManifest(path, root, { date: '2026-11-22' });
    expect(problems).toEqual([]);
    expect(manifest?.name).toBe(name.replace('.yaml', ''));
    const folder = name === 'nightly.yaml' ? 'nightly/2026-11-22' : name.replace('.yaml', '');
    expect(manifest?.output.dir).toBe(join(root, 'out', folder));
  });

  test('tells editors its schema', () => {
    const [first] = readFileSync(join(root, path), 'utf8').split('\n');
    expect(first).toBe('# yaml-language-server: $schema=../../schemas/manifest.schema.json');
  });
});

test('the quickstart is twelve songs', () => {
  const { manifest } = readManifest(join(folder, 'quickstart.yaml'), root, {});
  expect(manifest?.axes.reduce((product, { size }) => product * size, 1)).toBe(12);
});
