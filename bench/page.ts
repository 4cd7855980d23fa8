/**
 * The listening page of 5,000 jobs in a real Chromium: its size, its first paint, what each view takes to open, and
 * how smoothly the matrix scrolls. What the page itself takes is CPU time of its thread, which other work on the
 * machine does not slow down; paint and frames are by the wall clock, beside those of an empty page in the same round. `npm run bench:page [-- JOBS [ROUNDS]]`; the result is Markdown.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { pageHtml, readPageCode } from '../src/listening/page-html.ts';
import { pieceSize } from '../src/listening/page-format.ts';
import { makePiece } from '../src/listening/piece.ts';
import { launchChromium } from '../test/page/chromium.ts';
import { madeUpPage } from '../test/page/numbers/made-up.ts';

const [jobs = 5000, rounds = 5] = process.argv.slice(2).map(Number);
/** Turns of the wheel. */
const scrollSteps = 60;
/** Milliseconds that a view is given to finish what it begins. */
const settled = 1000;
const views = ['matrix', 'compare', 'ranking', 'numbers'] as const;

interface Round {
  readonly paint: number;
  readonly emptyPaint: number;
  /** By view, in milliseconds of CPU. */
  readonly opening: Readonly<Record<string, number>>;
  readonly scrolling: Scrolling;
  readonly emptyScrolling: Scrolling;
}

interface Scrolling {
  /** A second. */
  readonly frames: number;
  /** Milliseconds between two frames, at most. */
  readonly longest: number;
  /** Tasks of more than 50 ms. */
  readonly longTasks: number;
  /** Milliseconds of CPU for each turn of the wheel. */
  readonly cpu: number;
}

const folder = mkdtempSync(join(tmpdir(), 'songbatch-bench-page-'));
const browser = await launchChromium();
try {
  const index = await writePages();
  const empty = join(folder, 'empty.html');
  writeFileSync(empty, '<!doctype html><title>empty</title><main style="height:9000px">.</main>');
  const measured: Round[] = [];
  for (let round = 0; round < rounds; round++) measured.push(await measure(browser, index, empty));
  const packed = gzipSync(readFileSync(index)).length;
  process.stdout.write(tell(measured, statSync(index).size, packed));
} finally {
  await browser.close();
  rmSync(folder, { recursive: true, force: true });
}

/** Answers the path of index.html. */
async function writePages(): Promise<string> {
  const data = madeUpPage({ jobs });
  const index = join(folder, 'report/index.html');
  mkdirSync(join(dirname(index), 'data'), { recursive: true });
  const parameters = { prompt: '[verse]\nNeon rivers carry me home again\n'.repeat(40), seed: '1' };
  const wave = Array.from({ length: 800 }, (_, at) => Math.round(100 * Math.sin(at / 30) ** 2));
  const outline = { lows: wave.map((level) => -level), highs: wave };
  const pieces: string[] = [];
  for (let from = 0; from < jobs; from += pieceSize) {
    const ids = data.columns.id.slice(from, from + pieceSize);
    const piece = await makePiece(
      ids.map((id) => ({ pictured: id + id, parameters: { ...parameters, seed: id } })),
      () => Promise.resolve(outline),
    );
    writeFileSync(join(dirname(index), 'data', piece.name), piece.text);
    pieces.push(piece.name);
  }
  writeFileSync(index, [...pageHtml({ ...data, pieces }, readPageCode())].join(''));
  return index;
}

async function measure(browser: Browser, index: string, empty: string): Promise<Round> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  // The first page of a profile pays for much that is not its own.
  await openTab(context, empty);
  const blank = await openTab(context, empty);
  const tab = await openTab(context, index);
  const opening: Record<string, number> = {};
  // The matrix is open already: it comes last.
  for (const view of [...views.slice(1), views[0]]) opening[view] = await show(tab, view);
  const round = {
    paint: await firstPaint(tab),
    emptyPaint: await firstPaint(blank),
    opening,
    scrolling: await scroll(tab),
    emptyScrolling: await scroll(blank),
  };
  await context.close();
  return round;
}

