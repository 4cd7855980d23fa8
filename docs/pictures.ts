/**
 * The pictures in listening.md (`npm run pictures`): a real run of the quickstart batch with four seeds, and its page in
 * Chromium. The ratings in them are drawn by lot, with a liking for some tags: nobody listened.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';
import { ratingsSchemaId, type Comparison, type Ratings } from '../src/ratings/ratings.ts';

const at = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'songbatch-pictures-'));

interface MadeSong {
  readonly id: string;
  readonly coordinates: { readonly tags: string; readonly lyrics: string; readonly seed: string };
  readonly outputs: readonly { readonly sha256: string }[];
}

const liking = { 'kitchen-pop': 0.9, 'slow-synth': -0.2, 'night-jazz': 0.3 };

/** A generator seeded with a name: the same ratings each time (mulberry32). */
function lots(name: string): () => number {
  let state = Buffer.from(name).reduce((sum, byte) => sum * 31 + byte, 7);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Compares every pair that differs in the tags or the seed only. */
function ratingsOf(listener: string, songs: readonly MadeSong[]): Ratings {
  const draw = lots(listener);
  const heard = ({ id, outputs }: MadeSong) => ({
    job: id,
    song: outputs[0]?.sha256.slice(0, 32) ?? '',
  });
  const worth = ({ coordinates: { tags, seed } }: MadeSong) =>
    (Object.entries(liking).find(([name]) => name === tags)?.[1] ?? 0) + 0.15 * Number(seed);
  const comparisons = songs.flatMap((a, index) =>
    songs.slice(index + 1).flatMap((b): Comparison[] => {
      const differs = (axis: keyof MadeSong['coordinates']) =>
        a.coordinates[axis] !== b.coordinates[axis];
      if (Number(differs('lyrics')) + Number(differs('tags')) + Number(differs('seed')) !== 1)
        return [];
      if (draw() < 0.4) return [];
      const chance = 1 / (1 + Math.exp(worth(b) - worth(a)));
      const choice = draw() < 0.1 ? 'equal' : draw() < chance ? 'a' : 'b';
      const time = new Date(Date.UTC(2026, 10, 20, 18) + index * 60_000 + draw() * 50_000);
      return [{ at: time.toISOString(), a: heard(a), b: heard(b), choice, blind: true }];
    }),
  );
  return {
    $schema: ratingsSchemaId,
    batch: 'quickstart',
    listener,
    comparisons,
    abx: [],
    stars: [],
  };
}

try {
  const written = readFileSync(at('examples/batches/quickstart.yaml'), 'utf8');
  const manifest = join(at('examples/batches'), '.pictures.yaml');
  writeFileSync(manifest, written.replace('seed: [1, 2]', 'seed: [1, 2, 3, 4]'));
  const run = ['run', manifest, '--sandbox', '--tasks', '6', '--out', folder];
  try {
    execFileSync(process.execPath, [at('dist/cli/songbatch.js'), ...run], { stdio: 'inherit' });
  } finally {
    rmSync(manifest);
  }
  const { jobs } = JSON.parse(readFileSync(join(folder, 'metadata.json'), 'utf8')) as {
    readonly jobs: readonly MadeSong[];
  };
  const files = ['ana', 'ben', 'chris'].map((listener) => {
    const file = join(folder, `${listener}.json`);
    writeFileSync(file, JSON.stringify(ratingsOf(listener, jobs)));
    return file;
  });

  const browser = await chromium.launch({
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-audio-output', '--autoplay-policy=no-user-gesture-required'],
  });
  const page = await browser.newPage({ viewport: { width: 1280, height: 760 } });
  await page.goto(pathToFileURL(join(folder, 'report/index.html')).href);
  const show = async (view: string) => {
    await page.click(`nav a[href^="#${view}"]`);
    await page.waitForTimeout(1500);
  };
  const take = (name: string) => page.screenshot({ path: at(`docs/images/listening-${name}.png`) });

  await show('ranking');
  await page.setInputFiles('input[type=file]', files);
  await page.waitForTimeout(1000);
  await take('ranking');
  await show('numbers');
  await take('numbers');
  await show('matrix');
  await page.locator('[role=gridcell]').nth(5).click();
  for (const key of ['Space', '4', 'ArrowDown', 'Space', '5']) {
    await page.keyboard.press(key);
    await page.waitForTimeout(1200);
  }
  await page.keyboard.press('g');
  await page.waitForTimeout(6000);
  await take('matrix');
  await show('compare');
  await page
    .getByRole('button', { name: /^Start/ })
    .first()
    .click();
  await page.waitForTimeout(4000);
  await take('compare');
  await browser.close();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
