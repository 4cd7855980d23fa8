/** A store whose disk is an array: what was appended outlives the run that appended it. */
import type { JobEvent, JobRecord } from '../../src/job/history.ts';
import { apply, costOf } from '../../src/job/history.ts';
import type { Job, JobId } from '../../src/job/job.ts';
import { outlookOf, outlooks, type Outlook } from '../../src/job/outlook.ts';
import type { Store, StoreCounts } from '../../src/job/store.ts';

export interface Disk {
  readonly events: { readonly job: Job; readonly event: JobEvent }[];
  readonly facts: Map<string, string>;
}

export function emptyDisk(): Disk {
  return { events: [], facts: new Map() };
}

export function recordsOn(disk: Disk): Map<JobId, JobRecord> {
  const records = new Map<JobId, JobRecord>();
  for (const { job, event } of disk.events) {
    const attempts = records.get(job.id)?.attempts ?? [];
    records.set(job.id, apply({ job, attempts }, event));
  }
  return records;
}

export function memoryStore(disk: Disk): Store {
  const records = recordsOn(disk);
  return {
    get: (id) => records.get(id),
    has: (id) => records.has(id),
    records: function* (stages) {
      for (const record of [...records.values()]) {
        const stage = record.attempts.at(-1)?.stage;
        if (stages === undefined || (stage !== undefined && stages.includes(stage))) yield record;
      }
    },
    revision: () => disk.events.length,
    changes: function* (since) {
      const changed = new Set(disk.events.slice(since).map(({ job }) => job.id));
      for (const [index, record] of [...records.values()].entries()) {
        if (changed.has(record.job.id)) yield { place: index + 1, record };
      }
    },
    recordsBefore: (place, most) =>
      [...records.values()].slice(Math.max(0, place - 1 - most), place - 1),
    savedFiles: function* () {
      for (const { job, attempts } of [...records.values()]) {
        const last = attempts.at(-1);
        if (last?.stage !== 'saved') continue;
        for (const file of last.files) yield { ...file, job: job.id };
      }
    },
    counts: () => {
      const jobs: { -readonly [Stage in keyof StoreCounts['jobs']]: number } = {
        waiting: 0,
        intended: 0,
        running: 0,
        succeeded: 0,
        saved: 0,
        failed: 0,
      };
      let spent = 0n;
      for (const record of records.values()) {
        jobs[record.attempts.at(-1)?.stage ?? 'waiting']++;
        spent += costOf(record);
      }
      return { jobs, spent };
    },
    judged: (policy) => ({
      counts: () => {
        const counts = Object.fromEntries(outlooks.map((outlook) => [outlook, 0]));
        for (const record of records.values()) {
          const outlook = outlookOf(record, policy);
          counts[outlook] = (counts[outlook] ?? 0) + 1;
        }
        return counts as Record<Outlook, number>;
      },
      records: (wanted) =>
        [...records.values()].filter((record) => wanted.includes(outlookOf(record, policy))),
    }),
    claims: (taskId) =>
      [...records.values()].some(({ attempts }) =>
        attempts.some((attempt) => 'taskId' in attempt && attempt.taskId === taskId),
      ),
    fact: (name) => disk.facts.get(name),
    append: (job, event) => {
      const record = apply({ job, attempts: records.get(job.id)?.attempts ?? [] }, event);
      disk.events.push({ job, event });
      records.set(job.id, record);
      return Promise.resolve(record);
    },
    setFact: (name, value) => {
      disk.facts.set(name, value);
      return Promise.resolve();
    },
    close: () => undefined,
  };
}
