/** One song is heard at a time, where the last one was, as loud as the others; whatever is done how fast. */
import { beforeAll, describe, expect, test } from 'vitest';
import type { Page } from 'playwright-core';
import { makePageBatch, type PageBatch } from './batch.ts';
import { heardOn, openPage } from './browser.ts';

let batch: PageBatch;

beforeAll(async () => {
  batch = await makePageBatch(
    `name: playing
matrix:
  lyrics: [{ id: tide, text: "[verse]\\nla\\n" }, { id: dusk, text: "[verse]\\nlo\\n" }]
  seed: { from: 1, to: 8 }
output: { name: "{lyrics}_{seed}" }
`,
    ({ output }) => {
      if (output === 'tide_3') return { ends: 'song', seconds: 1 };
      if (output === 'dusk_3') return { ends: 'song', seconds: 6, isBroken: true };
      if (output === 'dusk_4') return { ends: 'song', seconds: 6, level: -40 };
      return { ends: 'song', seconds: 6, level: output === 'tide_2' ? -17 : -12 };
    },
  );
});

const cell = (page: Page, name: string) => page.getByRole('gridcell', { name });
const playButton = (page: Page, name: string) =>
  cell(page, name).getByRole('button', { name: 'Play' });

/** Generous, for machines that are slow: nothing waits so long where all is well. */
async function untilHeard(page: Page, path: string): Promise<void> {
  await expect.poll(async () => (await heardOn(page)).map((one) => one.path)).toEqual([path]);
}

describe('a click on a song', () => {
  test('plays it, and on another one that at the same place, without a pause', async () => {
    const page = await openPage(batch.index);
    await playButton(page, 'tide_1').click();
    await untilHeard(page, 'tide_1.wav');
    await expect.poll(async () => (await heardOn(page))[0]?.at).toBeGreaterThan(0.5);
    const before = (await heardOn(page))[0]?.at ?? 0;
    await page.evaluate(`(function look() {
      const isHeard = sounds.some((one) => !one.paused && one.volume > 0);
      if (!isHeard) globalThis.wasSilent = true;
      if (!globalThis.isOver) setTimeout(look);
    })()`);
    await playButton(page, 'dusk_2').click();
    await untilHeard(page, 'dusk_2.wav');
    const after = (await heardOn(page))[0]?.at ?? 0;
    expect(after).toBeGreaterThanOrEqual(before - 0.1);
    // Nor does the first go on in silence.
    await expect.poll(() => page.evaluate('sounds.filter((one) => !one.paused).length')).toBe(1);
    await page.evaluate('globalThis.isOver = true');
    await expect.poll(() => page.evaluate('globalThis.wasSilent ?? false')).toBe(false);
    const bar = page.getByRole('region', { name: 'Player' });
    await expect.poll(() => bar.textContent()).toContain('dusk_2');
    await bar.getByRole('button', { name: 'Pause' }).click();
    expect(await heardOn(page)).toEqual([]);
  });

  test('on its wave goes to that place, also from another song', async () => {
    const page = await openPage(batch.index);
    await playButton(page, 'tide_1').click();
    await untilHeard(page, 'tide_1.wav');
    const wave = cell(page, 'dusk_1').locator('.waveform');
    const { width = 0, height = 0 } = (await wave.boundingBox()) ?? {};
    await wave.click({ position: { x: width / 2, y: height / 2 } });
    await untilHeard(page, 'dusk_1.wav');
    const [sound] = await heardOn(page);
    expect(sound?.at).toBeGreaterThanOrEqual(2.9);
    expect(sound?.at).toBeLessThan(5.5);
    // And in the large wave below.
    const slider = page.getByRole('slider', { name: 'Place in the song' });
    await slider.locator('.waveform').click({ position: { x: 2, y: 5 } });
    await expect.poll(async () => (await heardOn(page))[0]?.at).toBeLessThan(2);
  });
});

test('a song that is shorter than the place of the one before it begins anew, and stops at its end', async () => {
  const page = await openPage(batch.index);
  await playButton(page, 'tide_1').click();
  await expect.poll(async () => (await heardOn(page))[0]?.at).toBeGreaterThan(1);
  await playButton(page, 'tide_3').click();
  await untilHeard(page, 'tide_3.wav');
  await expect.poll(() => heardOn(page)).toEqual([]);
  await page.getByRole('button', { name: 'Play', exact: true }).click();
  await untilHeard(page, 'tide_3.wav');
});

