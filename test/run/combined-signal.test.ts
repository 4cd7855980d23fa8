/** A wait must end with the first of several signals, and leave nothing on those that live on. */
import { getEventListeners } from 'node:events';
import { expect, test } from 'vitest';
import { combineSignals } from '../../src/run/combined-signal.ts';

const two = () => [new AbortController(), new AbortController()] as const;

test('it is aborted with the first of them, for its reason', () => {
  const [one, other] = two();
  const { signal } = combineSignals(one.signal, other.signal);
  expect(signal.aborted).toBe(false);
  other.abort('leave');
  one.abort('later');
  expect([signal.aborted, signal.reason]).toEqual([true, 'leave']);
});

test('it begins aborted where one of them is', () => {
  const [one, other] = two();
  one.abort('gone');
  expect(combineSignals(one.signal, other.signal).signal.reason).toBe('gone');
});

test('when the wait ends nothing is left on those that live on', () => {
  const [one, other] = two();
  const { signal, end } = combineSignals(one.signal, other.signal);
  end('done');
  expect(signal.reason).toBe('done');
  expect([one, other].flatMap((each) => getEventListeners(each.signal, 'abort'))).toEqual([]);
});
