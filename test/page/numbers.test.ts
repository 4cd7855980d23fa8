/** The numbers view in a real browser: what it tells, what can be pressed, and that nobody is left out. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { bundlePage, type BundledPage } from '../../build-page.ts';
import { pageHtml } from '../../src/listening/page-html.ts';
import type { AttemptRow, PageData } from '../../src/listening/page-format.ts';
import { violations } from './axe.ts';
import { makePageBatch, type PageBatch } from './batch.ts';
import { openPage } from './browser.ts';
import { madeUpPage } from './numbers/made-up.ts';

const hostile = '</script><img src=x onerror=alert(1)> \u202Egnos 🎵';

let code: BundledPage;
let batch: PageBatch;
/** A page beside real songs; two runs with a night between them, of which the first was throttled. */
let index: string;
beforeAll(async () => {
  code = await bundlePage();
  batch = await makePageBatch(
    `name: numbers
matrix:
  lyrics:
    - { id: dawn, text: "[verse]\\nLa la la la\\n" }
    - { id: dusk, text: "[verse]\\nLo lo lo lo\\n" }
  seed: [1, 2, 3]
output: { dir: out }
`,
    (_, position) => ({
      ends: 'song',
      seconds: position < 3 ? 2 : 4,
      ...(position === 1 && {
        failures: [{ reason: 'exit-code', exit: '1', message: hostile }],
      }),
    }),
  );
  const t0 = 1_795_341_720;
  const evening = (row: AttemptRow, at: number): AttemptRow =>
    row[4] === null
      ? [t0 + at, t0 + at, t0 + at + 100, 80, null, row[5]]
      : [t0 + at - 50, t0 + at - 50, t0 + at - 10, null, row[4], 2_000_000];
  const attempts = batch.data.columns.attempts.map((rows, job) =>
    rows.map((row) => evening(row, job < 3 ? 100 * job + 60 : 36_000 + 100 * job)),
  );
  const data: PageData = {
    ...batch.data,
    columns: { ...batch.data.columns, attempts },
    runs: [
      [[t0, 20], [t0 + 90, 5], [t0 + 380, 0]], // prettier-ignore
      [
        [t0 + 36_290, 20],
        [t0 + 36_700, 0],
      ],
    ],
  };
  index = batch.index;
  writeFileSync(index, [...pageHtml(data, code)].join(''));
});

