/** The matrix: what stands where, what is said of each job, all of it by keys alone. */
import { beforeAll, describe, expect, test } from 'vitest';
import type { Page } from 'playwright-core';
import type { Job } from '../../src/job/job.ts';
import { makePageBatch, type Fate, type PageBatch } from './batch.ts';
import { violations } from './axe.ts';
import { heardOn, openPage } from './browser.ts';

let batch: PageBatch;

const fates: Readonly<Record<string, Fate>> = {
  'tide/vocal_2': { ends: 'song', tune: 'the same' },
  'tide/vocal_3': { ends: 'song', tune: 'the same' },
  'tide/both_1': { ends: 'song', seconds: 1 },
  'tide/both_2': { ends: 'song', measures: { clipping: { runs: 2, samples: 31 } } },
  'tide/both_3': { ends: 'failed', failure: { reason: 'exit-code', exit: '1', message: 'no GPU' } },
  'dusk/vocal_1': { ends: 'running' },
  'dusk/vocal_2': { ends: 'in-doubt' },
  'dusk/vocal_3': { ends: 'song', isMissing: true },
  'dusk/both_1': { ends: 'song', failures: [{ reason: 'task-error', message: 'queue full' }] },
};

/** Bought when the manifest had it, before there were clones. */
const dropped: Job = {
  id: '0123456789abcdef'.repeat(2),
  model: 'wiro/text-to-song-with-reference-yue',
  coordinates: { lyrics: 'dusk', seed: '9' },
  parameters: { prompt: '[verse]\nold\n', seed: '9' },
  output: 'dusk/old_9',
};

beforeAll(async () => {
  batch = await makePageBatch(
    `name: matrix
checks: { minSeconds: 2 }
matrix:
  lyrics: [{ id: tide, text: "[verse]\\nrolling in\\n\\n[chorus]\\nrolling out\\n" }, { id: dusk, text: "[verse]\\nlo\\n" }]
  clone: [vocal, both]
  seed: { from: 1, to: 3 }
defaults: { genre: [Pop], mood: [Dreamy, Calm] }
output: { name: "{lyrics}/{clone}_{seed}" }
`,
    ({ output }) => (output === 'dusk/both_3' ? undefined : (fates[output] ?? { ends: 'song' })),
    { dropped: [dropped] },
  );
});

const cell = (page: Page, name: string) => page.getByRole('gridcell', { name });
const focused = (page: Page) =>
  page.evaluate<string>(`document.activeElement.textContent.split(';')[0]`);
/** Names of jobs by rows, from left to right; `-` where there is none. */
const layout = async (page: Page) => {
  const rows = await page.getByRole('row').all();
  const texts = await Promise.all(
    rows.slice(1).map(async (row) => {
      const cells = await row.getByRole('gridcell').all();
      const said = await Promise.all(cells.map((one) => one.textContent()));
      return said.map((text) => (text === 'no such job' ? '-' : (text?.split(';')[0] ?? '')));
    }),
  );
  return texts;
};

