import { expect, test } from 'vitest';
import fc from '../fast-check.ts';
import { overlaps, tickNews, tickStep, type TickBook } from '../../src/batch/overlap.ts';

const monday = 1000;
const tuesday = 2000;
const wednesday = 3000;

test('A tick begins its batch where no other goes on', () => {
  expect(tickStep('skip', monday, {})).toEqual({ kind: 'begin' });
  const over = { begun: { at: monday, isUnderWay: false } };
  expect(tickStep('skip', tuesday, over)).toEqual({ kind: 'begin' });
  expect(tickStep('queue', tuesday, over)).toEqual({ kind: 'begin' });
});

test('While a batch goes on a tick is skipped, or waits; while one waits others are skipped', () => {
  const begun = { at: monday, isUnderWay: true };
  expect(tickStep('skip', tuesday, { begun })).toEqual({ kind: 'skip', because: 'under-way' });
  expect(tickStep('queue', tuesday, { begun })).toEqual({ kind: 'wait' });
  const book = { begun, waiting: tuesday };
  expect(tickStep('queue', tuesday, book)).toEqual({ kind: 'wait' });
  expect(tickStep('queue', wednesday, book)).toEqual({ kind: 'skip', because: 'one-waits' });
});

test('The one that waited has the next turn, whichever is asked about first', () => {
  const book = { begun: { at: monday, isUnderWay: false }, waiting: tuesday };
  expect(tickStep('queue', wednesday, book)).toEqual({ kind: 'skip', because: 'one-waits' });
  expect(tickStep('queue', tuesday, book)).toEqual({ kind: 'begin' });
});

test('A tick that comes again goes on with its batch, and begins none where that is over', () => {
  const again = (isUnderWay: boolean) =>
    tickStep('skip', monday, { begun: { at: monday, isUnderWay } });
  expect(again(true)).toEqual({ kind: 'resume' });
  expect(again(false)).toEqual({ kind: 'skip', because: 'past' });
  const later = { begun: { at: tuesday, isUnderWay: false } };
  expect(tickStep('queue', monday, later)).toEqual({ kind: 'skip', because: 'past' });
});

/** Ticks, ends of batches, and ticks that come again, in any order. */
const happenings = fc.array(
  fc.oneof(
    fc.constant('tick' as const),
    fc.constant('end' as const),
    fc.constant('again' as const),
  ),
  { maxLength: 40 },
);

test('Whatever happens: one batch at a time, no tick begins twice, at most one waits, each is told of', () => {
  const property = fc.property(fc.constantFrom(...overlaps), happenings, (overlap, all) => {
    let book: TickBook = {};
    let now = 0;
    const began: number[] = [];
    const ask = (at: number) => {
      const step = tickStep(overlap, at, book);
      expect(tickNews('it', step) === undefined).toBe(
        step.kind === 'begin' || step.kind === 'resume',
      );
      if (step.kind === 'wait') {
        expect(book.waiting ?? at).toBe(at);
        book = { ...book, waiting: at };
      }
      if (step.kind !== 'begin') return;
      expect(book.begun?.isUnderWay ?? false).toBe(false);
      expect(began).not.toContain(at);
      began.push(at);
      book = { begun: { at, isUnderWay: true } };
    };
    for (const what of all) {
      if (what === 'tick') ask(++now);
      if (what === 'again' && now > 0) ask(now);
      if (what === 'end' && book.begun) {
        book = { ...book, begun: { ...book.begun, isUnderWay: false } };
        if (book.waiting !== undefined) ask(book.waiting);
      }
    }
    expect(began).toEqual(began.toSorted((one, other) => one - other));
    if (now > 0) expect(began[0]).toBe(1);
  });
  fc.assert(property, { numRuns: 300 });
});
