/**
 * Pages in a real browser (`chromium.ts`), for tests of the listening page. What a page complains of (errors,
 * violations of its own security policy) fails the test that opened it.
 */
import { pathToFileURL } from 'node:url';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, onTestFinished } from 'vitest';
import { launchChromium } from './chromium.ts';

/** Milliseconds; generous, since CI's machines are slow and nothing waits that long where all is well. */
const patience = 20_000;

let browser: Promise<Browser> | undefined;

/** One for all tests of a file. */
function theBrowser(): Promise<Browser> {
  browser ??= launchChromium();
  return browser;
}

afterAll(async () => {
  await (await browser)?.close();
});

export interface OpenOptions extends BrowserContextOptions {
  /** Complaints of these kinds are what the test is about. */
  readonly mayComplain?: RegExp;
}

/** Lists all players that the page makes: they are in no document. */
const listSounds = `
  globalThis.sounds = [];
  globalThis.Audio = class extends Audio {
    constructor(url) {
      super(url);
      globalThis.sounds.push(this);
    }
  };`;

export interface Sound {
  /** Of the file, decoded: as it is on the disk. */
  readonly path: string;
  readonly at: number;
  readonly volume: number;
}

/** What is heard now. */
export async function heardOn(page: Page): Promise<readonly Sound[]> {
  const sounds = await page.evaluate<readonly Sound[]>(
    `sounds.filter((one) => !one.paused && one.volume > 0)
      .map((one) => ({ path: decodeURI(one.currentSrc), at: one.currentTime, volume: one.volume }))`,
  );
  return sounds.map((sound) => ({ ...sound, path: sound.path.replace(/^.*\/out\//, '') }));
}

/** Opens a file or a URL in a profile of its own; `#numbers` may follow. */
export async function openPage(
  target: string,
  { mayComplain, ...options }: OpenOptions = {},
): Promise<Page> {
  const context = await (
    await theBrowser()
  ).newContext({
    viewport: { width: 1280, height: 800 },
    ...options,
  });
  const page = await context.newPage();
  await page.addInitScript(listSounds);
  page.setDefaultTimeout(patience);
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('request', (request) => {
    const isHere = /^(file|data|blob):|^https?:\/\/(127\.0\.0\.1|localhost)[:/]/.test(
      request.url(),
    );
    if (!isHere) complaints.push(`it asked the network: ${request.url()}`);
  });
  onTestFinished(async () => {
    await context.close();
    const unexpected = complaints.filter((text) => !mayComplain?.test(text));
    if (unexpected.length > 0) throw new Error(`the page complains: ${unexpected.join('\n')}`);
  });
  const [path = '', view = ''] = target.split(/(?=#)/);
  await page.goto(path.startsWith('http') ? target : `${pathToFileURL(path).href}${view}`);
  return page;
}
