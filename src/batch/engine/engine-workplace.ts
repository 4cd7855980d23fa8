/**
 * What a run, a cancel or a look at a batch of many machines is done with: the counterpart of `workplace.ts`, where the
 * state is shared and others do the work.
 */
import { existsSync } from 'node:fs';
import { policyOf, type JobPolicy } from '../../job/next-step.ts';
import type { JobFile } from '../../job/store.ts';
import type { Limits } from '../../manifest/manifest.ts';
import { missingOf } from '../../outputs/presence.ts';
import { openQueue, type SongQueue } from '../../queue/song-queue.ts';
import type { RunEvent } from '../../run/events.ts';
import {
  changeAccount,
  findBatch,
  openBatch,
  type BatchKey,
  type BatchRow,
} from '../../state/postgres/batches.ts';
import type { Database } from '../../state/postgres/database.ts';
import { openSession, type Session } from '../../state/postgres/session.ts';
import {
  openSharedStore,
  type FollowedStep,
  type SharedStore,
} from '../../state/postgres/shared-store.ts';
import { StateError } from '../../state/state-error.ts';
import { planFolder } from '../approval.ts';
import type { Batch } from '../batch.ts';
import { shownPath } from '../batch.ts';
import type { BucketPlace } from '../bucket-place.ts';
import { realClock } from '../clock.ts';
import type { EngineAddress } from '../engine-address.ts';
import { refuseLostState } from '../lost-state.ts';
import { nothingRunYet } from '../no-state.ts';
import { prepareOutputs } from '../outputs-port.ts';
import { noteManifest } from '../run-note.ts';
import { addressOf, connect, type Service } from '../service.ts';
import { diskShelf, type Shelf } from '../shelf.ts';
import type { ShownState } from '../shown-state.ts';
import type { Surroundings, Tell } from '../surroundings.ts';
import { UsageError } from '../usage-error.ts';
import type { WorkOrder } from '../workplace.ts';
import { accountIn, openEngine, queueName, sharedService, type Engine } from './engine.ts';
import { markFolder } from './folder-mark.ts';

export interface EngineWorkplace {
  readonly batch: Batch;
  readonly limits: Limits;
  readonly service: Service;
  readonly store: SharedStore;
  readonly database: Database;
  readonly queue: SongQueue;
  readonly session: Session;
  readonly account: string;
  readonly batchId: string;
  /** What is written beside the songs is put there. */
  readonly shelf: Shelf;
  readonly policy: JobPolicy;
  /** The engine's address, for messages. */
  readonly shownAs: string;
  readonly emit: (event: RunEvent) => void;
  readonly tell: Tell;
  /** Told of every event of the batch from now on. */
  readonly onStep: (listener: (step: FollowedStep) => void) => void;
  readonly missingOf: (files: Iterable<JobFile>) => AsyncIterable<JobFile> | Iterable<JobFile>;
}

/** API calls a second of a coordinator, which asks little: workers have the rest. */
const callsPerSecond = 2;

/**
 * Throws `UsageError`, `StateError` or `QueueError` before anything was begun.
 * @param mayBegin false: it is about a batch that is there
 */
export async function workAtEngine<Result>(
  order: WorkOrder,
  address: EngineAddress,
  mayBegin: boolean,
  work: (workplace: EngineWorkplace) => Promise<Result>,
): Promise<Result> {
  sharedService(order.service);
  const engine = await openEngine(address, 3, order.surroundings.tell);
  try {
    return await workWithEngine(order, engine, mayBegin, work);
  } finally {
    await engine.close();
  }
}

/** The same, with an engine that is open already. */
export async function workWithEngine<Result>(
  order: WorkOrder,
  engine: Engine,
  mayBegin: boolean,
  work: (workplace: EngineWorkplace) => Promise<Result>,
): Promise<Result> {
  const url = addressOf(sharedService(order.service).base);
  const known = await findKnown(engine, order, url, mayBegin);
  const bucket = await bucketFor(engine, order, known !== undefined);
  try {
    return await workOn(order, engine, { known, bucket }, work);
  } finally {
    bucket?.close();
  }
}

