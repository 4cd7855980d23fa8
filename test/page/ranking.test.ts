import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { ratingsSchemaId, type Comparison, type Heard, type Ratings } from '../../src/ratings/ratings.ts'; // prettier-ignore
import { writtenRatings } from '../../src/ratings/written.ts';
import { violations } from './axe.ts';
import { makePageBatch, type PageBatch } from './batch.ts';
import { openPage } from './browser.ts';

let batch: PageBatch;
/** `tide_1` and so on: lyrics and seed. */
let sounds: ReadonlyMap<string, Heard>;

beforeAll(async () => {
  batch = await makePageBatch(
    `
name: liked
matrix:
  lyrics: [{ id: tide, text: "[verse]\\nThe tide comes in" }, { id: ember, text: "[verse]\\nAn ember glows" }]
  seed: [1, 2, 3]
defaults: { instrument: Piano, mood: Uplifting, gender: male, genre: Pop, timbre: bright vocal }
`,
    () => ({ ends: 'song' }),
  );
  const { axes, columns } = batch.data;
  sounds = new Map(
    columns.id.map((job, index) => {
      const labels = ['lyrics', 'seed'].map((name) => {
        const axis = axes.findIndex((one) => one.name === name);
        return axes[axis]?.labels[columns.places[axis]?.[index] ?? -1];
      });
      return [labels.join('_'), { job, song: columns.song[index]?.[1] ?? '' }];
    }),
  );
});

function sound(name: string): Heard {
  const found = sounds.get(name);
  if (!found) throw new Error(`no song ${name}`);
  return found;
}

let minute = 0;

/** `tide_1 > tide_2`, or `=` */
function compared(text: string): Comparison {
  const [a = '', sign, b = ''] = text.split(' ');
  const at = new Date(Date.UTC(2026, 10, 22, 12, minute++)).toISOString();
  return { at, a: sound(a), b: sound(b), choice: sign === '=' ? 'equal' : 'a', blind: true };
}

function ratingsOf(listener: string, some: Partial<Ratings>): Ratings {
  const nothing = { comparisons: [], abx: [], stars: [] };
  return { $schema: ratingsSchemaId, batch: 'liked', listener, ...nothing, ...some };
}

function file(name: string, content: string): string {
  const path = join(batch.folder, name);
  writeFileSync(path, content);
  return path;
}

function written(name: string, ratings: Ratings): string {
  return file(name, writtenRatings(ratings));
}

async function openRanking(): Promise<Page> {
  const page = await openPage(batch.index);
  await page.click('nav a:text("Ranking")');
  return page;
}

async function take(page: Page, ...paths: readonly string[]): Promise<void> {
  await page.setInputFiles('.ratings-panel input[type=file]', [...paths]);
}

/** The rows of a table of standings, cell by cell, as text. */
async function rowsOf(page: Page, card: string): Promise<readonly (readonly string[])[]> {
  const rows = await page.locator(`section[aria-label="${card}"] tbody tr`).all();
  return Promise.all(rows.map((row) => row.locator('th, td').allTextContents()));
}

const seedTwo = ['tide_2 > tide_1', 'tide_2 > tide_3', 'ember_2 > ember_1', 'tide_1 > tide_3'];

