import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { parseRatings, type Ratings } from '../../src/ratings/ratings.ts';
import { violations } from './axe.ts';
import { makePageBatch, type PageBatch } from './batch.ts';
import { openPage } from './browser.ts';

const manifest = `
name: blind
matrix:
  lyrics: [{ id: tide, text: "[verse]\\nThe tide comes in" }, { id: ember, text: "[verse]\\nAn ember glows" }]
  seed: [1, 2, 3]
defaults: { instrument: Piano, mood: Uplifting, gender: male, genre: Pop, timbre: bright vocal }
`;

let batch: PageBatch;

beforeAll(async () => {
  // Lengths and levels differ: they must not tell which song is which.
  batch = await makePageBatch(manifest, (_, index) => ({
    ends: 'song',
    seconds: 4 + (index % 3),
    level: -4 - 2 * (index % 3),
  }));
});

/** Opens the view; `songs` are the audio elements, which are not in the document. */
async function openCompare(index: string, mayComplain?: RegExp): Promise<Page> {
  const page = await openPage(index, {
    ...(mayComplain && { mayComplain }),
    acceptDownloads: true,
  });
  await page.evaluate(`{
    const Real = Audio;
    globalThis.songs = [];
    globalThis.Audio = class extends Real {
      constructor(url) { super(url); songs.push(this); }
    };
  }`);
  await page.click('nav a:text("Compare")');
  return page;
}

/** From here on chance gives these numbers, then 0. */
async function foresee(page: Page, ...bits: readonly number[]): Promise<void> {
  await page.evaluate(`{
    const bits = ${JSON.stringify(bits)};
    crypto.getRandomValues = (array) => { array[0] = bits.shift() ?? 0; return array; };
  }`);
}

/** Listens to these by turns until an answer is allowed. */
async function hear(page: Page, keys: readonly string[]): Promise<void> {
  const waiting = page.locator('.verdict[aria-disabled=true]');
  for (let turn = 0; (await waiting.count()) > 0 && turn < 40; turn++) {
    await page.keyboard.press(keys[turn % keys.length] ?? '');
    await page.waitForTimeout(keys.length > 1 ? 550 : 250);
  }
}

async function answer(page: Page, listensTo: readonly string[], key: string): Promise<void> {
  await hear(page, listensTo);
  await page.keyboard.press(key);
}

async function exported(page: Page): Promise<{ readonly path: string; readonly ratings: Ratings }> {
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.click('text=Export ratings.json'),
  ]);
  expect(download.suggestedFilename()).toBe('ratings.json');
  const path = await download.path();
  const ratings = parseRatings(JSON.parse(readFileSync(path, 'utf8')));
  if ('problem' in ratings) throw new Error(ratings.problem.message);
  return { path, ratings };
}

function coordinatesOf(job: string): readonly (string | undefined)[] {
  const { axes, columns } = batch.data;
  const index = columns.id.indexOf(job);
  return axes.map(({ labels }, axis) => labels[columns.places[axis]?.[index] ?? -1]);
}

/** LUFS, as it was measured. */
function loudnessOf(src: string): number {
  const row = batch.data.columns.song.find((song) => song && src.endsWith(song[0]));
  return row?.[4] ?? Number.NaN;
}

/** The document, but for the time that has passed. */
async function whatIsShown(page: Page): Promise<string> {
  const html = await page.content();
  return html.replaceAll(/\d+:\d\d/g, '0:00');
}

/** Those that play, audible or not. */
const playing = 'songs.filter((song) => !song.paused)';

/** Polled from here: the page's policy keeps it from evaluating text again and again. */
async function until(page: Page, condition: string): Promise<void> {
  await expect.poll(() => page.evaluate(condition)).toBe(true);
}

