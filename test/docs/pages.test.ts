/**
 * Whoever follows a page of the documentation gets what it says: its files are written, and its commands
 * run in their order, against an embedded server in the place of Wiro.
 */
import { chmodSync, cpSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { runBash, type Printed } from '../cli/bash.ts';
import { compileCache, createWorld, executable, type World } from '../cli/rig.ts';
import { patternOf, readPage } from './page.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const pages = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'));

/** What a reader has: songbatch installed, the examples, an account, and a terminal. */
async function createReader() {
  const world = await createWorld();
  cpSync(join(root, 'examples'), join(world.folder, 'examples'), { recursive: true });
  mkdirSync(join(world.folder, 'node_modules'));
  symlinkSync(root, join(world.folder, 'node_modules/songbatch'));
  const songbatch = world.write(
    'bin/songbatch',
    `exec "${process.execPath}" "${executable}" "$@"\n`,
  );
  chmodSync(songbatch, 0o755);
  return { world, type: (script: string) => type(world, script) };
}

function type({ folder, server }: World, script: string): Promise<Printed> {
  return runBash(script, folder, {
    // Node first: the one that runs the tests.
    PATH: [join(folder, 'bin'), dirname(process.execPath), process.env['PATH']].join(':'),
    ...compileCache,
    HOME: folder,
    WIRO_BASE_URL: server.url,
    WIRO_API_KEY: 'a-key',
  }).ended;
}

describe.each(pages)('docs/%s', (name) => {
  const blocks = readPage(join(root, 'docs', name));

  test.skipIf(blocks.length === 0)('can be followed', async () => {
    const { world, type } = await createReader();
    for (const block of blocks) {
      const place = `docs/${name}:${block.line}`;
      switch (block.kind) {
        case 'file':
          world.write(block.path, block.text);
          break;
        case 'commands': {
          const { printed, code } = await type(block.script);
          expect(code, `${place} printed:\n${printed}`).toBe(block.exitCode);
          break;
        }
        case 'transcript':
          for (const { command, expected } of block.steps) {
            const { printed } = await type(command);
            expect(printed, `${place}: ${command}`).toMatch(patternOf(expected));
          }
          break;
      }
    }
  });
});