/** A page whose songs are nowhere. */
function pageOf(data: PageData): string {
  const folder = mkdtempSync(join(tmpdir(), 'songbatch-numbers-'));
  onTestFinished(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  const file = join(folder, 'index.html');
  writeFileSync(file, [...pageHtml(data, code)].join(''));
  return file;
}

async function openNumbers(file: string, options = {}): Promise<Page> {
  const page = await openPage(`${file}#numbers`, { timezoneId: 'Europe/Vienna', ...options });
  await page.locator('.numbers canvas, .empty').first().waitFor();
  return page;
}

/** Waits as long as a slow machine may take. */

/** The colours of a plot: a blank has none. */
function coloursOf(page: Page, plot: string): Promise<unknown> {
  return page.evaluate(`(() => {
    const canvas = document.querySelector(${JSON.stringify(`${plot} canvas`)});
    if (!canvas) return [];
    const copy = Object.assign(document.createElement('canvas'), { width: canvas.width, height: canvas.height });
    const context = copy.getContext('2d', { willReadFrequently: true });
    context.drawImage(canvas, 0, 0);
    const pixels = context.getImageData(0, 0, canvas.width, canvas.height).data;
    const colours = new Set();
    for (let at = 0; at < pixels.length; at += 4) {
      if (pixels[at + 3] === 255) colours.add(pixels.slice(at, at + 3).join(' '));
    }
    return [...colours].sort();
  })()`);
}

const rowsOf = async (page: Page, table: string) =>
  page.getByRole('region', { name: table }).locator('tbody tr').allInnerTexts();

describe('along an axis', () => {
  test('cost and time stand in a table that is sorted by whatever column, and the address keeps it', async () => {
    const page = await openNumbers(index);
    const dawn = (await rowsOf(page, 'Table: cost and time'))[0]?.split(/\s+/);
    // Three songs in four attempts; the failed one had a bill that the jobs' costs do not know of.
    expect(dawn?.slice(0, 4)).toEqual(['dawn', '3', '0', '4']);
    expect(dawn?.slice(-7, -4)).toEqual(['1:40', '20', 's']);
    await page.getByRole('button', { name: 'Cost', exact: true }).click();
    await expectRows(page, /^du/);
    await page.getByRole('button', { name: 'Cost', exact: true }).click();
    await expectRows(page, /^dawn/);
    await expect.poll(() => page.locator('th[aria-sort=ascending]').innerText()).toContain('Cost');
    await page.getByRole('combobox', { name: /^Axis/ }).selectOption('seed (3)');
    expect(await rowsOf(page, 'Table: cost and time')).toHaveLength(3);
    await page.reload();
    await expect.poll(() => page.getByRole('combobox', { name: /^Axis/ }).inputValue()).toBe('1');
    await expect.poll(() => page.url()).toMatch(/#numbers\?sort=cost&axis=seed$/);
  });

  async function expectRows(page: Page, first: RegExp): Promise<void> {
    await expect.poll(async () => (await rowsOf(page, 'Table: cost and time'))[0]).toMatch(first);
  }
});

test('a bar is reached and pressed by keyboard; it lists its songs, and they play', async () => {
  const page = await openNumbers(index);
  const figure = page.locator('figure', { has: page.getByRole('heading', { name: 'Duration' }) });
  const bars = figure.getByRole('toolbar').getByRole('button');
  await bars.first().focus();
  await page.keyboard.press('End');
  await page.keyboard.press('Enter');
  await expect.poll(() => bars.last().getAttribute('aria-pressed')).toBe('true');
  await expect.poll(() => figure.locator('.song-list li').count()).toBe(3);
  await figure
    .getByRole('button', { name: /^Play / })
    .first()
    .click();
  const name = await figure.getByRole('button', { name: /^Pause / }).getAttribute('aria-label');
  expect(name).toMatch(/^Pause du/);
  const player = page.getByLabel('Player', { exact: true });
  await expect.poll(() => player.innerText()).toContain('0:01');
  await figure.getByText('As a table').click();
  await figure.locator('td').first().waitFor();
  const counts = await figure.locator('td').allInnerTexts();
  expect(counts.reduce((sum, text) => sum + Number(text), 0)).toBe(6);
});

test('the timeline is drawn and told: runs, limit, retries, and the night between them cut out', async () => {
  const page = await openNumbers(index);
  const timeline = page.getByRole('region', { name: 'Timeline' });
  await expect
    .poll(() => timeline.locator('figcaption').innerText())
    .toBe(
      'From 22 Nov 11:02:00 on, in 2 runs, 10 h 09 min to the last end of a task. 2 tasks in flight at most of 20 that were allowed, 1.1 on average. 1 failed attempt tried again, 0 jobs failed. Time in which nothing went on is cut out (hatched).',
    );
  // Tasks in flight, and the limit.
  const colours = () => coloursOf(page, '[aria-labelledby=numbers-timeline]');
  await expect.poll(colours).toEqual(expect.arrayContaining(['194 65 12', '31 111 181']));
  await timeline.getByText('As a table').click();
  await expect
    .poll(() => rowsOf(page, 'Table: runs'))
    .toEqual([
      '22 Nov 11:02:00\t6:20\t20, lowered to 5\t2\t3\t1',
      '22 Nov 21:06:50\t6:50\t20\t1\t3\t0',
    ]);
  const box = await timeline.locator('canvas').first().boundingBox();
  await page.mouse.move((box?.x ?? 0) + 200, (box?.y ?? 0) + 100);
  await expect
    .poll(() => timeline.innerText())
    .toMatch(/22 Nov 11:0\d:\d\d · \d in flight · limit/);
});

test('failures are grouped; what a server said is text and nothing else', async () => {
  const page = await openNumbers(index);
  const rows = page.getByRole('region', { name: 'Table: failures' }).locator('tbody tr');
  const [reason = '', message = ''] = await rows.allInnerTexts();
  expect(reason.split('\t').slice(0, 4)).toEqual(['exit-code', '1', '0', '$0.0020']);
  expect(message).toContain(`the model exited with 1: ${hostile}`);
  await expect.poll(() => page.locator('main img').count()).toBe(0);
  await rows.getByText('1 job').click();
  await expect.poll(() => rows.locator('.song-list li').count()).toBe(1);
});

test('plots follow colours and width of the window', async () => {
  const page = await openNumbers(index, { colorScheme: 'light' });
  const light = await coloursOf(page, 'figure');
  await page.emulateMedia({ colorScheme: 'dark' });
  await expect.poll(() => coloursOf(page, 'figure')).not.toEqual(light);
  await page.setViewportSize({ width: 360, height: 740 });
  const widest =
    "Math.max(...[...document.querySelectorAll('canvas')].map((one) => one.clientWidth))";
  await expect.poll(() => page.evaluate(widest)).toBeLessThan(340);
  const main = "document.querySelector('main')";
  await expect.poll(() => page.evaluate(`${main}.scrollWidth - ${main}.clientWidth`)).toBe(0);
});

test('axe finds nothing, in light and in dark', async () => {
  const page = await openNumbers(index);
  for (const summary of await page.locator('summary').all()) await summary.click();
  await page.getByRole('region', { name: 'Table: runs' }).waitFor();
  await page.getByRole('toolbar').getByRole('button').first().click();
  expect(await violations(page)).toEqual([]);
});

test('a page that is one of many says so, a batch that was not begun says that', async () => {
  const some = madeUpPage({ jobs: 30 });
  const totals = { ...some.totals, costUsd: '99.5' };
  const second = pageOf({ ...some, totals, page: { number: 2, of: 3 } });
  const seen = await openNumbers(second);
  await expect
    .poll(() => seen.locator('.notice').innerText())
    .toBe('All figures are of the 30 jobs on this page, 2 of 3. The whole batch has cost $99.50.');
  const { columns } = some;
  const attempts = columns.attempts.map(() => []);
  const fresh = pageOf({ ...some, runs: [], columns: { ...columns, attempts } });
  const empty = await openNumbers(fresh);
  await expect.poll(() => empty.locator('main').innerText()).toContain('Nothing has been sent yet');
});

test('of 5,000 jobs it shows figures, not rows', async () => {
  const page = await openNumbers(pageOf(madeUpPage({ jobs: 5000 })));
  await expect.poll(() => page.locator('.totals').innerText()).toContain('of 5,');
  await expect.poll(() => page.locator('main *').count()).toBeLessThan(2000);
  // A bar has a thousand songs behind it: they come some at a time.
  await page.getByRole('toolbar').first().getByRole('button').nth(3).click();
  await expect.poll(() => page.locator('.song-list li').count()).toBeLessThanOrEqual(20 * 10);
});
