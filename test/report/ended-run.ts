/** A run that is over, made of histories: for reports that are told of one. */
import fc from '../fast-check.ts';
import { apply, costOf, type JobRecord } from '../../src/job/history.ts';
import { nextStep, policyOf, standingOf } from '../../src/job/next-step.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { everything } from '../../src/plan/selection.ts';
import type { EndedRun } from '../../src/report/verdicts.ts';
import type { StopReason } from '../../src/run/events.ts';
import { manifestOf } from '../plan/manifests.ts';
import { memoryStore } from '../run/memory-store.ts';
import { handful, job, possible } from '../state/histories.ts';

/** Records at any stage, with whatever labels and servers may say. */
export const records: fc.Arbitrary<readonly JobRecord[]> = fc.uniqueArray(
  fc
    .tuple(job, handful, fc.array(fc.nat({ max: 9 }), { maxLength: 7 }))
    .map(([one, events, choices]) => {
      let record: JobRecord = { job: one, attempts: [] };
      for (const choice of choices) {
        const types = possible(record);
        const type = types[choice % types.length];
        if (type) record = apply(record, events[type]);
      }
      return record;
    }),
  { selector: (record) => record.job.id, minLength: 1, maxLength: 30 },
);

/** @param stopped what every job that is left was left for */
export function endedRun(of: readonly JobRecord[], stopped?: StopReason): EndedRun {
  const manifest = manifestOf();
  const known = new Map(of.map((record) => [record.job.id, record]));
  const tally = { waiting: 0, doubt: 0, running: 0, fetching: 0, done: 0, failed: 0 };
  for (const record of of) tally[standingOf(nextStep(record, policyOf(manifest)))]++;
  const spent = of.reduce((sum, record) => sum + costOf(record), 0n);
  const planned = () =>
    of.map((record) => ({
      id: record.job.id,
      coordinates: record.job.coordinates,
      output: record.job.output,
      job: () => record.job,
    }));
  const plan: Plan = {
    manifest,
    combinations: of.length,
    jobs: of.length,
    duplicates: { count: 0 },
    digest: () => '',
    planned,
    showing: planned,
  };
  return {
    batch: { plan, selection: everything },
    store: { ...memoryStore({ events: [], facts: new Map() }), get: (id) => known.get(id) },
    outcome: {
      tally: { jobs: of.length, ...tally, spent },
      ...(stopped && { stopped }),
      inDoubt: of
        .filter(({ attempts }) => attempts.at(-1)?.stage === 'intended')
        .map((record) => ({ job: record.job, message: 'the list is \u0000 <empty>' })),
      submissions: of.length,
      strays: new Set(),
    },
  };
}