describe('what stands where', () => {
  test('seeds are side by side, and what differs otherwise stands below each other', async () => {
    const page = await openPage(batch.index);
    expect(await layout(page)).toEqual([
      ['tide/vocal_1', 'tide/vocal_2', 'tide/vocal_3', '-'],
      ['tide/both_1', 'tide/both_2', 'tide/both_3', '-'],
      ['dusk/vocal_1', 'dusk/vocal_2', 'dusk/vocal_3', '-'],
      ['dusk/both_1', 'dusk/both_2', 'dusk/both_3', '-'],
      ['-', '-', '-', 'dusk/old_9'],
    ]);
    const grid = page.getByRole('grid');
    await expect.poll(() => grid.getAttribute('aria-rowcount')).toBe('6');
    await expect.poll(() => grid.getAttribute('aria-colcount')).toBe('5');
  });

  test('any axis can be rows, columns or a filter; the address keeps it', async () => {
    const page = await openPage(batch.index);
    await page.getByRole('combobox', { name: 'Columns' }).selectOption('clone');
    await page.getByRole('combobox', { name: 'seed' }).selectOption('2');
    const small = [
      ['tide/vocal_2', 'tide/both_2'],
      ['dusk/vocal_2', 'dusk/both_2'],
    ];
    await expect.poll(() => layout(page)).toEqual(small);
    await page.getByRole('button', { name: 'Swap rows and columns' }).click();
    const swapped = [
      ['tide/vocal_2', 'dusk/vocal_2'],
      ['tide/both_2', 'dusk/both_2'],
    ];
    await expect.poll(() => layout(page)).toEqual(swapped);
    await expect.poll(() => page.url()).toContain('#matrix?rows=clone&columns=lyrics&seed=2');
    await page.getByRole('link', { name: 'Numbers' }).click();
    await page.getByRole('link', { name: 'Matrix' }).click();
    await expect.poll(() => layout(page)).toEqual(swapped);
    await page.reload();
    expect(await layout(page)).toEqual(swapped);
    await page.getByRole('combobox', { name: 'Columns' }).selectOption('none');
    await page.getByRole('combobox', { name: 'lyrics' }).selectOption('tide');
    await expect.poll(() => layout(page)).toEqual([['tide/vocal_2'], ['tide/both_2']]);
  });

  test('songs can be hidden for what they are, and found by a word', async () => {
    const page = await openPage(batch.index);
    await page.getByLabel('Songs only').check();
    await page.getByLabel('Without failed checks').check();
    await page.getByLabel('Without near-duplicates').check();
    const songs = [
      ['tide/vocal_1', 'tide/vocal_2', '-'],
      ['-', 'tide/both_2', '-'],
      ['dusk/both_1', 'dusk/both_2', '-'],
      ['-', '-', 'dusk/old_9'],
    ];
    await expect.poll(() => layout(page)).toEqual(songs);
    await page.getByRole('searchbox').fill('BOTH tide');
    await expect.poll(() => layout(page)).toEqual([['tide/both_2']]);
    await page.getByRole('searchbox').fill('nowhere');
    await page.getByRole('button', { name: 'Show all' }).click();
    expect((await layout(page)).flat().filter((name) => name !== '-')).toHaveLength(13);
  });
});

test('each job tells what became of it', async () => {
  const page = await openPage(batch.index);
  const said = async (name: string) =>
    (await cell(page, name).locator('.unseen').first().textContent()) ?? '';
  await expect.poll(() => said('tide/vocal_1')).toMatch(/; 0:03; −\d+\.\d LUFS; \$0\.0\d+; outline: .*loudest at 0:01/); // prettier-ignore
  expect(await said('tide/vocal_3')).toContain('sounds like tide/vocal_2, 100 %');
  expect(await said('tide/both_1')).toContain('fails its check: ');
  expect(await said('tide/both_2')).toContain('clipped: 31 samples');
  expect(await said('tide/both_3')).toContain(
    'Failed: the model exited with 1: no GPU; the next run tries it again',
  );
  expect(await said('dusk/vocal_1')).toBe('dusk/vocal_1; Running');
  expect(await said('dusk/vocal_2')).toContain('In doubt: ');
  expect(await said('dusk/vocal_3')).toContain('Gone: ');
  expect(await said('dusk/both_3')).toBe('dusk/both_3; Waiting');
  expect(await said('dusk/old_9')).toContain('the manifest does not have it any more');
  // And to those who see it.
  await expect.poll(() => cell(page, 'tide/both_3').innerText()).toContain('no GPU');
  await expect
    .poll(() => cell(page, 'tide/vocal_3').getByTitle('sounds like tide/vocal_2').count())
    .toBe(1);
});

test('a job that made something else than a song is not offered to be played', async () => {
  const pictures = await makePageBatch(
    `name: pictures
matrix: { seed: [1, 2] }
defaults: { prompt: "[verse]\\nla\\n" }
output: { name: "p{seed}" }
`,
    (_, index) => ({
      ends: 'song',
      seconds: 0.5,
      ...(index === 0 && { mediaType: 'image/png' }),
    }),
  );
  const page = await openPage(pictures.index);
  await expect.poll(() => cell(page, 'p1').getByRole('button').count()).toBe(0);
  await expect.poll(() => cell(page, 'p1').innerText()).toContain('Done no song');
  await expect.poll(() => cell(page, 'p2').innerText()).toContain('0.5 s');
  await cell(page, 'p1').focus();
  await page.keyboard.press('i');
  const details = page.getByRole('complementary', { name: 'Details' });
  await expect.poll(() => details.getByRole('link').getAttribute('href')).toBe('../p1.wav');
});

test('the heading tells what failed from what does not pass its checks', async () => {
  const page = await openPage(batch.index);
  await expect
    .poll(() => page.locator('.facts').textContent())
    .toMatch(/^9 of 12 songs · 1 failed · 1 not passing the checks · 1 gone from the folder · /);
});

