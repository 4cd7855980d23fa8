/**
 * A store in memory that keeps counts and the jobs that are under way, and forgets the songs that are
 * saved: ten million of them fit. What is durable at once costs nothing here; `bench/state.ts` measures it.
 */
import { apply, type AttemptStage, type JobRecord } from '../../src/job/history.ts';
import type { JobId } from '../../src/job/job.ts';
import type { Picodollars } from '../../src/job/money.ts';
import type { Store } from '../../src/job/store.ts';

export function createForgetfulStore(): Store {
  const records = new Map<JobId, JobRecord>();
  const tasks = new Set<string>();
  const facts = new Map<string, string>();
  let saved = 0;
  let spent: Picodollars = 0n;

  return {
    get: (id) => records.get(id),
    // What is saved is not asked for again: the plan is walked through once.
    // Asked of jobs that were submitted, most of which are forgotten by then: a no would keep them all in mind.
    has: () => true,
    judged: () => undefined,
    revision: notAsked,
    changes: notAsked,
    recordsBefore: notAsked,
    // A run looks for those of earlier runs, and there was none.
    savedFiles: () => [],
    records: function* (stages) {
      for (const record of records.values()) {
        const stage = record.attempts.at(-1)?.stage;
        if (!stages || (stage !== undefined && stages.includes(stage))) yield record;
      }
    },
    counts: () => {
      const jobs: Record<AttemptStage | 'waiting', number> = {
        waiting: 0,
        intended: 0,
        running: 0,
        succeeded: 0,
        saved,
        failed: 0,
      };
      for (const { attempts } of records.values()) jobs[attempts.at(-1)?.stage ?? 'waiting']++;
      return { jobs, spent };
    },
    claims: (taskId) => tasks.has(taskId),
    fact: (name) => facts.get(name),
    append: (job, event) => {
      const record = apply(records.get(job.id) ?? { job, attempts: [] }, event);
      const attempt = record.attempts.at(-1);
      if (event.type === 'accepted') tasks.add(event.taskId);
      if (event.type === 'succeeded' || event.type === 'failed') spent += event.cost;
      if (event.type === 'saved' && attempt?.stage === 'saved') {
        records.delete(job.id);
        tasks.delete(attempt.taskId);
        saved++;
      } else {
        records.set(job.id, record);
      }
      return Promise.resolve(record);
    },
    setFact: (name, value) => {
      facts.set(name, value);
      return Promise.resolve();
    },
    close: () => undefined,
  };
}

function notAsked(): never {
  throw new Error('a simulation writes no files');
}