interface Found {
  /** Absent: it is to be begun. */
  readonly known: BatchRow | undefined;
  readonly bucket: BucketPlace | undefined;
}

async function workOn<Result>(
  order: WorkOrder,
  engine: Engine,
  { known, bucket }: Found,
  work: (workplace: EngineWorkplace) => Promise<Result>,
): Promise<Result> {
  const { batch, limits, surroundings, emit } = order;
  const { tell } = surroundings;
  const choice = sharedService(order.service);
  const account = await accountIn(engine, choice);
  const url = addressOf(choice.base);
  const row = await claimBatch(engine, order, account, url, known);
  const session = await openSession(
    engine.database,
    { account, role: 'coordinator', tasks: 0 },
    (what) => {
      tell(`! the connection to ${engine.shownAs} ${what}`, 'warn');
    },
  );
  let queue: SongQueue | undefined;
  let store: SharedStore | undefined;
  let service: Service | undefined;
  try {
    if (!(await session.follow(row.id))) throw alreadyFollowed(batch, engine);
    queue = await openQueue(engine.address.queue, queueName(account));
    const policy = { ...policyOf(batch.manifest), hasEars: order.measures };
    const listeners = new Set<(step: FollowedStep) => void>();
    store = await openSharedStore(engine.database, {
      batch: row.id,
      identity: { name: batch.manifest.name, service: choice.name },
      policy,
      onStep: (step) => {
        for (const listener of listeners) listener(step);
      },
    });
    await bucket?.claim(store);
    await noteManifest(store, batch, url, realClock.now());
    const shelf = bucket?.shelf ?? diskShelf(batch.outputDir);
    service = await connect(choice, Math.min(callsPerSecond, limits.requestsPerSecond), { tell });
    return await work({
      batch,
      limits,
      service,
      store,
      database: engine.database,
      queue,
      session,
      account,
      batchId: row.id,
      policy,
      shownAs: engine.shownAs,
      emit,
      tell,
      onStep: (listener) => {
        listeners.add(listener);
      },
      shelf,
      missingOf: (files) => missingOf(shelf.lookFor(files)),
    });
  } finally {
    await service?.close();
    store?.close();
    await store?.closed;
    await queue?.close();
    await session.close();
  }
}

/** The bucket that its songs go to, seen to be usable; undefined where they go to a folder. */
async function bucketFor(
  { shownAs }: Engine,
  { batch, config, surroundings: { environment } }: WorkOrder,
  hasBatch: boolean,
): Promise<BucketPlace | undefined> {
  if (!batch.bucket) return undefined;
  const { openBucketFor } = await import('../bucket-place.ts');
  const keeper = { kind: 'engine', shownAs, hasBatch } as const;
  return openBucketFor(batch, batch.bucket, { config, environment, keeper });
}

export interface FoundBatch {
  readonly store: SharedStore;
  readonly row: BatchRow;
  readonly engine: Engine;
}

/** A batch as an engine knows it, for whoever does not run it. Undefined: nothing has been run yet. */
export async function readAtEngine<Result>(
  address: EngineAddress,
  batch: Batch,
  service: URL,
  surroundings: Pick<Surroundings, 'workingDirectory' | 'tell'>,
  read: (found: FoundBatch | undefined) => Result | Promise<Result>,
): Promise<Result> {
  const engine = await openEngine(address, 2, surroundings.tell);
  let store: SharedStore | undefined;
  try {
    const row = await rowOf(engine, batch, service, surroundings);
    store = row && (await openToRead(engine, row, batch, service));
    return await read(store && row && { store, row, engine });
  } finally {
    store?.close();
    await store?.closed;
    await engine.close();
  }
}