test('where rows have no names, nothing stands in the way of the first song', async () => {
  const page = await openPage(`${batch.index}#matrix?rows=-&columns=seed&clone=vocal&lyrics=tide`);
  const first = cell(page, 'tide/vocal_1');
  const box = await first.boundingBox();
  const isOnTop = ([x, y]: readonly number[]) =>
    page.evaluate(`document.elementFromPoint(${x}, ${y}).closest('[role=gridcell]') !== null`);
  expect(await isOnTop([(box?.x ?? 0) + 8, (box?.y ?? 0) + 20])).toBe(true);
});

test('a browser that keeps nothing is told of with the first stars, and where they are exported', async () => {
  const page = await openPage(batch.index);
  await page.evaluate('Storage.prototype.setItem = () => { throw new DOMException("full"); }');
  await cell(page, 'tide/vocal_1').focus();
  await page.keyboard.press('4');
  const alert = page.getByRole('alert').filter({ hasText: 'Your ratings are not kept' });
  await alert.waitFor();
  await page.getByRole('link', { name: 'Ranking' }).click();
  await page.getByRole('button', { name: 'Export ratings.json' }).waitFor();
  await expect.poll(() => alert.count()).toBe(1);
});

describe('by keys alone', () => {
  test('the songs are reached where nothing has the focus', async () => {
    const page = await openPage(batch.index);
    await page.keyboard.press('ArrowDown');
    expect(await focused(page)).toBe('tide/vocal_1');
    await page.keyboard.press('ArrowDown');
    expect(await focused(page)).toBe('tide/both_1');
    // Of a control they stay.
    await page.getByRole('button', { name: 'Swap rows and columns' }).focus();
    await page.keyboard.press('ArrowDown');
    await expect.poll(() => page.evaluate('document.activeElement.tagName')).toBe('BUTTON');
    await page.evaluate('document.activeElement.blur()');
    await page.keyboard.press('Space');
    expect(await focused(page)).toBe('tide/both_1');
    await expect.poll(async () => (await heardOn(page))[0]?.path).toBe('tide/both_1.wav');
    await page.evaluate('document.activeElement.blur()');
    await page.keyboard.press('Space');
    await expect.poll(() => heardOn(page)).toEqual([]);
  });

  test('details that are closed give the focus back', async () => {
    const page = await openPage(batch.index);
    await page.keyboard.press('i');
    await page.getByRole('button', { name: 'Close the details' }).press('Enter');
    expect(await focused(page)).toBe('tide/vocal_1');
    await page.keyboard.press('i');
    await page.getByRole('complementary', { name: 'Details' }).focus();
    await page.keyboard.press('i');
    expect(await focused(page)).toBe('tide/vocal_1');
  });

  test('a song is reached, played, sought in, rated and marked', async () => {
    const page = await openPage(batch.index);
    while ((await page.evaluate(`document.activeElement.role`)) !== 'gridcell') {
      await page.keyboard.press('Tab');
    }
    expect(await focused(page)).toBe('tide/vocal_1');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('End');
    await page.keyboard.press('Control+End');
    expect(await focused(page)).toBe('dusk/old_9');
    await page.keyboard.press('Control+Home');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowRight');
    expect(await focused(page)).toBe('tide/both_2');
    await page.keyboard.press('Space');
    await expect.poll(async () => (await heardOn(page))[0]?.path).toBe('tide/both_2.wav');
    await page.keyboard.press('5');
    await cell(page, 'tide/both_2').filter({ hasText: '5' }).waitFor();
    await page.keyboard.press('Enter');
    await page.keyboard.press('Space');
    await expect.poll(() => heardOn(page)).toEqual([]);
    // Stars are of this browser, and stay.
    await page.reload();
    await expect.poll(() => cell(page, 'tide/both_2').textContent()).toContain('5 stars');
    await page.getByRole('combobox', { name: 'Stars' }).selectOption('4 or more');
    await expect.poll(() => layout(page)).toEqual([['tide/both_2']]);
    await cell(page, 'tide/both_2').focus();
    await page.keyboard.press('0');
    await page.getByText('None of 13 jobs').waitFor();
  });

  test('two marked songs are compared', async () => {
    const page = await openPage(batch.index);
    await cell(page, 'tide/vocal_1').focus();
    await page.keyboard.press('x');
    await cell(page, 'tide/vocal_1').getByText('compare', { exact: true }).waitFor();
    await page.keyboard.press('Escape');
    await cell(page, 'tide/vocal_1')
      .getByText('compare', { exact: true })
      .waitFor({ state: 'detached' });
    await page.keyboard.press('x');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('x');
    await expect.poll(() => Promise.resolve(page.url())).toMatch(/#compare/);
    // Its own player; this one would tell which is which.
    await expect.poll(() => page.getByRole('region', { name: 'Player' }).count()).toBe(0);
  });

  test('what is typed into a field plays nothing', async () => {
    const page = await openPage(batch.index);
    await cell(page, 'tide/vocal_1').focus();
    await page.keyboard.press('g');
    await page.getByRole('searchbox').focus();
    await page.keyboard.type('5 xi?');
    await expect.poll(() => page.getByRole('searchbox').inputValue()).toBe('5 xi?');
    expect(await heardOn(page)).toEqual([]);
    await expect.poll(() => page.getByRole('dialog').count()).toBe(0);
    await page.getByRole('searchbox').blur();
    await page.keyboard.press('?');
    await page.getByRole('dialog').waitFor();
  });
});

test('details show lyrics, what was sent and what became of it', async () => {
  const page = await openPage(batch.index);
  await cell(page, 'dusk/both_1').focus();
  await page.keyboard.press('i');
  const details = page.getByRole('complementary', { name: 'Details' });
  await details.getByText('Dreamy, Calm').waitFor();
  const text = await details.innerText();
  expect(text).toContain('queue full');
  expect(text).toMatch(/made in 0:\d\d/);
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('ArrowUp');
  await details.getByRole('heading', { name: 'chorus' }).waitFor();
  await expect.poll(() => details.getByText('rolling out').count()).toBe(1);
  await expect.poll(() => details.getByRole('link', { name: 'tide/vocal_1.wav' }).getAttribute('href')).toBe('../tide/vocal_1.wav'); // prettier-ignore
  // Closed from within, the song has the focus again.
  await details.getByRole('link', { name: 'tide/vocal_1.wav' }).focus();
  await page.keyboard.press('i');
  await details.waitFor({ state: 'detached' });
  expect(await focused(page)).toBe('tide/vocal_1');
});

test('the spectrogram is as wide as the wave, and a click on it goes to that place', async () => {
  const page = await openPage(batch.index);
  await cell(page, 'tide/vocal_1').focus();
  await page.keyboard.press('g');
  const picture = page.getByRole('img', { name: 'Spectrogram of tide/vocal_1' });
  const slider = page.getByRole('slider', { name: 'Place in the song' });
  await expect
    .poll(() => page.evaluate(`document.querySelector('.spectrogram img').naturalWidth`))
    .toBeGreaterThan(0);
  const box = await picture.boundingBox();
  const wave = await slider.boundingBox();
  expect([box?.x, box?.width]).toEqual([wave?.x, wave?.width]);
  await picture.click({ position: { x: (box?.width ?? 0) / 2, y: 10 } });
  await expect.poll(() => slider.getAttribute('aria-valuetext')).toBe('0:01 of 0:03');
  await page.keyboard.press('g');
  await picture.waitFor({ state: 'detached' });
});

describe('axe finds nothing wrong', () => {
  test('while a song plays and all is open', async () => {
    const page = await openPage(batch.index);
    await cell(page, 'tide/vocal_1').focus();
    for (const key of ['3', 'x', 'i', 'g', 'Space']) await page.keyboard.press(key);
    await expect.poll(async () => (await heardOn(page)).length).toBe(1);
    expect(await violations(page)).toEqual([]);
    await page.keyboard.press('?');
    expect(await violations(page)).toEqual([]);
  });

  test('on a phone', async () => {
    const page = await openPage(batch.index, { viewport: { width: 360, height: 640 } });
    expect(await violations(page)).toEqual([]);
    // Nothing but the matrix itself is wider than the window.
    await expect.poll(() => page.evaluate('document.documentElement.scrollWidth')).toBe(360);
  });
});

test('light and dark are what the system says until one is chosen, which is kept', async () => {
  const page = await openPage(batch.index, { colorScheme: 'dark' });
  const ground = () => page.evaluate<string>(`getComputedStyle(document.querySelector('#app')).backgroundColor`); // prettier-ignore
  const wave = () => page.evaluate(`getComputedStyle(document.querySelector('.cell path')).fill`);
  const dark = await ground();
  const darkWave = await wave();
  await page.getByRole('button', { name: 'Colours' }).click();
  const light = await ground();
  expect(light).not.toBe(dark);
  expect(await wave()).not.toBe(darkWave);
  await page.reload();
  expect(await ground()).toBe(light);
});
