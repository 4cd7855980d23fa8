/** By its mark, a state that is another is told without being opened. */
import { rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openStore } from '../../src/state/sqlite-store.ts';
import { stateMark } from '../../src/state/state-mark.ts';
import { scratchFolder } from './scratch.ts';
import { goodLife, songJob } from './songs.ts';

test('every step of a run gives a state another mark, nothing else does', async () => {
  const path = join(scratchFolder(), 'state.sqlite');
  const link = join(scratchFolder(), 'link.sqlite');
  symlinkSync(path, link);
  // Long after: what is written in one step of the file system's clock is told apart otherwise.
  const mark = () => stateMark(path, 0);
  const marks = [mark()];
  const { store } = openStore(path, {
    identity: { name: 'test', service: 'embedded' },
    policy: { attempts: 1 },
  });
  marks.push(mark());
  for (const event of goodLife(1)) {
    await store.append(songJob(1), event);
    marks.push(mark());
    expect(mark()).toBe(marks.at(-1));
    expect(stateMark(link, 0)).toBe(marks.at(-1));
  }
  store.close();
  marks.push(mark());
  rmSync(path);
  expect(mark()).toBe(marks[0]);
  expect(new Set(marks).size).toBe(marks.length);
});

test('a step that left size and time as they were is seen when the time is past', () => {
  const path = join(scratchFolder(), 'state.sqlite');
  const at = new Date('2026-11-22T10:00:00Z');
  const write = (text: string) => {
    writeFileSync(path, text);
    utimesSync(path, at, at);
  };
  write('one');
  const first = stateMark(path, at.getTime());
  write('two');
  expect(statSync(path).mtime).toEqual(at);
  expect(stateMark(path, at.getTime())).toBe(first);
  const later = stateMark(path, at.getTime() + 2_500);
  expect(later).not.toBe(first);
  expect(stateMark(path, at.getTime() + 60_000)).toBe(later);
});
