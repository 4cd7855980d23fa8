/** What is written can be read by others, whatever the names and numbers. */
import { expect, test } from 'vitest';
import fc from '../fast-check.ts';
import { createRegistry } from '../../src/metrics/registry.ts';
import { readExposition, valueOf } from './exposition.ts';

test('is written as the format has it', () => {
  const registry = createRegistry();
  const jobs = registry.gauge('jobs', 'Jobs,\nby "state" and C:\\path.');
  jobs.set(3, { batch: 'a', state: 'done' });
  jobs.set(2, { batch: 'a', state: 'done' });
  jobs.set(NaN);
  const sent = registry.counter('sent_total', 'Requests.');
  sent.add();
  sent.add(0.5);
  sent.add(0, { call: 'Run' });
  const time = registry.histogram('time_seconds', 'Times.', [0.5, 10]);
  for (const seconds of [0.5, 0.6, 11]) time.observe(seconds, { batch: 'a' });
  registry.gauge('unused', 'Nothing is known of it.');
  expect(registry.text()).toBe(String.raw`# HELP jobs Jobs,\nby "state" and C:\\path.
# TYPE jobs gauge
jobs{batch="a",state="done"} 2
jobs NaN
# HELP sent_total Requests.
# TYPE sent_total counter
sent_total 1.5
sent_total{call="Run"} 0
# HELP time_seconds Times.
# TYPE time_seconds histogram
time_seconds_bucket{batch="a",le="0.5"} 1
time_seconds_bucket{batch="a",le="10"} 2
time_seconds_bucket{batch="a",le="+Inf"} 3
time_seconds_sum{batch="a"} 12.1
time_seconds_count{batch="a"} 3
`);
});

const hostileText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom('"', '\\', '\n', '\r', '{', '}', ',', '=', ' ', 'n', '#') }),
);

test('any label comes back as it was, and makes no other series', () => {
  fc.assert(
    fc.property(fc.uniqueArray(hostileText, { minLength: 1 }), hostileText, (names, help) => {
      const registry = createRegistry();
      const gauge = registry.gauge('g', `x${help}`);
      for (const [index, batch] of names.entries()) gauge.set(index, { batch, state: 's' });
      const read = readExposition(registry.text()).get('g');
      expect(read?.help).toBe(`x${help}`);
      expect(read?.samples).toEqual(
        names.map((batch, value) => ({ name: 'g', labels: { batch, state: 's' }, value })),
      );
    }),
  );
});

test('a histogram counts every value once, below each bound that is not smaller', () => {
  const number = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 });
  fc.assert(
    fc.property(
      fc.uniqueArray(number, { comparator: 'SameValueZero' }),
      fc.array(number),
      (unsorted, values) => {
        const bounds = unsorted.sort((a, b) => a - b);
        const registry = createRegistry();
        const histogram = registry.histogram('h', 'H.', bounds);
        for (const value of values) histogram.observe(value);
        if (values.length === 0) {
          expect(registry.text()).toBe('\n');
          return;
        }
        const read = readExposition(registry.text());
        expect(valueOf(read, 'h_count')).toBe(values.length);
        for (const bound of bounds) {
          const below = values.filter((value) => value <= bound).length;
          expect(valueOf(read, 'h_bucket', { le: String(bound) })).toBe(below);
        }
      },
    ),
  );
});
