/**
 * The rounds that a worker has open: one for each batch whose orders come to it, opened by the first of them. Where the
 * batch is in another round by then, or something has passed that kept this one from working, another takes its place;
 * the one before is closed when its last job has let go of it.
 */
import { refuseOtherVersion } from '../../state/postgres/append.ts';
import { batchById, type BatchRow } from '../../state/postgres/batches.ts';
import type { Terms } from '../../state/postgres/terms.ts';
import { realClock } from '../clock.ts';
import { createRound, isLocal, type Round, type Workshop } from './round.ts';
import { openHome } from './song-home.ts';

export interface Rounds {
  /** The batch's round as it is now; a text says why there is none here. */
  readonly of: (batch: string) => Promise<Round | string>;
  /** Whether no other has taken its place. */
  readonly isCurrent: (round: Round) => boolean;
  /** Whether anything may be submitted in one of them. */
  readonly isAnyOpen: () => boolean;
  /** Tasks that are in flight, or may be, in all of them. */
  readonly tasks: () => number;
  /** Something has changed on the account. */
  readonly mayHaveRoom: () => void;
  /** Calls a second that the strictest of them allows; undefined where there is none. */
  readonly requestsPerSecond: () => number | undefined;
  /** Something about the batch has changed; '': perhaps about each. */
  readonly noteChange: (batch: string) => void;
  /** Reads what has changed, and closes what nobody needs any more. */
  readonly look: () => Promise<void>;
  /** Tasks are left as they are, for others; no round is opened any more. */
  readonly leave: () => void;
  /** When no job is in hand any more. */
  readonly close: () => Promise<void>;
}

export interface RoundsOptions {
  /** Before the first is opened, and each after it. */
  readonly prepare: (terms: Terms) => Promise<void>;
  readonly onOpened: () => void;
}

/** Milliseconds for which what a round has opened is kept for the next job. */
const idleFor = 30_000;
const thisEnds = 'this worker ends';

export function createRounds(workshop: Workshop, { prepare, onOpened }: RoundsOptions): Rounds {
  const { database } = workshop;
  const current = new Map<string, Round>();
  /** By one order for all that wait for it. */
  const opening = new Map<string, Promise<Round | string>>();
  const retired = new Set<Round>();
  const changed = new Set<string>();
  let isLeaving = false;

  async function roundOf(batch: string): Promise<Round | string> {
    const row = await batchById(database, batch);
    const { terms } = row?.books.batch ?? {};
    if (!row || !terms) return 'it is not there any more';
    refuseOtherVersion(batch, row.books.batch.version);
    const known = current.get(batch);
    const closed = known?.closed();
    if (known?.number === row.books.batch.round && !(closed && isLocal(closed))) {
      known.update(row);
      return known;
    }
    if (isLeaving) return thisEnds;
    const underWay = opening.get(batch);
    if (underWay) {
      const opened = await underWay;
      return typeof opened === 'string' ? opened : roundOf(batch);
    }
    const opened = open(row, terms).finally(() => opening.delete(batch));
    opening.set(batch, opened);
    return opened;
  }

  async function open(row: BatchRow, terms: Terms): Promise<Round | string> {
    await prepare(terms);
    const home = await openHome(workshop, row, terms);
    if (typeof home === 'string') return home;
    if (isLeaving) {
      await home.close();
      return thisEnds;
    }
    const before = current.get(row.id);
    if (before) retire(row.id, before);
    const round = createRound(workshop, row, terms, home);
    current.set(row.id, round);
    onOpened();
    return round;
  }

  function retire(batch: string, round: Round): void {
    current.delete(batch);
    retired.add(round);
  }

  async function readChanges(): Promise<void> {
    for (const [batch, round] of current) {
      if (round.jobsInHand() === 0 || !changed.delete(batch)) continue;
      const row = await batchById(database, batch);
      if (row) round.update(row);
    }
    changed.clear();
  }

  async function closeIdle(): Promise<void> {
    for (const [batch, round] of current) {
      if (round.isIdleSince() < realClock.now() - idleFor) retire(batch, round);
    }
    for (const round of retired) {
      if (round.jobsInHand() > 0) continue;
      retired.delete(round);
      await round.close();
    }
  }

  const all = () => [...current.values(), ...retired];
  return {
    of: roundOf,
    isCurrent: (round) => current.get(round.batch.id) === round,
    isAnyOpen: () => [...current.values()].some((round) => !round.closed()),
    tasks: () => all().reduce((sum, round) => sum + round.tasks(), 0),
    mayHaveRoom: () => {
      for (const round of current.values()) round.mayHaveRoom();
    },
    requestsPerSecond: () => {
      const wanted = [...current.values()].flatMap(({ batch }) => {
        const { terms } = batch.books.batch;
        return terms ? [terms.requestsPerSecond] : [];
      });
      return wanted.length > 0 ? Math.min(...wanted) : undefined;
    },
    noteChange: (batch) => {
      if (batch !== '') changed.add(batch);
      else for (const known of current.keys()) changed.add(known);
    },
    look: async () => {
      await readChanges();
      await closeIdle();
    },
    leave: () => {
      isLeaving = true;
      for (const round of all()) round.leave();
    },
    close: async () => {
      for (const round of all()) await round.close();
    },
  };
}
