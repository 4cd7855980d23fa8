/**
 * How a worker keeps what happens to jobs: each event follows the last one that this worker has seen of the job, or
 * it is not taken. So of two who have the same job in their hands one only gets on, and the intent that goes
 * before a Run is a claim.
 */
import type { JobEvent, JobRecord } from '../../job/history.ts';
import type { Job, JobId } from '../../job/job.ts';
import { NoRoom } from '../../job/no-room.ts';
import type { Store } from '../../job/store.ts';
import { appendAll, type Appended, type Change } from '../../state/postgres/append.ts';
import { createCommitQueue } from '../../state/postgres/commit-queue.ts';
import type { Database } from '../../state/postgres/database.ts';
import { shareOf, type NoRoom as WhyNoRoom } from '../../state/postgres/ledger.ts';

/** The job is in other hands by now: whoever finds out lets go of it. */
export class Overtaken extends Error {
  override readonly name = 'Overtaken';
}

/**
 * There was no room for so long that the job is to leave its place in the queue to others. Else those who wait for room
 * could be all whom the queue lets work, while the tasks that have the room are in nobody's hands.
 */
export class WaitedEnough extends Error {
  override readonly name = 'WaitedEnough';
}

export interface ClaimingStore extends Pick<Store, 'append'> {
  /** Takes a job up as it stands. @param last its last event; 0 for none */
  readonly take: (record: JobRecord, last: number) => void;
  /**
   * Whether the Run of a job's intent may leave: only while the session lives in whose name the intent was kept.
   * When that is over others look for the task, also where this worker lives on in another.
   */
  readonly mayRun: (id: JobId) => boolean;
  /** The job as this worker has left it, and its last event; it has let go of it. */
  readonly release: (id: JobId) => Held | undefined;
  /** Jobs in hand whose tasks are in flight, or may be. */
  readonly tasks: () => number;
}

export interface Held {
  readonly record: JobRecord;
  /** 0 for none. */
  readonly last: number;
}

export interface ClaimingStoreOptions {
  readonly batch: string;
  readonly account: string;
  /** Of the worker, as it is at the moment; what it claims while it is not alive would be taken over at once. */
  readonly session: () => string;
  readonly isAlive: () => boolean;
  /** Told why an intent was not taken. */
  readonly onNoRoom: (why: WhyNoRoom) => void;
  readonly now: () => number;
  readonly sleep: (milliseconds: number) => Promise<unknown>;
  readonly probeInterval: () => number;
}

interface Hand {
  record: JobRecord;
  last: number;
  /** Since when there was no room for it; milliseconds since 1970. */
  waitsSince: number | undefined;
  /** In whose name its last intent was sent. */
  intender: string | undefined;
  /** The event before this one: they are sent one after the other. */
  sent: Promise<unknown>;
}

/** Milliseconds until a job that waits for another one's Run looks again. */
const betweenTurns = 300;
const longestWait = 10_000;

let stores = 0;

export function createClaimingStore(
  database: Database,
  { batch, account, session, isAlive, onNoRoom, now, sleep, probeInterval }: ClaimingStoreOptions,
): ClaimingStore {
  const hands = new Map<JobId, Hand>();
  // Another name than any other process has, and than this one had an hour ago.
  const own = `${session()}-${Date.now().toString(36)}-${++stores}`;
  let marks = 0;
  let tasks = 0;
  const queue = createCommitQueue<Change, Appended>((changes) =>
    database.transaction((query) => appendAll(query, batch, changes)),
  );

  async function send(hand: Hand, job: Job, event: JobEvent): Promise<JobRecord> {
    const sender = session();
    if (event.type === 'intended') {
      if (!isAlive()) {
        onNoRoom({ kind: 'full' });
        throw new NoRoom('the session has ended');
      }
      hand.intender = sender;
    }
    const answer = await queue.add({
      job,
      event,
      mark: `${own}-${++marks}`,
      session: sender,
      after: hand.last,
      ...(event.type === 'intended' && {
        needsRoom: { account, now: now(), probeInterval: probeInterval() },
      }),
    });
    switch (answer.kind) {
      case 'kept':
        hand.last = answer.seq;
        tasks += tasksOf(answer.record) - tasksOf(hand.record);
        hand.record = answer.record;
        return answer.record;
      case 'refused':
        throw answer.error;
      case 'overtaken':
        throw new Overtaken(`${job.output} is in other hands`);
      case 'claimed':
        throw new Overtaken(`the task that was found for ${job.output} belongs to another job`);
      case 'no-room':
        onNoRoom(answer.why);
        hand.waitsSince ??= now();
        if (now() - hand.waitsSince >= longestWait) throw new WaitedEnough('no room');
        if (answer.why.kind === 'turn') await sleep(betweenTurns);
        throw new NoRoom(answer.why.kind);
    }
  }

  return {
    take: (record, last) => {
      tasks += tasksOf(record);
      hands.set(record.job.id, {
        record,
        last,
        waitsSince: undefined,
        intender: undefined,
        sent: Promise.resolve(),
      });
    },
    mayRun: (id) => isAlive() && hands.get(id)?.intender === session(),
    release: (id) => {
      const hand = hands.get(id);
      hands.delete(id);
      if (hand) tasks -= tasksOf(hand.record);
      return hand && { record: hand.record, last: hand.last };
    },
    tasks: () => tasks,
    append: (job, event) => {
      const hand = hands.get(job.id);
      if (!hand) return Promise.reject(new Error(`job ${job.id} is in nobody's hands`));
      const sending = hand.sent.then(() => send(hand, job, event));
      hand.sent = sending.catch(() => undefined);
      return sending;
    },
  };
}

function tasksOf({ attempts }: JobRecord): number {
  return shareOf(attempts.at(-1)?.stage, false).open;
}
