import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { describeHolder } from '../../src/state/holder.ts';
import { takeRunLock } from '../../src/state/run-lock.ts';
import { openStore, openStoreReader } from '../../src/state/sqlite-store.ts';
import { StateError } from '../../src/state/state-error.ts';
import { startRun } from './child-run.ts';
import { identity, policy } from './identity.ts';
import { scratchFolder } from './scratch.ts';
import { live, stagesBySeed } from './songs.ts';

function refusal(action: () => unknown): StateError {
  try {
    action();
  } catch (error) {
    if (error instanceof StateError) return error;
    throw error;
  }
  throw new Error('it was not refused');
}

describe('two runs of one batch', () => {
  it('refuses the second and names the first, within a process', async () => {
    const path = join(scratchFolder(), 'state.sqlite');
    const now = (): number => Date.UTC(2026, 10, 22, 12, 3, 11, 500);
    const { store } = openStore(path, { identity, policy, now });
    const error = refusal(() => openStore(path, { identity, policy }));
    expect(error.kind).toBe('running');
    expect(error.holder).toEqual({ host: hostname(), pid: process.pid, since: now() });
    expect(error.message).toContain(
      `run by pid ${process.pid} on host ${hostname()} since 2026-11-22 12:03:11 UTC`,
    );
    await live(store, 1);
    store.close();
    openStore(path, { identity, policy }).store.close();
  });

  it('refuses the second while the first lives, and takes over when it was killed', async () => {
    const folder = scratchFolder();
    const path = join(folder, 'state.sqlite');
    const first = startRun(path);
    expect(await first.ask('open')).toEqual({ pid: first.pid });
    await first.ask('live 1 2');

    const error = refusal(() => openStore(path, { identity, policy }));
    expect(error).toMatchObject({ kind: 'running', holder: { pid: first.pid } });
    const second = startRun(path);
    expect(await second.ask('open')).toMatchObject({ error: 'running' });
    const reader = openStoreReader(path);
    expect(reader && stagesBySeed(reader)).toEqual({ 1: 'running' });
    reader?.close();

    await first.kill();
    expect(await second.ask('open')).toMatchObject({ tookOver: { pid: first.pid } });
    expect(await second.ask('live 2 4')).toBe(1);
    expect(await second.ask('close')).toBe('closed');

    const { store, tookOver } = openStore(path, { identity, policy });
    expect(tookOver).toBeUndefined();
    expect(stagesBySeed(store)).toEqual({ 1: 'running', 2: 'saved' });
    store.close();
    expect(readdirSync(folder)).toEqual(['state.sqlite']);
  });

  it('keeps the lock of a store when a second try in its process was refused', async () => {
    const path = join(scratchFolder(), 'state.sqlite');
    const { store } = openStore(path, { identity, policy });
    refusal(() => openStore(path, { identity, policy }));
    const other = startRun(path);
    expect(await other.ask('open')).toMatchObject({ error: 'running' });
    store.close();
    expect(await other.ask('open')).toEqual({ pid: other.pid });
  });

  it('does not blame a run that is gone when the next has only just begun', async () => {
    const path = join(scratchFolder(), 'state.sqlite');
    const killed = startRun(path);
    await killed.ask('open');
    await killed.kill();
    const lock = takeRunLock(`${path}.lock`);
    const error = refusal(() => openStore(path, { identity, policy }));
    expect(error.holder).toBeUndefined();
    expect(error.message).toContain('by a run that has just begun');
    lock?.release();
  });

  it('lets go of the lock when the state is refused', () => {
    const folder = scratchFolder();
    const path = join(folder, 'state.sqlite');
    writeFileSync(path, 'not a database, but long enough to be taken for one'.repeat(20));
    refusal(() => openStore(path, { identity, policy }));
    expect(readdirSync(folder)).toEqual(['state.sqlite']);
    rmSync(path);
    openStore(path, { identity, policy }).store.close();
  });
});

describe('the run lock', () => {
  it('is refused to others as long as it is held, and leaves nothing behind', () => {
    const folder = scratchFolder();
    const path = join(folder, 'state.sqlite.lock');
    const lock = takeRunLock(path);
    expect(lock).toBeDefined();
    expect(takeRunLock(path)).toBeUndefined();
    expect(readdirSync(folder)).toEqual(['state.sqlite.lock']);
    lock?.release();
    expect(readdirSync(folder)).toEqual([]);
    const again = takeRunLock(path);
    expect(again).toBeDefined();
    again?.release();
  });

  it('is taken on the file that a killed run left', () => {
    const path = join(scratchFolder(), 'state.sqlite.lock');
    writeFileSync(path, '');
    const lock = takeRunLock(path);
    expect(lock).toBeDefined();
    expect(takeRunLock(path)).toBeUndefined();
    lock?.release();
  });

  it('does not take the file of another away', () => {
    const folder = scratchFolder();
    const path = join(folder, 'state.sqlite.lock');
    const first = takeRunLock(path);
    renameSync(path, join(folder, 'elsewhere'));
    const second = takeRunLock(path);
    first?.release();
    expect(takeRunLock(path)).toBeUndefined();
    second?.release();
    expect(existsSync(path)).toBe(false);
  });

  it('is refused where a pipe has its name: nobody waits for one to be read', () => {
    const path = join(scratchFolder(), 'state.sqlite.lock');
    execFileSync('mkfifo', [path]);
    expect(() => takeRunLock(path)).toThrow('ENXIO');
  });

  it('is never held by two, however quickly they come and go', async () => {
    const path = join(scratchFolder(), 'state.sqlite.lock');
    const contenders = [startRun(path), startRun(path), startRun(path)];
    const answers = await Promise.all(contenders.map((run) => run.ask('contend 700')));
    for (const answer of answers) expect(answer).toEqual({ held: 700, met: 0 });
    expect(existsSync(path)).toBe(false);
  });
});

it('a lock file that is no lock file is refused, not overwritten', () => {
  const path = join(scratchFolder(), 'state.sqlite');
  writeFileSync(`${path}.lock`, 'pid 12');
  const error = refusal(() => openStore(path, { identity, policy }));
  expect(error).toMatchObject({ kind: 'foreign', path: `${path}.lock` });
  expect(readFileSync(`${path}.lock`, 'utf8')).toBe('pid 12');
});

it('shows no terminal escapes out of the name of a host', () => {
  const holder = { host: 'ci\u001b[2J\u009b', pid: 7, since: 0 };
  expect(describeHolder(holder)).toBe('run by pid 7 on host ci?[2J? since 1970-01-01 00:00:00 UTC');
});
