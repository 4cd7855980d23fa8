/** What becomes of threads that fail, and of the files beside and behind them. */
import { setImmediate as breath } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { createListenerPool } from '../../src/audio/pool.ts';

const program = new URL('./rogue.child.ts', import.meta.url);

function createPool(options: { size?: number; patience?: number; longest?: number } = {}) {
  const pool = createListenerPool({ size: 1, program, ...options });
  onTestFinished(() => pool.close());
  const { signal } = new AbortController();
  return {
    hear: async (path: string, until = signal) =>
      (await pool.hear({ path, wantsPictures: false }, until)).measured,
    hearSmall: async (path: string, until = signal) =>
      (await pool.hear({ path, bytes: 1000, wantsPictures: false }, until)).measured,
    close: pool.close,
  };
}

const heard = (path: string) => ({ kind: 'unmeasurable', cause: 'file', why: `heard ${path}` });

test.each([
  ['throw', 'file', /broke down: out of bounds/],
  ['exit', 'file', /ended the thread/],
  ['eat memory', 'file', /more than 256 MB/],
])(
  'a decoder that does "%s" is a finding, and the next file has a new thread',
  async (deed, cause, why) => {
    const pool = createPool();
    const [finding, next] = await Promise.all([pool.hear(deed), pool.hear('next')]);
    expect(finding).toMatchObject({ kind: 'unmeasurable', cause });
    expect(finding).toHaveProperty('why', expect.stringMatching(why));
    expect(next).toEqual(heard('next'));
  },
);

test('a decoder that hangs is given up, which is not held against the file', async () => {
  const pool = createPool({ patience: 300 });
  expect(await pool.hear('hang')).toMatchObject({ kind: 'unmeasurable', cause: 'machine' });
});

test('a file that takes too long is given up, and does not use up the time of those that wait', async () => {
  const pool = createPool({ longest: 4000 });
  const [finding, next] = await Promise.all([pool.hear('wait'), pool.hear('next')]);
  expect(finding).toMatchObject({ kind: 'unmeasurable', cause: 'machine' });
  expect(finding).toHaveProperty('why', expect.stringMatching(/not measured within/));
  expect(next).toEqual(heard('next'));
});

test('files beside one that hangs are heard', async () => {
  const pool = createPool({ size: 2, patience: 60_000 });
  const until = new AbortController();
  const hung = pool.hear('hang', until.signal);
  expect(await Promise.all(['a', 'b', 'c'].map((path) => pool.hear(path)))).toEqual(
    ['a', 'b', 'c'].map(heard),
  );
  until.abort(new Error('enough'));
  await expect(hung).rejects.toThrow('enough');
});

test('what is called off is rejected at once, whether it waits or is under way', async () => {
  const pool = createPool();
  const until = new AbortController();
  const ends = Promise.allSettled([
    pool.hear('wait', until.signal),
    pool.hear('behind it', until.signal),
  ]);
  const next = pool.hear('next');
  until.abort(new Error('called off'));
  expect((await ends).map((end) => end.status)).toEqual(['rejected', 'rejected']);
  await expect(pool.hear('late', until.signal)).rejects.toThrow('called off');
  expect(await next).toEqual(heard('next'));
});

test('no thread is started for what is called off in the same moment', async () => {
  let threads = 0;
  const count = () => threads++;
  process.on('worker', count);
  onTestFinished(() => {
    process.off('worker', count);
  });
  const pool = createPool();
  const until = new AbortController();
  const ends = Promise.allSettled(
    ['wait', 'a', 'b', 'c'].map((path) => pool.hear(path, until.signal)),
  );
  until.abort(new Error('called off'));
  await ends;
  // Word of a new thread comes a little later.
  await breath();
  expect(threads).toBe(1);
});

test('of small files, which a thread is given together, only the one that breaks it is blamed', async () => {
  const pool = createPool();
  const busy = pool.hear('busy');
  const until = new AbortController();
  const group = ['a', 'throw', 'b'].map((path) => pool.hearSmall(path));
  const dropped = pool.hearSmall('dropped', until.signal);
  await busy;
  until.abort(new Error('called off'));
  await expect(dropped).rejects.toThrow('called off');
  const [a, thrown, b] = await Promise.all(group);
  expect([a, b]).toEqual([heard('a'), heard('b')]);
  expect(thrown).toHaveProperty('why', expect.stringMatching(/broke down: out of bounds/));
});

test('a small file that is called off does not keep those beside it from being heard', async () => {
  const pool = createPool();
  const until = new AbortController();
  const busy = pool.hear('busy');
  const [off, on] = [pool.hearSmall('off', until.signal), pool.hearSmall('on')];
  await busy;
  until.abort(new Error('called off'));
  await expect(off).rejects.toThrow('called off');
  expect(await on).toEqual(heard('on'));
});

test('a thread whose small files were all called off is given up', async () => {
  const pool = createPool({ patience: 60_000 });
  const until = new AbortController();
  const busy = pool.hear('busy');
  const group = ['a', 'hang'].map((path) => pool.hearSmall(path, until.signal));
  await busy;
  const next = pool.hear('next');
  until.abort(new Error('called off'));
  const ends = await Promise.allSettled(group);
  expect(ends.map((end) => end.status)).toEqual(['rejected', 'rejected']);
  expect(await next).toEqual(heard('next'));
});

test('closing rejects what was not heard', async () => {
  const pool = createPool();
  const ends = Promise.allSettled([pool.hear('wait'), pool.hear('behind it')]);
  await pool.close();
  expect((await ends).map((end) => end.status)).toEqual(['rejected', 'rejected']);
  await expect(pool.hear('late')).rejects.toThrow('closed');
});
