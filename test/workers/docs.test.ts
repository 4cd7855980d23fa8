/** Whoever follows the page about many machines gets what it says: its workers, its batch, on a real PostgreSQL. */
import { globSync, readFileSync } from 'node:fs';
import { expect, inject, onTestFinished, test } from 'vitest';
import { createReader, followPage } from '../docs/reader.ts';
import { createDatabase } from './servers/postgres.ts';

test('docs/many-machines.md can be followed', async () => {
  const reader = await createReader({ SONGBATCH_ENGINE: await createDatabase(inject('postgres')) });
  const { folder, server } = reader.world;
  onTestFinished(() => {
    // Those that the page has not got to end.
    for (const file of globSync(`${folder}/*.pid`)) end(Number(readFileSync(file, 'utf8')));
  });
  await followPage('many-machines.md', reader);
  expect(server.books()).toMatchObject({ created: 12, duplicates: 0 });
});

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}