describe('a blind comparison', () => {
  test('goes by keys alone, and what was chosen is kept, exported and taken in again', async () => {
    const page = await openCompare(batch.index);
    await page.check('label:has-text("lyrics") input');
    await page.click('text=Start · 3 pairs');
    const facts = page.locator('.trial .hint').first();
    await expect.poll(() => facts.textContent()).toBe('They differ in lyrics only · 0 answered · 3 left'); // prettier-ignore

    // Before both were heard a choice is none.
    await page.keyboard.press('1');
    await expect.poll(() => facts.textContent()).toContain('0 answered');
    await expect.poll(() => page.textContent('[role=status].unseen')).toContain('Listen to both');

    // Nor does a key that was pressed twice judge the next pair.
    await hear(page, ['a', 'b']);
    await page.evaluate(
      "for (const key of ['1', '1']) dispatchEvent(new KeyboardEvent('keydown', { key }))",
    );
    await expect.poll(() => facts.textContent()).toContain('1 answered · 2 left');
    await page.keyboard.press('u');
    await expect.poll(() => facts.textContent()).toContain('0 answered · 3 left');
    await answer(page, ['ArrowLeft', 'ArrowRight'], '2');
    await expect.poll(() => facts.textContent()).toContain('1 answered');

    // Skipped without listening; with the names of the last pair from here on.
    await page.keyboard.press('r');
    await page.keyboard.press('s');
    await expect.poll(() => page.textContent('.trial .notice')).toMatch(/were skipped/);
    await answer(page, ['b', 'a'], '=');
    await expect.poll(() => page.textContent('h2')).toBe('2 pairs judged');
    expect(await page.locator('.answered li').allTextContents()).toEqual([
      expect.stringMatching(/^B lyrics (tide|ember) was better than A lyrics (tide|ember) with seed [123]$/), // prettier-ignore
      expect.stringContaining('were skipped'),
      expect.stringContaining('were equal'),
    ]);

    const { path, ratings } = await exported(page);
    expect(ratings).toMatchObject({ batch: 'blind', abx: [], stars: [] });
    expect(ratings.comparisons.map(({ choice, blind }) => [choice, blind])).toEqual([
      ['b', true],
      ['skip', true],
      ['equal', true],
    ]);
    const seeds = ratings.comparisons.map(({ a, b }) => {
      const [[lyrics, seed], [otherLyrics, otherSeed]] = [coordinatesOf(a.job), coordinatesOf(b.job)]; // prettier-ignore
      expect(lyrics).not.toBe(otherLyrics);
      expect(seed).toBe(otherSeed);
      return seed;
    });
    expect(seeds.toSorted()).toEqual(['1', '2', '3']);

    // What was judged is not asked again, unless one wants it; what was skipped is, in another sitting.
    await page.reload();
    const lyrics = page.locator('label:has-text("lyrics")');
    await expect.poll(() => lyrics.textContent()).toBe('lyrics3 pairs, 2 judged');
    await lyrics.click();
    await expect.poll(() => page.textContent('button.primary')).toBe('Start · 1 pair');
    await page.check('label:has-text("judged before") input');
    await expect.poll(() => page.textContent('button.primary')).toBe('Start · 3 pairs');

    await page.click('text=Clear …');
    await page.click('button:text-is("Forget")');
    await expect.poll(() => lyrics.textContent()).toBe('lyrics3 pairs');
    await page.setInputFiles('input[type=file]', path);
    await expect.poll(() => lyrics.textContent()).toBe('lyrics3 pairs, 2 judged');
    expect((await exported(page)).ratings).toEqual(ratings);
  });

  test('shows nothing by which the songs could be told', async () => {
    const seen = [];
    for (const side of [0, 1]) {
      const page = await openCompare(batch.index);
      await page.check('label:has-text("seed") input');
      await foresee(page, 0, 0, 0, side);
      await page.click('text=/^Start ·/');
      await until(page, `${playing}.length === 2`);
      const whileA = await whatIsShown(page);
      await page.keyboard.press('b');
      await page.keyboard.press('Space');
      const whileB = await whatIsShown(page);
      const sources = await page.evaluate<string[]>('songs.map((song) => song.src)');
      seen.push({ sources, whileA, whileB });
    }
    const [one, other] = seen;
    // The same two songs, the other way round.
    expect(one?.sources).toEqual(other?.sources.toReversed());
    expect(one?.sources[0]).not.toBe(one?.sources[1]);
    expect(one?.whileA).toBe(other?.whileA);
    expect(one?.whileB).toBe(other?.whileB);
  });

  test('plays both in step and equally loud, one of them to be heard, and begins anew with the shorter one', async () => {
    const page = await openCompare(batch.index);
    await page.check('label:has-text("seed") input');
    // Of the first song, and the third.
    await foresee(page, 0, 0, 1);
    await page.click('text=/^Start ·/');
    await until(page, `${playing}.length === 2`);

    const sounds = await page.evaluate<{ src: string; volume: number }[]>(
      'songs.map(({ src, volume }) => ({ src, volume }))',
    );
    const measured = sounds.map(({ src }) => loudnessOf(src));
    const played = sounds.map(
      ({ volume }, index) => (measured[index] ?? 0) + 20 * Math.log10(volume),
    );
    expect(Math.abs((measured[0] ?? 0) - (measured[1] ?? 0))).toBeGreaterThan(1);
    expect(played[0]).toBeCloseTo(played[1] ?? 0);
    expect(Math.max(...played)).toBeLessThanOrEqual(Math.min(...measured) + 0.001);

    const apart = 'Math.abs(songs[0].currentTime - songs[1].currentTime)';
    const inStep = async () => {
      await expect.poll(() => page.evaluate<number>(apart)).toBeLessThan(0.06);
    };
    // One that has run ahead is waited for, and not only when both begin anew.
    await page.evaluate(`{
      globalThis.beginsAnew = false;
      songs[0].addEventListener('seeking', () => { beginsAnew = true; });
      songs[1].currentTime = songs[0].currentTime + 0.25;
    }`);
    await until(page, `beginsAnew || ${apart} < 0.06`);
    await expect.poll(() => page.evaluate('beginsAnew')).toBe(false);
    for (const key of ['b', 'a', 'b', 'a', 'b']) {
      await page.keyboard.press(key);
      const audible = await page.evaluate<boolean[]>(`${playing}.map((song) => !song.muted)`);
      expect(audible).toEqual([key === 'a', key === 'b']);
      await vi.waitFor(inStep, { timeout: 15_000, interval: 30 });
    }

    // The longer one is heard, and does not tell that it is longer.
    await page.evaluate(`{
      globalThis.furthest = 0;
      songs[1].addEventListener('timeupdate', () => {
        furthest = Math.max(furthest, songs[1].currentTime);
      });
      for (const song of songs) song.currentTime = 3.2;
    }`);
    await until(page, `${playing}.length === 2 && songs.every((song) => song.currentTime < 2)`);
    await expect.poll(() => page.evaluate('furthest > 3 && furthest < 5')).toBe(true);
    await vi.waitFor(inStep, { timeout: 15_000, interval: 30 });
  });

  test('leaves out a song that cannot be played, and says so', async () => {
    const broken = await makePageBatch(manifest, () => ({
      ends: 'song',
    }));
    const file = join(broken.folder, 'out', broken.data.columns.song[0]?.[0] ?? '');
    writeFileSync(file, Buffer.alloc(statSync(file).size, 'no song'));
    const page = await openCompare(broken.index, /ERR_FILE_NOT_FOUND/);
    await page.check('label:has-text("lyrics") input');
    await foresee(page);
    await page.click('text=Start · 3 pairs');
    await expect.poll(() => page.textContent('[role=alert]')).toMatch(/\.wav cannot be played: the file/); // prettier-ignore
    await expect.poll(() => page.textContent('.trial .hint')).toContain('0 answered · 2 left');
    await answer(page, ['a', 'b'], '1');
    await page.keyboard.press('s');
    await expect.poll(() => page.textContent('h2')).toBe('1 pair judged');

    // Where all of them are gone it is not tried one after the other.
    for (const song of broken.data.columns.song) {
      if (song) rmSync(join(broken.folder, 'out', song[0]));
    }
    await page.reload();
    await page.check('label:has-text("seed") input');
    await page.click('text=/^Start ·/');
    await expect.poll(() => page.textContent('[role=alert]')).toMatch(/^3 songs in a row cannot be played/); // prettier-ignore
    await expect.poll(() => page.locator('.trial').count()).toBe(0);
  });
});

