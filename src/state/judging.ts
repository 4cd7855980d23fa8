/** Judges the jobs of a state by a policy: which of them are done, and which are to be tried again. */
import type { DatabaseSync } from 'node:sqlite';
import type { JobPolicy } from '../job/next-step.ts';
import { judgementKey, outlookOf, outlooks } from '../job/outlook.ts';
import { meta } from './inspect.ts';
import { jobsAfter, readOutlooks } from './reading.ts';

/** Jobs that are held in memory at once. */
const atOnce = 1000;

/** Judges all of them, in one transaction, unless they were judged by this policy. The caller has the run lock. */
export function judgeAll(db: DatabaseSync, policy: JobPolicy): void {
  const key = judgementKey(policy);
  if (meta(db, 'judged') === key) return;
  db.exec('BEGIN IMMEDIATE');
  try {
    judge(db, policy);
    db.prepare("INSERT OR REPLACE INTO meta (key, value) VALUES ('judged', ?)").run(key);
    db.exec('COMMIT');
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
}

function judge(db: DatabaseSync, policy: JobPolicy): void {
  const jobs = jobsAfter(db, atOnce);
  const write = db.prepare('UPDATE jobs SET outlook = ? WHERE number = ?');
  const counts = readOutlooks(db.prepare('SELECT * FROM totals').get());
  for (let some = jobs(0); some.length > 0; some = jobs(some.at(-1)?.number ?? 0)) {
    for (const { number, record, outlook: before } of some) {
      const outlook = outlookOf(record, policy);
      if (outlook === before) continue;
      write.run(outlooks.indexOf(outlook), number);
      counts[before] -= 1;
      counts[outlook] += 1;
    }
  }
  const columns = outlooks.map((outlook) => `${outlook} = ?`).join(', ');
  db.prepare(`UPDATE totals SET ${columns}`).run(...outlooks.map((outlook) => counts[outlook]));
}