describe('the ranking', () => {
  test('tells first what to do, then follows each rating', async () => {
    const page = await openRanking();
    await expect.poll(() => page.textContent('.empty')).toContain('Nothing rated yet');

    await take(page, written('mine.json', ratingsOf('me', { comparisons: seedTwo.map(compared) })));
    await expect.poll(() => page.textContent('.outcomes')).toContain('mine.json: 4 ratings added to yours.'); // prettier-ignore
    expect((await rowsOf(page, 'seed')).map(([value, , wins]) => [value, wins])).toEqual([
      ['2', '3 of 3'],
      ['1', '1 of 3'],
      ['3', '0 of 2'],
    ]);
    const [best] = await rowsOf(page, 'Songs');
    expect(best?.[0]).toBe('lyrics tide' + 'seed 2');
    expect(best?.[1]).toMatch(/^\d\d % likely to be preferred to the average, 95 % interval \d+ % to \d\d % sure|^\d\d % likely/); // prettier-ignore
    await expect.poll(() => page.textContent('main')).toContain('Nothing is known yet of lyrics');
    await expect.poll(() => page.textContent('.command-line >> nth=1')).toContain('songbatch rank batch.yaml ratings.json --select top=10 --write winners.yaml'); // prettier-ignore

    // The dots stand in the order of the strengths.
    const circles = await page.locator('section[aria-label=seed] circle').all();
    const dots = await Promise.all(
      circles.map(async (circle) => Number.parseFloat((await circle.getAttribute('cx')) ?? '')),
    );
    expect(dots.toSorted((one, other) => other - one)).toEqual(dots);

    // Undone, all is as it was.
    await page.click('.outcomes >> text=Undo');
    await expect.poll(() => page.textContent('.empty')).toContain('Nothing rated yet');
  });

  test('plays the best songs, and opens what is to be heard next in the compare view', async () => {
    const page = await openRanking();
    await take(page, written('mine.json', ratingsOf('me', { comparisons: seedTwo.map(compared) })));
    await page.click('section[aria-label=Songs] tbody tr >> nth=0 >> button');
    await expect.poll(() => page.textContent('.player-bar')).toContain('tide');
    await page.click('section[aria-label=Songs] button:has(.icon-pause)');

    // Of all pairs that were not heard; the listener begins with one key.
    const next = page.locator('section[aria-label=seed] .to-hear li').first();
    await expect
      .poll(() => next.textContent())
      .toMatch(/^Compare[123] with [123] · lyrics (tide|ember)$/);
    await next.locator('button').click();
    await expect.poll(() => page.textContent('.choice:has(:checked)')).toContain('these two:');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.textContent('.trial .hint')).toContain('They differ in seed only · 0 answered · 1 left'); // prettier-ignore

    await page.click('nav a:text("Ranking")');
    await page.click('text=Compare blind along seed');
    await expect
      .poll(() => page.textContent('.choice:has(:checked)'))
      .toBe('seed6 pairs, 4 judged');
    await expect.poll(() => page.isChecked('label:has-text("undecided") input')).toBe(true);
  });
});