test('songs are turned down to the quietest that is not a whisper, and are as they are on request', async () => {
  const page = await openPage(batch.index);
  const { name, song } = batch.data.columns;
  const loudness = new Map(name.map((one, index) => [one, song[index]?.[4] ?? 0]));
  const target = Math.min(...loudness.values().filter((one) => one > -30));
  expect([loudness.get('tide_2'), loudness.get('dusk_4')]).toEqual([
    target,
    expect.toSatisfy((one: number) => one < -30),
  ]);
  const volumeOf = async (name: string) => {
    await playButton(page, name).click();
    await untilHeard(page, `${name}.wav`);
    return (await heardOn(page))[0]?.volume ?? 0;
  };
  const level = page.getByRole('button', { name: 'Equally loud' });
  expect(await volumeOf('tide_2')).toBe(1);
  expect(await volumeOf('tide_1')).toBeCloseTo(
    10 ** ((target - (loudness.get('tide_1') ?? 0)) / 20),
    2,
  );
  await expect
    .poll(() => level.textContent())
    .toContain(`at ${target.toFixed(1).replace('-', '−')} LUFS`);
  expect(await volumeOf('dusk_4')).toBe(1);
  await expect.poll(() => level.textContent()).toContain('as it is: quieter than');
  await playButton(page, 'tide_1').click();
  await untilHeard(page, 'tide_1.wav');
  await page.keyboard.press('m');
  await expect.poll(async () => (await heardOn(page))[0]?.volume).toBe(1);
  await page.getByRole('slider', { name: 'Volume' }).fill('50');
  await expect.poll(async () => (await heardOn(page))[0]?.volume).toBe(0.5);
});

test('what the browser cannot play is said, and the next song plays', async () => {
  const page = await openPage(batch.index);
  await playButton(page, 'tide_1').click();
  await untilHeard(page, 'tide_1.wav');
  await playButton(page, 'dusk_3').click();
  const trouble = page.getByRole('alert');
  await trouble.waitFor();
  await expect.poll(() => trouble.textContent()).toMatch(/^dusk_3\.wav cannot be played: /);
  expect(await heardOn(page)).toEqual([]);
  await playButton(page, 'tide_2').click();
  await untilHeard(page, 'tide_2.wav');
  await expect.poll(() => trouble.count()).toBe(0);
});

test('of many songs that were heard, few are kept', async () => {
  const page = await openPage(batch.index);
  for (const name of [
    'tide_1',
    'tide_2',
    'tide_4',
    'tide_5',
    'tide_6',
    'tide_7',
    'tide_8',
    'dusk_5',
    'dusk_6',
    'dusk_7',
  ]) {
    // prettier-ignore
    await cell(page, name).focus();
    await page.keyboard.press('Enter');
    await untilHeard(page, `${name}.wav`);
  }
  const made = await page.evaluate<number>('sounds.length');
  const kept = await page.evaluate<number>(
    'sounds.filter((one) => one.hasAttribute("src")).length',
  );
  expect(made).toBeGreaterThanOrEqual(10);
  expect(kept).toBeLessThanOrEqual(8);
});

test('no two songs are heard at once, whatever keys are pressed how fast', async () => {
  const page = await openPage(batch.index);
  await cell(page, 'tide_1').focus();
  // All within the page: from outside, keys would not come fast enough.
  const most = await page.evaluate<{ heard: number; presses: number }>(`(async () => {
    const keys = [' ', ' ', 'Enter', 'ArrowRight', 'ArrowLeft', 'ArrowUp', 'ArrowDown', ',', '.', 'm', 'g', '3'];
    let seed = 42;
    const draw = (below) => (seed = (seed * 1103515245 + 12345) % 2147483648) % below;
    const most = { heard: 0, presses: 0 };
    const look = () => {
      most.heard = Math.max(most.heard, sounds.filter((one) => !one.paused && one.volume > 0).length);
    };
    for (let press = 0; press < 600; press++) {
      const key = keys[draw(keys.length)];
      document.activeElement.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
      most.presses++;
      look();
      await new Promise((resolve) => setTimeout(resolve, draw(8)));
      look();
    }
    return most;
  })()`);
  expect(most).toEqual({ heard: 1, presses: 600 });
});
