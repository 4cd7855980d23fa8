import { expect, test } from 'vitest';
import fc from '../fast-check.ts';
import { liveBlock } from '../../src/report/live-block.ts';
import type { RunView } from '../../src/report/run-picture.ts';
import { tallyOf } from './events.ts';

const paint = (_: string, text: string) => text;

function blockOf(counts: Partial<RunView['tally']>, columns: number): string[] {
  const view: RunView = {
    name: 'songs',
    tally: tallyOf(counts),
    limits: { tasks: 2 },
    elapsed: 0,
    atOnce: { limit: 2 },
    isHeld: false,
    isFinished: false,
    toSubmit: 0,
    inFlight: () => [],
  };
  return liveBlock(view, { columns, rows: 10 }, paint);
}

test('a run that has no jobs, as a shard may, is all done', () => {
  expect(blockOf({}, 80)[0]).toMatch(/^█{20} 100 %/);
});

test('neither a tally nor a window ends a run', () => {
  const count = fc.integer({ min: -3, max: 5 });
  const counts = fc.record({
    jobs: fc.nat(5),
    waiting: count,
    doubt: count,
    running: count,
    fetching: count,
    done: count,
    failed: count,
  });
  fc.assert(
    fc.property(counts, fc.integer({ min: 1, max: 200 }), (tally, columns) => {
      const [first = ''] = blockOf(tally, columns);
      expect(first.length).toBeLessThanOrEqual(Math.max(1, columns - 1));
    }),
  );
});
