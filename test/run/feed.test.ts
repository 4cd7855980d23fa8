import { expect, test } from 'vitest';
import { makePlan } from '../../src/plan/plan.ts';
import { manifestOf, seeds } from '../plan/manifests.ts';
import { accepted, openAccount, runOn } from './account.ts';
import { emptyDisk } from './memory-store.ts';

test('jobs that wait to be submitted wait in the plan, however many tasks there may be', async () => {
  const manifest = {
    axes: [seeds(...Array.from({ length: 300 }, (_, nth) => nth))],
    output: { dir: '/out', name: [{ axis: 'seed' as const }] },
  };
  const plan = makePlan(manifestOf(manifest));
  if ('problems' in plan) throw new Error('no plan');
  let taken = 0;
  let mostAhead = 0;
  const account = openAccount({
    run: (make) => {
      const answer = accepted(make());
      // One of the tasks is somebody else's.
      mostAhead = Math.max(mostAhead, taken - (account.tasks.length - 1));
      return answer;
    },
  });
  const counted = {
    ...plan,
    planned: function* (from?: number) {
      for (const job of plan.planned(from)) {
        taken++;
        yield job;
      }
    },
  };
  const settings = { plan: counted, tasks: 300, runsAtOnce: 8 };
  const { outcome } = await runOn(account, emptyDisk(), manifest, settings);
  expect(outcome).toMatchObject({ tally: { done: 300 }, submissions: 300 });
  expect(mostAhead).toBeLessThan(20);
});