/** The same for hours. Closing the engine ends what is waited for. */
export async function openShownState(
  address: EngineAddress,
  batch: Batch,
  service: URL,
  surroundings: Pick<Surroundings, 'workingDirectory' | 'tell'>,
): Promise<ShownState & Pick<Engine, 'shownAs' | 'close'>> {
  const engine = await openEngine(address, 2, surroundings.tell);
  let store: SharedStore | undefined;
  return {
    shownAs: engine.shownAs,
    mark: async () => {
      const row = await rowOf(engine, batch, service, surroundings);
      return row ? String(row.books.batch.events) : 'nothing';
    },
    glance: 1000,
    read: async (read) => {
      if (store) await store.follow();
      else {
        const row = await rowOf(engine, batch, service, surroundings);
        store = row && (await openToRead(engine, row, batch, service));
      }
      return read(store);
    },
    close: async () => {
      store?.close();
      await engine.close();
      await store?.closed;
    },
  };
}

function rowOf(
  { database }: Engine,
  batch: Batch,
  service: URL,
  { workingDirectory }: Pick<Surroundings, 'workingDirectory'>,
): Promise<BatchRow | undefined> {
  return findBatch(database, keyOf(batch, addressOf(service), workingDirectory));
}

function openToRead(
  { database }: Engine,
  { id }: BatchRow,
  { manifest }: Batch,
  service: URL,
): Promise<SharedStore> {
  return openSharedStore(database, {
    batch: id,
    identity: { name: manifest.name, service: service.hostname },
    policy: policyOf(manifest),
  });
}

function keyOf(batch: Batch, service: string, workingDirectory: string): BatchKey {
  return { service, name: batch.manifest.name, place: planFolder(batch, workingDirectory) };
}

/** Undefined: it is to be begun, and its songs would not be bought again. */
async function findKnown(
  { database, shownAs }: Engine,
  { batch, surroundings: { workingDirectory } }: WorkOrder,
  url: string,
  mayBegin: boolean,
): Promise<BatchRow | undefined> {
  const known = await findBatch(database, keyOf(batch, url, workingDirectory));
  if (!known && !mayBegin) throw nothingRunYet(shownAs);
  if (!known) await refuseOtherState(batch, workingDirectory, shownAs);
  return known;
}

/** Begins the batch, or goes on with it, where its songs would not be written where nobody looks. */
async function claimBatch(
  { database, shownAs }: Engine,
  { batch, sameAccount, surroundings }: WorkOrder,
  account: string,
  url: string,
  known: BatchRow | undefined,
): Promise<BatchRow> {
  const folder = batch.bucket ? batch.manifest.output.dir : batch.outputDir;
  const key = keyOf(batch, url, surroundings.workingDirectory);
  if (known && known.folder !== folder) {
    throw new UsageError(
      `the songs of ${key.name} go to ${known.folder} by what ${shownAs} knows, and would go to ${folder} from here`,
      'run it from where it was begun, or name that folder with --out; for another batch, choose another name or folder',
    );
  }
  if (known && known.account !== account) {
    const open = await changeAccount(database, known.id, account, sameAccount);
    if (open > 0) {
      throw new UsageError(
        `the API key is another one, while ${open === 1 ? 'one task is' : `${open} tasks are`} in flight or in doubt: another account does not show them, and they could be paid for twice`,
        'go on with the key of the last run or, if the account is the same, say --same-account',
      );
    }
  }
  await prepareOutputs(batch.outputDir);
  const row = await openBatch(database, key, account, folder);
  if (!batch.bucket) await markFolder(folder, `${key.service} ${key.name} ${key.place}`);
  return row;
}

async function refuseOtherState(
  batch: Batch,
  workingDirectory: string,
  shownAs: string,
): Promise<void> {
  if (existsSync(batch.statePath)) {
    throw new UsageError(
      `${shownPath(batch.statePath, workingDirectory)} is the state of a run on one machine: ${shownAs} knows nothing of its songs, and would buy them again`,
      'go on with it without --engine, or choose another folder for the songs (--out)',
    );
  }
  await refuseLostState(batch, workingDirectory);
}

function alreadyFollowed({ manifest }: Batch, { shownAs }: Engine): StateError {
  return new StateError(
    'running',
    shownAs,
    `a run of ${manifest.name} is being followed already, at ${shownAs}; "songbatch status --engine" shows how it goes`,
  );
}
