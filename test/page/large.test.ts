/** A page of 5,000 jobs: what lies on the disk and in the document stays small, whatever shape the matrix has. */
import { statSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Page } from 'playwright-core';
import { pieceSize } from '../../src/listening/page-format.ts';
import { makePageBatch, type PageBatch } from './batch.ts';
import { openPage } from './browser.ts';

let batch: PageBatch;

beforeAll(async () => {
  const lyrics = Array.from({ length: 5 }, (_, index) => `    - { id: "neon-rivers-${index}", text: "[verse]\\nla la ${index}\\n" }`); // prettier-ignore
  batch = await makePageBatch(
    `name: large
matrix:
  lyrics:
${lyrics.join('\n')}
  tags:
    - { id: dream-pop, genre: Pop }
    - { id: kitchen-pop, mood: Happy }
  clone: [vocal, both]
  seed: { from: 1000, to: 1249 }
output: { name: "{lyrics}/{tags}/{clone}_s{seed}" }
`,
    (_, index) => {
      if (index % 50 !== 7) return { ends: 'song' };
      const message = `CUDA out of memory on worker ${index % 9}`;
      return { ends: 'failed', failure: { reason: 'exit-code', exit: '1', message } };
    },
    { isLarge: true },
  );
});

/** Elements, canvases among them: those that are in sight, and some around them. */
const mostElements = 6000;
/** Its songs are only said to be there. */
const options = { mayComplain: /ERR_FILE_NOT_FOUND/ };
const elementsOn = (page: Page) => page.evaluate<number>('document.querySelectorAll("*").length');
const loadedOn = (page: Page) => page.evaluate<number>('document.scripts.length');
test('its page is smaller than 3 MB', () => {
  expect(batch.jobs).toHaveLength(5000);
  expect(statSync(batch.index).size).toBeLessThan(3_000_000);
});

describe('only what is in sight is in the document', () => {
  test.each([
    ['20 rows, 250 columns', '#matrix?rows=lyrics&columns=seed'],
    ['250 rows, 20 lines each', '#matrix?rows=seed&columns=-'],
    ['as it comes', ''],
  ])('%s', async (_, hash) => {
    const page = await openPage(`${batch.index}${hash}`, options);
    const grid = page.getByRole('grid');
    expect(await elementsOn(page)).toBeLessThan(mostElements);
    const pieces = await loadedOn(page);
    expect(pieces).toBeLessThan(5000 / pieceSize / 2);
    for (const [left, top] of [
      [0, 1e6],
      [1e6, 1e6],
      [1e6, 0],
    ]) {
      await page.evaluate(`document.querySelector('[role=grid]').scrollTo(${left ?? 0}, ${top ?? 0})`); // prettier-ignore
      await expect.poll(() => elementsOn(page)).toBeLessThan(mostElements);
      // What is in sight is drawn, to the last corner.
      const { x = 0, y = 0, width = 0, height = 0 } = (await grid.boundingBox()) ?? {};
      const corner = `document.elementFromPoint(${x + width - 60}, ${y + height - 30})`;
      await expect.poll(() => page.evaluate(`${corner}.closest('[role=gridcell]') !== null`)).toBe(true); // prettier-ignore
    }
  });
});

test('the focus stays in a cell that is scrolled out of sight, and comes back by a key', async () => {
  const page = await openPage(`${batch.index}#matrix?rows=lyrics&columns=seed`, options);
  await page.getByRole('gridcell', { name: 'neon-rivers-0/dream-pop/vocal_s1000' }).focus();
  await page.keyboard.press('ArrowRight');
  await page.evaluate(`document.querySelector('[role=grid]').scrollTo(20000, 400)`);
  await expect.poll(() => page.evaluate(`document.querySelector('[role=grid]').scrollLeft`)).toBe(20_000); // prettier-ignore
  await page.keyboard.press('ArrowRight');
  const label = () => page.evaluate('document.activeElement.textContent.split(";")[0]');
  expect(await label()).toBe('neon-rivers-0/dream-pop/vocal_s1002');
  await expect
    .poll(() => page.evaluate(`document.querySelector('[role=grid]').scrollLeft`))
    .toBeLessThan(500);
  await page.keyboard.press('Control+End');
  expect(await label()).toBe('neon-rivers-4/kitchen-pop/both_s1249');
});
