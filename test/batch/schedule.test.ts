/** What a schedule remembers: all that a tick needs, and nothing that another version could misread. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import type { Config } from '../../src/batch/config.ts';
import type { ScheduleFlags } from '../../src/batch/make-schedule.ts';
import { makeSchedule, placesOf } from '../../src/batch/make-schedule.ts';
import {
  limitsOfTick,
  momentOf,
  readSchedule,
  scheduleText,
  type KeptSchedule,
} from '../../src/batch/schedule.ts';
import { loadBundle } from '../../src/batch/bundle.ts';

const usd = 1_000_000_000_000n;
const now = Date.parse('2026-11-22T10:00:00Z');
const midnight = Date.parse('2026-11-22T23:30:00Z');

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'songbatch-schedule-'));
  onTestFinished(() => {
    rmSync(folder, { recursive: true, force: true });
  });
});

function make(
  output: string,
  flags: Partial<ScheduleFlags> = {},
  limits = 'limits: { budget: 5, tasks: 3 }',
  config: Config = {},
): Promise<KeptSchedule> {
  writeFileSync(
    join(folder, 'm.yaml'),
    `name: night
defaults: { genre: Pop, instrument: Piano, mood: happy, gender: female, timbre: deep vocal }
matrix: { lyrics: ["[verse]\\nA"], seed: [1, 2, 3] }
${limits}
output: { ${output} }
`,
  );
  const adding = { environment: {}, workingDirectory: folder, config, version: '1.2.3', now };
  const whole = { overlap: 'skip', tz: 'Europe/Berlin', ...flags } as const;
  return makeSchedule('m.yaml', whole, adding, () => undefined, undefined);
}

const read = (text: string) => readSchedule(text, 'night');

describe('what is kept', () => {
  test('comes back from its text, exactly', async () => {
    const kept = await make('dir: "out/{date}"', { overlap: 'queue', only: ['seed=2'] });
    expect(read(scheduleText(kept))).toEqual(kept);
    expect(kept).toMatchObject({
      id: 'night',
      batch: 'night',
      jobs: 1,
      addedAt: '2026-11-22T10:00:00.000Z',
      addedBy: '1.2.3',
      limits: { tasks: 3, budget: 5n * usd },
    });
  });

  test('are the limits in force: flags before the manifest, under the caps of the configuration', async () => {
    const caps = { limits: { budget: 7, requestsPerSecond: 2 } };
    const kept = await make('dir: out', { budget: 9n * usd, deadline: 60_000 }, undefined, caps);
    expect(kept.limits).toEqual({
      tasks: 3,
      requestsPerSecond: 2,
      budget: 7n * usd,
      deadline: 60_000,
    });
    const { manifest } = await loadBundle(
      kept.bundle,
      momentOf(kept, now),
      () => undefined,
      undefined,
    );
    expect(limitsOfTick(manifest.limits, kept)).toEqual({ ...manifest.limits, ...kept.limits });
  });

  test('has a budget, unless it is said that there is none', async () => {
    await expect(make('dir: out', {}, '')).rejects.toThrow('m.yaml has no budget');
    expect((await make('dir: out', { budget: false }, '')).limits.budget).toBeUndefined();
    expect((await make('dir: out', {}, '', { limits: { budget: 2 } })).limits.budget).toBe(
      2n * usd,
    );
    // What the manifest says is not unsaid by that.
    expect((await make('dir: out', { budget: false })).limits.budget).toBe(5n * usd);
  });
});

describe('a text that another has written', () => {
  let written: Record<string, unknown> = {};
  beforeEach(async () => {
    written = JSON.parse(scheduleText(await make('dir: out'))) as Record<string, unknown>;
  });
  const changed = (change: Record<string, unknown>) => () =>
    read(JSON.stringify({ ...written, ...change }));

  test('is refused by its version', () => {
    expect(changed({ format: 2 })).toThrow(
      'the schedule "night" was added by a newer songbatch (format 2, this one reads 1)',
    );
    expect(changed({ format: 'x' })).toThrow('was added by another songbatch (format x');
    expect(changed({ bundle: { format: 2 } })).toThrow('added by a newer songbatch (format 2');
  });

  test('is refused where it is none of ours, or damaged', () => {
    expect(() => read('hello')).toThrow(`the schedule "night" is none of songbatch's`);
    expect(() => read('null')).toThrow('is none of');
    expect(changed({ $schema: 'https://example.com' })).toThrow('is none of');
    expect(changed({ overlap: 'both' })).toThrow('is damaged: overlap must be equal to one of');
    expect(changed({ bundle: 1 })).toThrow('is damaged: bundle must be object');
    expect(changed({ limits: { tasks: 1, requestsPerSecond: 1, budgetUsd: '1e9' } })).toThrow(
      'is damaged: limits.budgetUsd must match',
    );
    const bundle = written['bundle'] as object;
    expect(changed({ bundle: { ...bundle, path: 'other.yaml' } })).toThrow('is damaged');
  });
});

describe('a tick', () => {
  test('calls its day as the zone of the schedule does, and its run by name and time', async () => {
    const kept = await make('dir: "out/{date}", name: "{runId}_{seed}"');
    expect(momentOf(kept, midnight)).toEqual({
      date: '2026-11-23',
      runId: 'night-20261122T233000Z',
    });
    expect(await placesOf(kept, midnight)).toEqual({
      outputDir: join(folder, 'out/2026-11-23'),
      newBatch: 'each-day',
    });
  });

  test.each([
    ['dir: "out/{runId}"', {}, 'each-time'],
    ['dir: "out/{date}/{runId}"', {}, 'each-time'],
    ['dir: out', {}, 'never'],
    ['dir: "out/{date}"', { out: 'here' }, 'never'],
  ] as const)('with %s %j begins a batch of its own %s', async (output, flags, newBatch) => {
    expect((await placesOf(await make(output, flags), midnight)).newBatch).toBe(newBatch);
  });
});
