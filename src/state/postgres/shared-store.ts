/**
 * The state of a batch that many work on, as one of them sees it: a copy of all that is durable, brought up to date by
 * reading on in the batch's events. What is appended is in PostgreSQL before it is here, and here before the
 * append resolves. It implements the same `Store` as the state file.
 */
import type { JobRecord } from '../../job/history.ts';
import type { JobId } from '../../job/job.ts';
import type { JobPolicy } from '../../job/next-step.ts';
import type { Store } from '../../job/store.ts';
import type { DecodedJob } from '../job-code.ts';
import { createReplica, type CopiedEvent } from '../replica.ts';
import { Malformed, text } from '../stored-value.ts';
import { appendAll, eventOf, type Appended, type Change } from './append.ts';
import { createCommitQueue } from './commit-queue.ts';
import type { Database, Row } from './database.ts';
import { bytesOf, decodeJobRow, idOf } from './rows.ts';

export interface SharedStore extends Store {
  /**
   * Reads on to the last event that is there. Steps that others have made are told of, in their order.
   * Rejects when the store was closed.
   */
  readonly follow: () => Promise<void>;
  /** Resolves when what was under way at `close` is over. */
  readonly closed: Promise<void>;
}

export interface FollowedStep extends CopiedEvent {
  readonly before: JobRecord;
  readonly after: JobRecord;
}

export interface SharedStoreOptions {
  readonly batch: string;
  readonly identity: { readonly name: string; readonly service: string };
  readonly policy: JobPolicy;
  /** Told of every event that is read on from when the store was opened, this process's own included. */
  readonly onStep?: (step: FollowedStep) => void;
}

/** Events that are read at once: each may be of another job, and a job's lyrics may be long. */
const atOnce = 1000;

let stores = 0;

/** Throws `StateError` where it cannot be copied. */
export async function openSharedStore(
  database: Database,
  { batch, identity, policy, onStep }: SharedStoreOptions,
): Promise<SharedStore> {
  const replica = createReplica(identity, policy);
  const { reader } = replica;
  const own = `${process.pid}-${Date.now()}-${++stores}`;
  let isClosed = false;
  let isTelling = false;
  let marks = 0;
  let following: Promise<void> | undefined;

  const ensureOpen = () => {
    if (isClosed) throw new Error(`the state of ${identity.name} was closed already`);
  };

  const queue = createCommitQueue<Change, Appended>((changes) =>
    database.transaction((query) => appendAll(query, batch, changes)),
  );
  const facts = createCommitQueue<readonly [string, string], true>(async (some) => {
    const latest = new Map(some);
    await database.query(
      `INSERT INTO songbatch.facts (batch, key, value) SELECT $1, * FROM unnest($2::text[], $3::text[])
       ON CONFLICT (batch, key) DO UPDATE SET value = excluded.value`,
      [batch, [...latest.keys()], [...latest.values()]],
    );
    if (!isClosed) replica.enter([], latest);
    return some.map(() => true);
  });

  async function readOn(): Promise<void> {
    for (;;) {
      const since = reader.revision();
      const rows = await database.query(
        `SELECT job, at, type, detail FROM songbatch.events
         WHERE batch = $1 AND seq > $2 ORDER BY seq LIMIT $3`,
        [batch, since, atOnce],
      );
      if (rows.length === 0) return;
      const jobs = await readSpecs(rows);
      if (isClosed) return;
      const events = rows.map((row): CopiedEvent => {
        const { job, paths } = jobs.get(idOf(row['job'])) ?? missing(idOf(row['job']));
        return { job, event: eventOf(row, paths) };
      });
      if (isTelling && onStep) enterTold(events, onStep);
      else replica.enter(events, new Map());
      if (rows.length < atOnce) return;
    }
  }

  /** Once for each job: its lyrics are most of it. */
  async function readSpecs(events: readonly Row[]): Promise<ReadonlyMap<JobId, DecodedJob>> {
    const ids = new Set(events.map((row) => idOf(row['job'])));
    const rows = await database.query(
      'SELECT id, spec FROM songbatch.jobs WHERE batch = $1 AND id = ANY($2)',
      [batch, [...ids].map(bytesOf)],
    );
    return new Map(
      rows.map((row) => {
        const id = idOf(row['id']);
        return [id, decodeJobRow(id, text(row['spec']))];
      }),
    );
  }

  /** One by one: whoever is told sees the state as it was right after each. */
  function enterTold(events: readonly CopiedEvent[], tell: (step: FollowedStep) => void): void {
    for (const copied of events) {
      const before = recordOf(copied.job.id) ?? { job: copied.job, attempts: [] };
      replica.enter([copied], new Map());
      tell({ ...copied, before, after: recordOf(copied.job.id) ?? before });
    }
  }

  function recordOf(id: JobId): JobRecord | undefined {
    return reader.get(id);
  }

  /** One reading at a time; whoever comes while one is under way needs the next. */
  async function follow(): Promise<void> {
    while (following) await following;
    following = readOn().finally(() => {
      following = undefined;
    });
    await following;
  }

  const known = await database.query('SELECT key, value FROM songbatch.facts WHERE batch = $1', [
    batch,
  ]);
  replica.enter([], new Map(known.map((row) => [text(row['key']), text(row['value'])])));
  await follow();
  isTelling = true;

  let onClosed: () => void = () => undefined;
  const closed = new Promise<void>((resolve) => {
    onClosed = resolve;
  });

  return {
    ...reader,
    follow: async () => {
      ensureOpen();
      await follow();
    },
    append: async (job, event) => {
      ensureOpen();
      const answer = await queue.add({ job, event, mark: `${own}-${++marks}` });
      switch (answer.kind) {
        case 'kept':
          while (!isClosed && reader.revision() < answer.seq) await follow();
          return answer.record;
        case 'refused':
          throw answer.error;
        case 'overtaken':
        case 'claimed':
        case 'no-room':
          throw new Error(`job ${job.id}: "${event.type}" was not taken (${answer.kind})`);
      }
    },
    setFact: async (name, value) => {
      ensureOpen();
      await facts.add([name, value]);
    },
    close: () => {
      if (isClosed) return;
      isClosed = true;
      replica.close();
      void Promise.all([queue.idle(), facts.idle()]).then(onClosed, onClosed);
    },
    closed,
  };
}

function missing(id: JobId): never {
  throw new Malformed(`there are events of job ${id}, and no such job`);
}
