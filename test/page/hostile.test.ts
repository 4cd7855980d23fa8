/** Whatever labels, lyrics, tags, names and servers say is shown as text: it does nothing, and moves nothing. */
import { beforeAll, expect, test } from 'vitest';
import type { Page } from 'playwright-core';
import type { Job } from '../../src/job/job.ts';
import { views } from '../../src/page/address.ts';
import { makePageBatch, type PageBatch } from './batch.ts';
import { violations } from './axe.ts';
import { openPage } from './browser.ts';

/** Each would leave its mark if it ran. */
const hostile = [
  '</script><script>globalThis.owned = 1</script>',
  '<!--<script>',
  '"><img src=x onerror="globalThis.owned = 1">',
  `' onfocus='globalThis.owned = 1' autofocus='`,
  'javascript:globalThis.owned = 1',
  '</style><svg onload=globalThis.owned=1>',
  ']]>{{constructor.constructor("globalThis.owned = 1")()}}',
  '__proto__',
  'constructor',
  'a & b &lt; c &amp;',
  'right \u202egnirts\u202c to left',
  'עברית (123) ',
  'لحن',
  '👩‍🎤🎶🏳️‍🌈',
  '\u2028\u2029\u0000\u0007\ud800',
  '../../../etc/passwd',
  'a\\b %2e%2e/ #frag ?query',
] as const;

let batch: PageBatch;

beforeAll(async () => {
  const dropped = hostile.map((text, index): Job => ({
    id: String(index).padStart(32, '0'),
    model: 'wiro/text-to-song-with-reference-yue',
    coordinates: { lyrics: text, tags: hostile.at(-1 - index) ?? '', seed: String(index % 3) },
    parameters: {
      prompt: `[verse ${text}]\n${text}\n[${text}]\n`,
      genre: [text, 'Pop'],
      inputAudioUrl: text,
    },
    // A file of that name is on the disk, as far as a disk takes it.
    output: `songs/${text.replaceAll(/[/\0\ud800]/g, '_')}`,
  }));
  batch = await makePageBatch(
    'name: hostile\nmatrix:\n  lyrics: [{ id: fine, text: "[verse]\\nla\\n" }]\n',
    (_, index) => {
      const message = hostile[index - 1] ?? '';
      if (index % 4 !== 2) return { ends: 'song', failures: [{ reason: 'task-error', message }] };
      return { ends: 'failed', failure: { reason: 'rejected', code: 7, message } };
    },
    { dropped },
  );
});

/** Without what no page can show. */
const plain = (text: string | null) =>
  text?.replaceAll(/[\p{Cc}\p{Cs}\u2028\u2029\ufffd]/gu, '').trim();
const isOwned = (page: Page) => page.evaluate('"owned" in globalThis');

test('nothing of it runs, in any view', async () => {
  const page = await openPage(batch.index);
  for (const view of views) {
    await page.evaluate(`location.hash = '#${view}'`);
    await page.locator(`html[data-view="${view}"]`).waitFor();
    expect(await isOwned(page)).toBe(false);
  }
  // Nor does anything ask for what it names: that would be a complaint.
  expect(await page.evaluate('document.querySelectorAll("img[src=x]").length')).toBe(0);
});

test('all of it is shown as it is written, also where all is known of a song', async () => {
  const page = await openPage(`${batch.index}#matrix?rows=lyrics&columns=-`);
  const headers = await page.getByRole('rowheader').allTextContents();
  const shown = headers.join('\n');
  for (const text of [
    '</script><script>globalThis.owned = 1</script>',
    'a & b &lt; c &amp;',
    '👩‍🎤🎶🏳️‍🌈',
  ]) {
    expect(shown).toContain(text);
  }
  await page.getByRole('gridcell').first().focus();
  await page.keyboard.press('i');
  const details = page.getByRole('complementary', { name: 'Details' });
  await details.getByRole('heading', { name: 'Lyrics' }).waitFor();
  for (const text of hostile) {
    await page.keyboard.press('ArrowDown');
    await details.getByText('inputAudioUrl').waitFor();
    expect(plain(await details.textContent())).toContain(plain(text));
  }
  // A link to a song is never more than a link to a file below the page's folder.
  const links = await page.evaluate<string[]>(`[...document.links].map(({ href }) => href).filter((href) => !href.includes('#'))`); // prettier-ignore
  const folder = batch.index.replace(/report\/index\.html$/, '');
  expect(links.length).toBeGreaterThan(0);
  for (const link of links) expect(link.startsWith(`file://${folder}songs/`)).toBe(true);
  expect(await isOwned(page)).toBe(false);
});

test('songs whose names are hostile play', async () => {
  const page = await openPage(`${batch.index}#matrix?find=onerror`);
  await page.getByRole('gridcell').first().focus();
  await page.keyboard.press('Space');
  await page.getByRole('button', { name: 'Pause', exact: true }).waitFor();
  expect(await page.getByRole('alert').count()).toBe(0);
});

test('what is written from right to left does not reorder what stands beside it', async () => {
  const page = await openPage(`${batch.index}#matrix?rows=lyrics&columns=-&find=gnirts`);
  await page.getByRole('gridcell').first().focus();
  await page.keyboard.press('g');
  // Coordinates in the player: lyrics, tags, seed from left to right, whatever they say.
  const lefts = await page.evaluate<number[]>(`[...document.querySelectorAll('.player-labels li')].map((item) => item.getBoundingClientRect().left)`); // prettier-ignore
  expect(lefts).toHaveLength(3);
  expect(lefts).toEqual(lefts.toSorted((one, other) => one - other));
  const bare =
    await page.evaluate<number>(`[...document.querySelectorAll('#app *')].filter((element) =>
    !element.closest('bdi, [dir=auto], .unseen, option') &&
    [...element.childNodes].some((node) => node.nodeType === 3 && /[\\u202e\\u0590-\\u06ff]/.test(node.data))).length`);
  expect(bare).toBe(0);
});

test('axe finds nothing wrong with it', async () => {
  const page = await openPage(batch.index);
  expect(await violations(page)).toEqual([]);
});
