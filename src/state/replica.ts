/**
 * A copy of a state that is kept elsewhere: events that are durable there are entered here in their order, and all
 * that reads a state reads this. It lives in a folder of its own until it is closed, and needs no care of its own:
 * what is lost with it is copied again.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JobEvent } from '../job/history.ts';
import type { Job } from '../job/job.ts';
import type { JobPolicy } from '../job/next-step.ts';
import type { StoreReader } from '../job/store.ts';
import { judgeAll } from './judging.ts';
import { readerOn } from './reading.ts';
import { recorder } from './recording.ts';
import { connect } from './run-connection.ts';
import type { BatchIdentity } from './schema.ts';
import { translated } from './sqlite-fault.ts';

export interface Replica {
  readonly reader: StoreReader;
  /** Events that follow those which are here, and facts. */
  readonly enter: (events: readonly CopiedEvent[], facts: ReadonlyMap<string, string>) => void;
  readonly close: () => void;
}

export interface CopiedEvent {
  readonly job: Job;
  readonly event: JobEvent;
}

/** Throws `DiskFault` where the folder for temporary files takes no more. */
export function createReplica(identity: BatchIdentity, policy: JobPolicy): Replica {
  const folder = mkdtempSync(join(tmpdir(), 'songbatch-'));
  const path = join(folder, 'state.sqlite');
  const db = connect(path, identity);
  db.exec('PRAGMA synchronous = OFF');
  judgeAll(db, policy);
  const recording = recorder(db, policy);
  const reader = readerOn(db, path);
  return {
    reader,
    enter: (events, facts) => {
      translated(path, 'write', () => {
        recording.transact(() => {
          for (const { job, event } of events) {
            const outcome = recording.append(job, event);
            if ('refused' in outcome) throw outcome.refused;
          }
          for (const [name, value] of facts) recording.setMeta(`fact:${name}`, value);
        });
      });
    },
    close: () => {
      reader.close();
      if (db.isOpen) db.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
