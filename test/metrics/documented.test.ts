/** docs/metrics.md names what is served, and nothing else; the rules for alerts ask for nothing that is not there. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import { createMetrics } from '../../src/metrics/metrics.ts';
import { ended, jobOf, saved, started, submitted, tallyOf } from '../report/events.ts';
import { readExposition, type Exposition } from './exposition.ts';

const read = (path: string) =>
  readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), 'utf8');

/** All that there can be: a batch with a budget, and a song in it. */
async function everything(): Promise<Exposition> {
  const metrics = createMetrics('1.2.3');
  const { url, close } = await metrics.listen({ host: '127.0.0.1', port: 0 }, {});
  onTestFinished(close);
  const { onEvent } = metrics.ofBatch('a');
  onEvent(started(tallyOf({ waiting: 1 }), { tasks: 1, budget: 1n }));
  for (const event of [submitted, ended, saved]) onEvent(event(tallyOf(), jobOf(1)));
  for (const outcome of ['lost', 'not-sent', 'unusable'] as const) {
    metrics.onCall('Task/List', outcome);
  }
  const text = async () => (await fetch(`${url}/metrics`)).text();
  await expect.poll(text).toContain('songbatch_event_loop_lag_seconds');
  return readExposition(await text());
}

test('every metric is in the documentation, with its type', async () => {
  const rows = [...read('docs/metrics.md').matchAll(/^\| `(\w+_\w+)` +\| (\w+) +\|/gm)];
  const documented = rows.map(([, name, type]) => `${name} ${type}`).sort();
  const served = [...(await everything())].map(([name, { type }]) => `${name} ${type}`).sort();
  expect(documented).toEqual(served);
});

interface Rules {
  readonly groups: readonly { readonly rules: readonly { alert: string; expr: string }[] }[];
}

test('the rules for alerts ask for series that there are', async () => {
  const families = await everything();
  const { groups } = parse(read('examples/monitoring/songbatch-alerts.yml')) as Rules;
  const rules = groups.flatMap((group) => group.rules);
  expect(rules.length).toBeGreaterThan(5);
  for (const { alert, expr } of rules) {
    const asked = [...expr.matchAll(/(songbatch_\w+)(?:\{([^}]*)\})?/g)];
    expect(asked, alert).not.toEqual([]);
    for (const [, name = '', matchers = ''] of asked) {
      const samples = families.get(name)?.samples ?? [];
      const matches = [...matchers.matchAll(/(\w+)=(~?)"([^"]*)"/g)];
      const meant = matches.flatMap(([, label = '', isPattern, value = '']) =>
        (isPattern ? value.split('|') : [value]).map((one) => [label, one] as const),
      );
      expect(samples, `${alert}: ${name}`).not.toEqual([]);
      for (const [label, value] of meant) {
        const values = samples.map(({ labels }) => labels[label]);
        expect(values, `${alert}: ${name}{${label}}`).toContain(value);
      }
    }
  }
});