interface Tab {
  readonly page: Page;
  /** Milliseconds of CPU that its thread has taken. */
  readonly cpu: () => Promise<number>;
}

async function openTab(context: BrowserContext, path: string): Promise<Tab> {
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  await session.send('Performance.setTimeDomain', { timeDomain: 'threadTicks' });
  await session.send('Performance.enable');
  await page.goto(pathToFileURL(path).href);
  const cpu = async () => {
    const { metrics } = await session.send('Performance.getMetrics');
    return 1000 * (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? NaN);
  };
  await firstPaint({ page, cpu });
  return { page, cpu };
}

/** Milliseconds from the navigation to the first paint that has content. */
function firstPaint({ page }: Tab): Promise<number> {
  return page.evaluate<number>(`new Promise((resolve) => {
    new PerformanceObserver((list) => {
      for (const { name, startTime } of list.getEntries()) {
        if (name === 'first-contentful-paint') resolve(startTime);
      }
    }).observe({ type: 'paint', buffered: true });
  })`);
}

/** Milliseconds of CPU until the view is there and painted, plots included. */
async function show({ page, cpu }: Tab, view: string): Promise<number> {
  const before = await cpu();
  await page.evaluate(`location.hash = '#${view}'`);
  await page.locator(`main[aria-label="${view}" i]`).waitFor();
  await page.waitForTimeout(settled);
  return (await cpu()) - before;
}

async function scroll({ page, cpu }: Tab): Promise<Scrolling> {
  await page.bringToFront();
  await page.evaluate(`(() => {
    const seen = { times: [], longTasks: 0, goesOn: true };
    const frame = (time) => { seen.times.push(time); if (seen.goesOn) requestAnimationFrame(frame); };
    requestAnimationFrame(frame);
    new PerformanceObserver((list) => { seen.longTasks += list.getEntries().length; }).observe({ type: 'longtask' });
    globalThis.seen = seen;
  })()`);
  await page.mouse.move(640, 400);
  const before = await cpu();
  for (let step = 0; step < scrollSteps; step++) {
    await page.mouse.wheel(0, 120);
    await page.waitForTimeout(16);
  }
  const after = await cpu();
  const told = await page.evaluate<Omit<Scrolling, 'cpu'>>(`(() => {
    seen.goesOn = false;
    const gaps = seen.times.slice(1).map((time, at) => time - seen.times[at]);
    const sum = gaps.reduce((total, gap) => total + gap, 0);
    return { frames: (1000 * gaps.length) / sum, longest: Math.max(...gaps), longTasks: seen.longTasks };
  })()`);
  return { ...told, cpu: (after - before) / scrollSteps };
}

function tell(measured: readonly Round[], size: number, packed: number): string {
  const median = (of: (round: Round) => number) =>
    measured.map(of).sort((a, b) => a - b)[Math.floor(measured.length / 2)] ?? NaN;
  const whole = (of: (round: Round) => number) => Math.round(median(of));
  const ratio = median(({ paint, emptyPaint }) => paint / emptyPaint).toFixed(1);
  const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(2)} MB`;
  const scrolled = (one: (round: Round) => Scrolling) =>
    `${whole((round) => one(round).frames)} frames a second, ${whole((round) => one(round).longest)} ms between two at most, ${whole((round) => one(round).longTasks)} long tasks, ${median((round) => one(round).cpu).toFixed(1)} ms of CPU a turn of the wheel`;
  return `| ${jobs} jobs, median of ${measured.length} | |
| --- | --- |
| index.html | ${megabytes(size)} (${megabytes(packed)} compressed) |
| first paint | ${whole(({ paint }) => paint)} ms, ${ratio} times that of an empty page |
${views.map((view) => `| ${view} opens in | ${whole(({ opening }) => opening[view] ?? NaN)} ms of CPU |`).join('\n')}
| scrolling the matrix | ${scrolled(({ scrolling }) => scrolling)} |
| scrolling an empty page | ${scrolled(({ emptyScrolling }) => emptyScrolling)} |
`;
}