describe('an ABX test', () => {
  test('tells after its last trial how likely the result is by guessing, and counts in the ranking', async () => {
    const page = await openCompare(batch.index);
    await page.check('label:has-text("seed") input');
    await page.click('label:has-text("10 trials")');
    await page.click('text=Start the test');
    for (let trial = 1; trial <= 10; trial++) {
      await expect.poll(() => page.textContent('.trial .hint')).toMatch(`Trial ${trial} of 10`);
      await page.keyboard.press('x');
      // The third and the fourth are X where it is A, and where it is B.
      const x = await page.evaluate<number>('songs.findIndex((song) => !song.muted)');
      const isRight = trial !== 5;
      const key = (x === 2) === isRight ? '1' : '2';
      await answer(page, ['x'], key);
      await page.keyboard.press(key);
    }
    await expect.poll(() => page.textContent('h2')).toBe('9 of 10 right: you heard a difference');
    await expect.poll(() => page.textContent('.outcome')).toContain('p = 0.0107');
    await page.click('text=See the ranking');
    await expect.poll(() => page.textContent('main')).toContain('9 of 10 right; who only guesses is right as often in 1.1 % of cases'); // prettier-ignore
    const { ratings } = await exported(page);
    expect(ratings.abx).toMatchObject([{ trials: 10, correct: 9 }]);
  });

  test('shows nothing by which X could be told, and keeps nothing when it is stopped', async () => {
    const seen = [];
    for (const x of [0, 1]) {
      const page = await openCompare(batch.index);
      await foresee(page, 0, 0, 0, 0, x);
      await page.click('text=Start the test');
      await until(page, `${playing}.length === 4`);
      await page.keyboard.press('x');
      await page.keyboard.press('Space');
      const audible = await page.evaluate<number>('songs.findIndex((song) => !song.muted)');
      expect(audible).toBe(2 + x);
      seen.push(await whatIsShown(page));
      await page.click('text=Stop');
      await expect
        .poll(() => page.textContent('.ratings-panel'))
        .toContain('You have rated nothing yet.');
    }
    expect(seen[0]).toBe(seen[1]);
  });
});

describe('the compare view', () => {
  test('has no violation that axe finds, and fits a phone', async () => {
    const page = await openCompare(batch.index);
    await page.setViewportSize({ width: 360, height: 740 });
    const fits = () => page.evaluate<number>("document.querySelector('main').scrollWidth");
    expect(await violations(page)).toEqual([]);
    expect(await fits()).toBe(360);
    await page.click('text=/^Start ·/');
    expect(await violations(page)).toEqual([]);
    expect(await fits()).toBe(360);
    await page.keyboard.press('s');
    await page.click('text=Stop');
    expect(await violations(page)).toEqual([]);
    expect(await fits()).toBe(360);
    await page.click('text=Compare others');
    await page.click('text=Start the test');
    expect(await violations(page)).toEqual([]);
    expect(await fits()).toBe(360);
  });
});
