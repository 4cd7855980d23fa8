/**
 * `index.html`: data, code and style in one file that needs no network and no server.
 *
 * Nothing in it runs but its own code, by hash: what that loads (the pieces) runs too (`strict-dynamic`),
 * and Trusted Types keep text from becoming markup or code anywhere. `file:` is named because `'self'` means
 * nothing to a page that was opened from a disk.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { PageData } from './page-format.ts';

/** What the build makes of src/page. */
export interface PageCode {
  readonly script: string;
  readonly style: string;
}

export function readPageCode(): PageCode {
  // The same file from src/ and from dist/.
  const read = (name: string) =>
    readFileSync(new URL(`../../dist/page/${name}`, import.meta.url), 'utf8');
  return { script: read('page.js'), style: read('page.css') };
}

/** A page that `report --serve` serves may also talk to it. */
export interface LiveAccess {
  /** Proves that a request comes from this page. */
  readonly token: string;
  /** Stands for the file that ratings are saved to: what the browser keeps for one is not for another. */
  readonly place: string;
  /** Whose ratings these are; undefined: the page asks. */
  readonly listener?: string;
}

const dataOpens = '<script type="application/json" id="data">';
const dataCloses = '</script>';

/** In its first kilobyte: by this a page of ours is told from somebody's file of that name. */
export const pageMark = '<meta name="generator" content="songbatch">';

export function* pageHtml(data: PageData, code: PageCode, live?: LiveAccess): Generator<string> {
  const { name } = data.batch;
  yield `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
${pageMark}
<meta http-equiv="Content-Security-Policy" content="${escapeHtml(contentPolicy(code, live))}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
`;
  if (live) yield liveMeta(live);
  yield `<title>${escapeHtml(name)} · songbatch</title>
<style>${code.style}</style>
</head>
<body>
<div id="app"><noscript>This page plays and compares the songs of a batch, for which it needs JavaScript. The songs themselves are in the folder above, and metadata.json there tells what they are.</noscript></div>
${dataOpens}`;
  // Nothing in the data can end the element that it stands in.
  yield JSON.stringify(data).replaceAll('<', String.raw`\u003c`);
  yield `${dataCloses}\n<script>${code.script}</script>\n</body>\n</html>\n`;
}

function liveMeta({ token, place, listener }: LiveAccess): string {
  const whose = listener === undefined ? '' : ` data-listener="${escapeHtml(listener)}"`;
  return `<meta name="songbatch-live" content="${escapeHtml(token)}" data-place="${escapeHtml(place)}"${whose}>\n`;
}

/** The data of a page that was written, as JSON; undefined where there are none. */
export function dataIn(html: string): string | undefined {
  const start = html.indexOf(dataOpens);
  const end = html.indexOf(dataCloses, start);
  return start < 0 || end < 0 ? undefined : html.slice(start + dataOpens.length, end);
}

/** Also sent as a header where the page is served. */
export function contentPolicy({ script, style }: PageCode, live: LiveAccess | undefined): string {
  return [
    "default-src 'none'",
    `script-src '${hashOf(script)}' 'strict-dynamic'`,
    `style-src '${hashOf(style)}'`,
    "img-src 'self' file:",
    "media-src 'self' file:",
    `connect-src ${live ? "'self'" : "'none'"}`,
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
    'trusted-types songbatch',
  ].join('; ');
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
