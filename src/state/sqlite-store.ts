/**
 * The embedded store: the state of a batch in one SQLite file (`schema.ts` has its layout). A run
 * opens it with `openStore`, under the run lock; everybody else reads along with `openStoreReader`.
 */
import { hostname } from 'node:os';
import type { DatabaseSync } from 'node:sqlite';
import type { JobPolicy } from '../job/next-step.ts';
import type { Store, StoreReader } from '../job/store.ts';
import { commitGroup } from './commit-group.ts';
import { encodeHolder, type Holder } from './holder.ts';
import { inspect, openReadOnly, refuseOtherBatch } from './inspect.ts';
import { judgeAll } from './judging.ts';
import { readerOn } from './reading.ts';
import { recorder, type Recorder } from './recording.ts';
import type { RunLock } from './run-lock.ts';
import { connect, disconnect } from './run-connection.ts';
import type { BatchIdentity } from './schema.ts';
import { translated } from './sqlite-fault.ts';
import { lockState } from './state-lock.ts';

export type { BatchIdentity } from './schema.ts';
export type { Holder } from './holder.ts';

export interface OpenedStore {
  readonly store: Store;
  /** The run that used the state last and crashed, where there was one. */
  readonly tookOver?: Holder;
}

/**
 * Opens the state of a batch for a run, or creates it (mode 0600). Throws `StateError`.
 * @param options.policy by which jobs are judged. Another one than the last time costs a look at all of them.
 * @param options.now milliseconds since 1970; the system's clock unless given
 */
export function openStore(
  path: string,
  options: {
    readonly identity: BatchIdentity;
    readonly policy: JobPolicy;
    readonly now?: () => number;
  },
): OpenedStore {
  const now = options.now ?? Date.now;
  const { file, lock } = lockState(path);
  try {
    const found = inspect(file, options.identity);
    const holder: Holder = { host: hostname(), pid: process.pid, since: now() };
    const db = connect(file, found.kind === 'nothing' ? options.identity : undefined);
    const recording = beginRun(file, db, holder, options.policy);
    return {
      store: storeOn(file, lock, db, recording),
      ...(found.kind === 'state' && found.crashed && { tookOver: found.crashed }),
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}

/**
 * Reads a state, also while a run goes on. Takes no lock and writes nothing. Undefined when there is
 * no state yet. Throws `StateError`.
 * @param identity undefined: whose batch it is may be anybody's
 */
export function openStoreReader(path: string, identity?: BatchIdentity): StoreReader | undefined {
  const db = openReadOnly(path);
  if (!db) return undefined;
  try {
    if (identity) {
      translated(path, 'read', () => {
        refuseOtherBatch(path, db, identity);
      });
    }
    const reader = translated(path, 'read', () => readerOn(db, path));
    return {
      ...reader,
      close: () => {
        reader.close();
        if (db.isOpen) db.close();
      },
    };
  } catch (error) {
    db.close();
    throw error;
  }
}

/** The first transaction of a run: from here on the file names it. */
function beginRun(path: string, db: DatabaseSync, holder: Holder, policy: JobPolicy): Recorder {
  try {
    return translated(path, 'write', () => {
      judgeAll(db, policy);
      const recording = recorder(db, policy);
      recording.transact(() => {
        recording.setMeta('holder', encodeHolder(holder));
      });
      return recording;
    });
  } catch (error) {
    disconnect(db);
    throw error;
  }
}

function storeOn(path: string, lock: RunLock, db: DatabaseSync, recording: Recorder): Store {
  const reader = readerOn(db, path);
  const commits = commitGroup((changes) => {
    translated(path, 'write', () => {
      recording.transact(changes);
    });
  });
  const ensureOpen = (): void => {
    if (!db.isOpen) throw new Error(`${path} was closed already`);
  };

  return {
    ...reader,
    append: async (job, event) => {
      ensureOpen();
      return commits.add(() => recording.append(job, event));
    },
    setFact: async (name, value) => {
      ensureOpen();
      return commits.add(() => {
        recording.setMeta(`fact:${name}`, value);
        return { kept: undefined };
      });
    },
    close: () => {
      if (!db.isOpen) return;
      commits.flush();
      releaseHolder(recording);
      reader.close();
      disconnect(db);
      lock.release();
    },
  };
}

/** A disk that is full now must not keep a run from ending: the next one takes over, as after a crash. */
function releaseHolder(recording: Recorder): void {
  try {
    recording.transact(() => {
      recording.removeMeta('holder');
    });
  } catch {
    return;
  }
}
