import { expect, test } from 'vitest';
import fc from '../fast-check.ts';
import type { JobRecord } from '../../src/job/history.ts';
import { summaryMarkdown } from '../../src/report/markdown-summary.ts';
import { endedRun, records } from './ended-run.ts';

function summaryOf(of: readonly JobRecord[], similar: readonly string[] = []): string {
  return summaryMarkdown({
    ...endedRun(of),
    alike: similar.map((output) => ({ output, of: 'other', similarity: 0.93 })),
    shownAs: 'batch.yaml',
    outputDir: 'out',
    elapsed: 61_000,
    version: '1.2.3',
  });
}

/** What is left when code spans are taken away: all that Markdown reads as its own. */
function marksOf(line: string): string {
  return line.replaceAll(/`[^`]*`/g, 'x');
}

test('whatever labels and servers say, it stays within code spans, and every row has the cells of its heading', () => {
  fc.assert(
    fc.property(records, fc.array(fc.string({ unit: 'grapheme' })), (of, similar) => {
      const lines = summaryOf(of, similar).split('\n');
      let cells = 0;
      for (const [index, line] of lines.entries()) {
        expect(marksOf(line)).not.toMatch(/[`<>@\\[\]]|https?:|www\./i);
        expect(line).not.toMatch(/[\p{Cc}\u202e]/u);
        if (!line.startsWith('|')) continue;
        const here = line.split('|').length;
        if (!lines[index - 1]?.startsWith('|')) cells = here;
        expect(here).toBe(cells);
      }
    }),
  );
});

test('it stays far below what GitHub takes, however many jobs failed and however much they say', () => {
  const message = '\u{1f3b5}|`<b>'.repeat(2000);
  const failed = Array.from({ length: 3000 }, (_, index): JobRecord => {
    const id = String(index).padStart(32, '0');
    const job = {
      id,
      model: 'm',
      coordinates: { lyrics: 'l'.repeat(80) },
      parameters: {},
      output: message,
    };
    const failure = { reason: 'task-unknown', message } as const;
    const attempt = {
      number: 1,
      intendedAt: 1,
      endedAt: 2,
      cost: 0n,
      stage: 'failed',
      failure,
    } as const;
    return { job, attempts: [attempt] };
  });
  const text = summaryOf(
    failed,
    Array.from({ length: 500 }, () => message),
  );
  expect(Buffer.byteLength(text)).toBeLessThan(200_000);
  expect(text).toContain('### Failed (3000)');
  expect(text).toContain('… and 2950 more: `metadata.json` has them all.');
  expect(text).toContain('… and 480 more');
});
