/** The page as a file: nothing in the data can become markup or code. */
import { createHash } from 'node:crypto';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { collectPages } from '../../src/listening/page-data.ts';
import { encodeOutline, decodeOutline, outlineLength } from '../../src/listening/page-format.ts';
import type { PageData } from '../../src/listening/page-format.ts';
import { pageHtml, readPageCode } from '../../src/listening/page-html.ts';
import { makePiece, wholeName } from '../../src/listening/piece.ts';
import { endedRun } from '../report/ended-run.ts';

const nasty = '</script><script>alert(1)</script><!-- "\'&<>\u2028\u202e\u0000 🎵';

function dataNamed(name: string): PageData {
  const [page] = collectPages({
    plan: endedRun([]).batch.plan,
    store: undefined,
    policy: { attempts: 1 },
    shownAs: nasty,
    service: nasty,
    version: '0.1.0',
    writtenAt: 0,
    missing: new Set(),
    nearDuplicates: new Map(),
    runs: [],
  });
  if (!page) throw new Error('no page');
  return { ...page.data, pieces: [], batch: { ...page.data.batch, name } };
}

describe('a page', () => {
  const code = readPageCode();
  const html = [...pageHtml(dataNamed(nasty), code)].join('');

  test('has its own two elements of script and no other, whatever the data say', () => {
    expect(html.match(/<script/g)).toHaveLength(2);
    expect(html.match(/<\/script/g)).toHaveLength(2);
    expect(html).not.toContain('<!--');
    expect(html).toContain('<title>&lt;/script&gt;');
    const carried = /<script type="application\/json" id="data">(.*?)<\/script>/s.exec(html)?.[1];
    expect(JSON.parse(carried ?? '')).toMatchObject({ batch: { name: nasty, manifest: nasty } });
  });

  test('allows its own code by hash, and nothing of the network', () => {
    const script = /<script>(.*)<\/script>/s.exec(html)?.[1] ?? '';
    const style = /<style>(.*)<\/style>/s.exec(html)?.[1] ?? '';
    const hash = (text: string) => createHash('sha256').update(text).digest('base64');
    const policy = /Content-Security-Policy" content="([^"]*)"/.exec(html)?.[1];
    expect(policy?.split('; ')).toEqual([
      "default-src 'none'",
      `script-src 'sha256-${hash(script)}' 'strict-dynamic'`,
      `style-src 'sha256-${hash(style)}'`,
      "img-src 'self' file:",
      "media-src 'self' file:",
      "connect-src 'none'",
      "base-uri 'none'",
      "form-action 'none'",
      "require-trusted-types-for 'script'",
      'trusted-types songbatch',
    ]);
  });

  test('carries the licences of what is bundled with it', () => {
    for (const name of ['preact', '@preact/signals', 'uplot']) {
      expect(html).toContain(`${name}\n\n`);
    }
    expect(html.match(/Permission is hereby granted/g)?.length).toBeGreaterThan(2);
  });
});

describe('a piece', () => {
  const jobs = [
    { pictured: 'a'.repeat(64), parameters: { prompt: nasty, seed: '1' } },
    { pictured: undefined, parameters: { prompt: nasty, seed: '2' } },
  ];
  const outline = { lows: Array<number>(1000).fill(-127), highs: Array<number>(1000).fill(64) };

  test('is a script that hands over what it has, each text once', async () => {
    const { name, text } = await makePiece(jobs, () => Promise.resolve(outline));
    const handed: unknown[] = [];
    const songbatchPiece = (...given: unknown[]) => handed.push(...given);
    runInNewContext(text, { songbatchPiece });
    expect(handed).toEqual([
      name,
      {
        outlines: [encodeOutline(outline.lows, outline.highs), null],
        texts: [nasty, '1', '2'],
        parameters: [
          { prompt: 0, seed: 1 },
          { prompt: 0, seed: 2 },
        ],
      },
    ]);
  });

  test.each([undefined, 7, {}, { lows: [], highs: [] }, { lows: ['<b>'], highs: [1] }])(
    'that lacks an outline (%j) has another name, so that it is made again',
    async (read) => {
      const { name } = await makePiece(jobs, () => Promise.resolve(read));
      expect(name).not.toBe(wholeName(jobs));
      expect(name).toMatch(/^[0-9a-f]{32}-partial\.js$/);
    },
  );
});

test('an outline comes back as it was, but for steps of a hundredth', () => {
  const lows = Array.from({ length: 1000 }, (_, index) => -Math.round((index * 127) / 999));
  const highs = lows.map((low) => -low);
  const decoded = decodeOutline(encodeOutline(lows, highs));
  expect(decoded).toHaveLength(2 * outlineLength);
  for (const [index, level] of decoded.entries()) {
    const at = Math.floor(index / 2) / (outlineLength - 1);
    expect(Math.abs(level - (index % 2 === 0 ? -at : at))).toBeLessThan(0.02);
  }
});
