/** A page that `report --serve` serves, in a real browser: it follows runs, and saves what the listener says. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { ratingsSchemaId, type Ratings, type Stars } from '../../src/ratings/ratings.ts';
import { writtenRatings } from '../../src/ratings/written.ts';
import { until, type World } from '../cli/rig.ts';
import { createSongs, makeSongs, serve } from '../listening/served.ts';
import { openPage } from './browser.ts';

const live = 'Live · ratings saved';

/** 30 s of silence. */
function longSong() {
  const bytes = Buffer.alloc(44 + 30 * 16_000);
  const header = 'RIFF....WAVEfmt ';
  bytes.write(header, 'latin1');
  bytes.writeUInt32LE(bytes.length - 8, 4);
  for (const [at, value] of [
    [16, 16],
    [24, 8_000],
    [28, 16_000],
    [40, 30 * 16_000],
  ] as const) {
    bytes.writeUInt32LE(value, at);
  }
  for (const [at, value] of [
    [20, 1],
    [22, 1],
    [32, 2],
    [34, 16],
  ] as const) {
    bytes.writeUInt16LE(value, at);
  }
  bytes.write('data', 36, 'latin1');
  return Promise.resolve({ file: bytes, seconds: 30 });
}

function starOf(digit: string): Stars {
  const of = { job: digit.repeat(32), song: digit.repeat(32) };
  return { at: '2026-11-22T10:15:00.000Z', of, stars: 4 };
}

function ratingsOf(...stars: Stars[]): Ratings {
  return {
    $schema: ratingsSchemaId,
    batch: 'test',
    listener: 'ann',
    comparisons: [],
    abx: [],
    stars,
  };
}

const starsIn = (world: World) =>
  (world.json('out/ratings.json') as Ratings).stars.map(({ of }) => of.job.slice(0, 1)).sort();

/** Puts ratings where a page has them that was closed before they were saved, and opens it again. */
async function leaveUnsaved(page: Page, own: Ratings) {
  const place = await page.locator('meta[name="songbatch-live"]').getAttribute('data-place');
  const unsaved = JSON.stringify({ base: ratingsOf(), own });
  await page.evaluate(
    `localStorage['songbatch unsaved ${place ?? ''}'] = ${JSON.stringify(unsaved)}`,
  );
  await page.reload();
}

test('a song comes in while another plays, which goes on, with the focus where it was', async () => {
  const world = await createSongs(1, { render: longSong });
  const first = await serve(world);
  await first.close();
  world.write('m.yaml', world.read('m.yaml').replace('to: 1', 'to: 2'));
  const { url } = await serve(world);
  const page = await openPage(url);
  await page.getByText('1 of 2 songs').waitFor();
  const button = page.getByRole('button', { name: /vocal\/1/ }).first();
  await button.click();
  await page.getByRole('button', { name: 'Pause' }).first().waitFor();
  await button.focus();
  await page.evaluate('focused = document.activeElement');

  await makeSongs(world);
  await page.getByText('2 of 2 songs').waitFor();
  await expect.poll(() => page.evaluate('document.activeElement === focused')).toBe(true);
  await expect
    .poll(() => page.getByRole('button', { name: 'Pause' }).first().isVisible())
    .toBe(true);
  await page
    .getByRole('button', { name: /vocal\/2/ })
    .first()
    .click();
  await page.keyboard.press('3');
  await page.getByTitle('3 stars', { exact: true }).waitFor();
});

test('stars that are given in two browsers are in the file and in both', async () => {
  const world = await createSongs(2);
  const { url } = await serve(world);
  // Who comes second is told so, and comes again.
  const mayComplain = /status of 412/;
  const one = await openPage(url, { mayComplain });
  const other = await openPage(url, { mayComplain });
  const give = async (page: Page, name: RegExp, stars: string) => {
    await page.getByRole('button', { name }).first().click();
    await page.keyboard.press(stars);
  };
  await give(one, /vocal\/1/, '4');
  await give(other, /vocal\/2/, '5');
  for (const page of [one, other]) {
    await page.getByTitle('4 stars', { exact: true }).waitFor();
    await page.getByTitle('5 stars', { exact: true }).waitFor();
    await page.getByText(live).waitFor();
  }
  const { stars } = world.json('out/ratings.json') as Ratings;
  expect(stars.map((each) => each.stars).sort()).toEqual([4, 5]);

  // One that is left at once has said it all the same.
  await give(one, /vocal\/1/, '2');
  await one.goto('about:blank');
  await other.getByTitle('2 stars', { exact: true }).waitFor();
});

test('what was not saved when a page was closed is saved by the next, on top of what others saved', async () => {
  const world = await createSongs(1);
  const { url } = await serve(world);
  world.write('out/ratings.json', writtenRatings(ratingsOf(starOf('a'))));
  const page = await openPage(url);
  await page.getByText(live).waitFor();
  await leaveUnsaved(page, ratingsOf(starOf('b')));
  await until(() => starsIn(world).length === 2);
  await page.getByText(live).waitFor();
  expect(starsIn(world)).toEqual(['a', 'b']);
  await expect
    .poll(() => page.evaluate("Object.keys(localStorage).join().includes('unsaved')"))
    .toBe(false);

  // With the file as it is now, an edit by hand is what holds, also in pages that are open.
  world.write('out/ratings.json', writtenRatings(ratingsOf(starOf('b'))));
  await leaveUnsaved(page, ratingsOf(starOf('c')));
  await until(() => starsIn(world).length === 2);
  expect(starsIn(world)).toEqual(['b', 'c']);
});

test('a file that is not understood is left alone and told of, until it is out of the way', async () => {
  const world = await createSongs(1);
  const { url } = await serve(world);
  const path = world.write('out/ratings.json', 'mine');
  const page = await openPage(url, { mayComplain: /status of 409/ });
  const trouble = page.getByRole('status').filter({ hasText: 'Ratings are not saved' });
  await trouble.waitFor();
  await expect
    .poll(() => trouble.innerText())
    .toContain(`${path}: what is there is not overwritten`);
  await leaveUnsaved(page, ratingsOf(starOf('a')));
  await trouble.waitFor();
  expect(world.read('out/ratings.json')).toBe('mine');
  rmSync(join(world.folder, 'out/ratings.json'));
  await page.getByText(live).waitFor();
  expect(starsIn(world)).toEqual(['a']);
});

test('a server that goes away is told of, and another one at its place is found', async () => {
  const world = await createSongs(1);
  const { url, port, close } = await serve(world);
  const page = await openPage(url, { mayComplain: /ERR_|status of 403/ });
  await page.getByText(live).waitFor();
  await close();
  await page.getByText('The server does not answer; trying again').waitFor();
  world.write('m.yaml', world.read('m.yaml').replace('to: 1', 'to: 2'));
  await serve(world, { port });
  await page.getByText('1 of 2 songs').waitFor();
  await page.getByText(live).waitFor();
});
