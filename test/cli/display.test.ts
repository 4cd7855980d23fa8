/** What a run looks like in a real terminal. */
import { describe, expect, test } from 'vitest';
import { createWorld, manifestText, tinySong } from './rig.ts';
import { hasTmux, openPane } from './tmux.ts';

/** A world whose server finishes two songs, and the others when it is told to. */
async function createHeldWorld(seeds = 4) {
  let rendered = 0;
  let release: () => void = () => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  const world = await createWorld({
    workers: 8,
    render: async (song) => {
      rendered++;
      if (rendered > 2) await released;
      return tinySong(song);
    },
  });
  world.write('m.yaml', manifestText({ seeds }));
  return { ...world, release };
}

/** The same at any time: how long it has gone on, and which of the songs came first. */
function steady(rows: readonly string[]): string[] {
  return rows.map((row) =>
    row.replace(/\d+ s so far/, 'N s so far').replace(/^(✓|ok) vocal\/\d\.wav.*/, '$1 song'),
  );
}

const isHalf = (rows: readonly string[]) => rows.some((row) => / 50 % [·|] 2 done/.test(row));

const half = [
  'test: 4 jobs: 0 done · 4 waiting, about $0.0614 a song',
  '✓ song',
  '✓ song',
  '██████████▒▒▒▒▒▒▒▒▒▒ 50 % · 2 done · 2 in flight',
  'N s so far',
  '$0.0351 spent · about $0.0702 in all',
];

describe.runIf(hasTmux)('in a terminal', () => {
  test('one block stands below the songs, follows the width, and is gone in the end', async () => {
    const world = await createHeldWorld();
    const pane = await openPane(world, 'songbatch run m.yaml');
    const wide = await pane.untilScreen(isHalf);
    expect(steady(wide)).toEqual(half);

    await pane.resize(30, 24);
    await pane.untilScreen((rows) => rows.includes('2 done · 2 in flight'));
    expect(steady(await pane.lines())).toEqual([
      ...half.slice(0, 3),
      '██████████▒▒▒▒▒▒▒▒▒▒ 50 %',
      '2 done · 2 in flight',
      'N s so far',
      '$0.0351 spent',
      'about $0.0702 in all',
    ]);
    await pane.resize(80, 24);
    await pane.untilScreen(isHalf);
    expect(steady(await pane.lines())).toEqual(half);

    world.release();
    await pane.ended();
    expect(steady(await pane.lines())).toEqual([
      ...half.slice(0, 3),
      '✓ song',
      '✓ song',
      '4 done · 4 submissions · $0.0702 spent in all',
      'songs, metadata.json and SHA256SUMS are in out',
      'listen to them: out/report/index.html',
      'exit 0',
    ]);
  });

  test('a status, a message and Ctrl-C pass by the block and leave no part of it', async () => {
    const world = await createHeldWorld();
    const pane = await openPane(world, 'songbatch run m.yaml');
    await pane.untilScreen(isHalf);
    pane.signal('SIGUSR1');
    const asked = await pane.untilScreen((rows) => rows.some((row) => row.includes('in flight: ')));
    const status = asked.slice(3, -3);
    expect(status[0]).toBe('test: 2 done · 2 in flight');
    expect(status.at(-1)).toMatch(/^ {2}in flight: vocal\/\d \(\d+ s\), vocal\/\d \(\d+ s\)$/);
    expect(steady(asked).slice(-3)).toEqual(half.slice(3));

    await pane.press('C-c');
    const ended = await pane.ended();
    expect(ended.join('\n')).not.toContain(' 50 %');
    expect(ended).toContain('stopped: interrupted');
    expect(ended.at(-1)).toBe('exit 130');
  });

  test('stopped and continued, it draws a new block and erases nothing of the shell', async () => {
    const world = await createHeldWorld();
    const pane = await openPane(world, 'songbatch run m.yaml');
    await pane.untilScreen(isHalf);
    pane.signal('SIGSTOP');
    pane.signal('SIGCONT');
    const rows = await pane.untilScreen(
      (seen) => seen.filter((row) => row.includes(' 50 %')).length === 2,
    );
    expect(steady(rows)).toEqual([...half, ...half.slice(3)]);
    world.release();
    const ended = await pane.ended();
    expect(steady(ended).slice(0, 8)).toEqual([...half, '✓ song', '✓ song']);
  });

  test('the result alone goes to a file; the block stays on the terminal', async () => {
    const world = await createHeldWorld();
    const pane = await openPane(world, 'songbatch run m.yaml --json >result.json');
    expect(steady(await pane.untilScreen(isHalf))).toEqual(half);
    world.release();
    const ended = await pane.ended();
    expect(steady(ended)).toEqual([...half.slice(0, 3), '✓ song', '✓ song', 'exit 0']);
    expect(world.json('result.json')).toMatchObject({ outcome: 'done' });
  });

  test('a process that is killed at once takes the block with it', async () => {
    const world = await createHeldWorld();
    const pane = await openPane(world, 'songbatch run m.yaml --on-interrupt drain');
    await pane.untilScreen(isHalf);
    await pane.press('C-c');
    await pane.untilScreen((rows) => rows.some((row) => row.startsWith('stopping: interrupted')));
    await pane.press('C-c');
    const ended = await pane.ended();
    expect(ended.join('\n')).not.toContain(' 50 %');
    expect(ended.at(-1)).toBe('exit 130');
  });
});

describe.runIf(hasTmux)('what is written to a terminal', () => {
  test('that is dumb is plain text, with a line for every phase', async () => {
    const world = await createHeldWorld(2);
    const pane = await openPane(world, 'songbatch run m.yaml', { TERM: 'dumb' });
    await pane.ended();
    expect(pane.written()).not.toContain('\x1b');
    expect(pane.written()).toContain('all jobs are submitted, ');
    expect(pane.written()).toContain('✓ vocal/1.wav');
  });

  test('with NO_COLOR has a block and no colour', async () => {
    const world = await createHeldWorld(2);
    const pane = await openPane(world, 'songbatch run m.yaml', { NO_COLOR: '1' });
    await pane.ended();
    expect(pane.written()).toContain(' 0 % · 0 done');
    expect(
      pane
        .written()
        .split('\x1b[')
        .map((part) => /^[\d;]*m/.test(part)),
    ).not.toContain(true);
  });

  test('without Unicode is ASCII', async () => {
    const world = await createHeldWorld();
    const pane = await openPane(world, 'songbatch run m.yaml', { LC_ALL: 'C' });
    expect(steady(await pane.untilScreen(isHalf)).slice(1, 4)).toEqual([
      'ok song',
      'ok song',
      '##########++++++++++ 50 % | 2 done | 2 in flight',
    ]);
    world.release();
    await pane.ended();
    expect(pane.written()).not.toMatch(/\P{ASCII}/u);
  });
});