describe('the ratings of others', () => {
  test('stand beside one’s own, with how far listeners agree', async () => {
    const page = await openRanking();
    const hostile = '</script><b>Ann</b>\u202e';
    await take(
      page,
      written('mine.json', ratingsOf('me', { comparisons: seedTwo.map(compared) })),
      written(
        'ann.json',
        ratingsOf(hostile, {
          comparisons: ['tide_2 > tide_1', 'tide_3 > tide_2', 'ember_2 > ember_1'].map(compared),
          abx: [{ at: '2026-11-22T13:00:00Z', a: sound('tide_1'), b: sound('tide_2'), trials: 16, correct: 12 }], // prettier-ignore
          stars: [{ at: '2026-11-22T13:00:00Z', of: sound('ember_3'), stars: 5 }],
        }),
      ),
    );
    await expect.poll(() => page.textContent('main')).toContain('3 pairs judged by several listeners: 67 % of their answers are the same'); // prettier-ignore
    const main = (await page.textContent('main')) ?? '';
    expect(main).toContain('7 comparisons, 1 ABX test and 1 star rating of 2 listeners.');
    expect(main).toContain(
      `${hostile}: 12 of 16 right, a difference is heard (by guessing: 3.8 %)`,
    );
    await expect.poll(() => page.textContent('.others')).toContain(`${hostile}: 3 comparisons, 1 ABX test and 1 star rating`); // prettier-ignore
    await expect.poll(() => page.locator('main b').count()).toBe(0);
    await expect.poll(() => page.textContent('.command-line')).toContain('ratings*.json');

    // They are not kept, nor exported.
    await expect.poll(() => page.textContent('.ratings-panel')).toContain('You: 4 comparisons.');
    await page.click('text=Put aside');
    await expect.poll(() => page.textContent('main')).toContain('4 comparisons of 1 listener.');

    // Unless they are one's own, under one's name.
    await take(page, join(batch.folder, 'ann.json'));
    await page.click('text=That is me');
    await expect.poll(() => page.textContent('.ratings-panel')).toContain('You: 7 comparisons, 1 ABX test and 1 star rating.'); // prettier-ignore
    await expect.poll(() => page.inputValue('.ratings-panel input[type=text]')).toBe(hostile);
    await page.reload();
    await expect.poll(() => page.textContent('main')).toContain('7 comparisons, 1 ABX test and 1 star rating of 1 listener.'); // prettier-ignore
  });

  test('are refused with the place of what is wrong, and nothing is lost by it', async () => {
    const page = await openRanking();
    const good = ratingsOf('me', { comparisons: ['tide_2 > tide_1'].map(compared) });
    const broken = writtenRatings(good).replace('"choice":"a"', '"choice":"c"');
    await take(
      page,
      written('good.json', good),
      file('broken.json', broken),
      file('song.json', 'RIFF'),
      written('other.json', { ...good, batch: 'other' }),
    );
    await expect
      .poll(() => page.locator('.outcomes p').allTextContents())
      .toEqual([
        'good.json: 1 rating added to yours.',
        'broken.json is no file of ratings: /comparisons/0/choice is not one of a, b, equal, skip.',
        'song.json is not JSON.',
        'other.json is about the batch "other", and this is "liked".',
      ]);
    await expect.poll(() => page.textContent('.ratings-panel')).toContain('You: 1 comparison.');
  });

  test('are taken where they are dropped, and what is about other sounds is not counted', async () => {
    const page = await openRanking();
    const [one, other] = ['tide_2 > tide_1', 'tide_2 > tide_3'].map(compared);
    if (!one || !other) throw new Error('nothing was compared');
    const changed = { ...one, b: { ...one.b, song: '0'.repeat(32) } };
    const gone = { ...one, b: { ...one.b, job: '0'.repeat(32) } };
    const text = writtenRatings(ratingsOf('Ben', { comparisons: [other, changed, gone] }));
    await page.evaluate(
      `{
        const data = new DataTransfer();
        data.items.add(new File([${JSON.stringify(text)}], 'ben.json'));
        for (const type of ['dragover', 'drop']) {
          document.querySelector('main').dispatchEvent(
            new DragEvent(type, { dataTransfer: data, bubbles: true, cancelable: true }),
          );
        }
      }`,
    );
    await expect.poll(() => page.textContent('.outcomes')).toContain('ben.json: 3 ratings of Ben, beside yours.'); // prettier-ignore
    const main = await page.textContent('main');
    expect(main).toContain('1 comparison of 1 listener.');
    expect(main).toContain('1 rating not counted: the songs sound otherwise today.');
    expect(main).toContain('1 rating not counted: the songs are not on this page.');
  });
});

test('two tabs do not wipe what the other has rated', async () => {
  const page = await openRanking();
  const second = await page.context().newPage();
  await second.goto(page.url());
  await take(page, written('mine.json', ratingsOf('me', { comparisons: seedTwo.map(compared) })));
  await expect.poll(() => second.textContent('.ratings-panel')).toContain('You: 4 comparisons.');
  await second.fill('.ratings-panel input[type=text]', 'Ann');
  await second.keyboard.press('Enter');
  await expect.poll(() => page.inputValue('.ratings-panel input[type=text]')).toBe('Ann');
  await page.reload();
  await expect.poll(() => page.textContent('.ratings-panel')).toContain('You: 4 comparisons.');
});

test('the ranking view has no violation that axe finds, and fits a phone', async () => {
  const page = await openRanking();
  expect(await violations(page)).toEqual([]);
  await take(
    page,
    written('mine.json', ratingsOf('me', { comparisons: seedTwo.map(compared) })),
    written('ann.json', ratingsOf('Ann', { comparisons: ['tide_2 = tide_1'].map(compared) })),
    file('broken.json', '{}'),
  );
  await expect.poll(() => page.locator('.outcomes p').count()).toBe(3);
  await page.click('text=Clear …');
  expect(await violations(page)).toEqual([]);
  await page.setViewportSize({ width: 360, height: 740 });
  expect(await violations(page)).toEqual([]);
  await expect.poll(() => page.evaluate("document.querySelector('main').scrollWidth")).toBe(360);
});
