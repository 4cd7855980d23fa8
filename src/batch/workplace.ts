/**
 * Everything that work on a batch needs, opened in the order in which it can be refused, and closed
 * again however the work ends: the state under its run lock, the service, downloads, ears, uploads, and
 * whatever brings word of tasks.
 */
import { dirname, join } from 'node:path';
import type { JobRecord } from '../job/history.ts';
import type { JobId } from '../job/job.ts';
import { policyOf } from '../job/next-step.ts';
import type { Store } from '../job/store.ts';
import type { Traffic } from '../job/traffic.ts';
import type { Limits } from '../manifest/manifest.ts';
import { parseDuration } from '../manifest/quantities.ts';
import { createDownloader } from '../outputs/download.ts';
import type { RunEvent } from '../run/events.ts';
import type { RunPorts } from '../run/ports.ts';
import { describeHolder } from '../state/holder.ts';
import { openStore } from '../state/sqlite-store.ts';
import { settleAccount } from './account.ts';
import type { Batch } from './batch.ts';
import { shownPath } from './batch.ts';
import { realClock } from './clock.ts';
import type { Config } from './config.ts';
import type { BucketOutputs } from './bucket-outputs.ts';
import type { BucketPlace } from './bucket-place.ts';
import { earsFor, songsIn } from './ears-port.ts';
import { stateFileOf } from './keeper.ts';
import { noteLimits } from './limit-note.ts';
import { refuseLostState } from './lost-state.ts';
import { outputsIn, prepareOutputs } from './outputs-port.ts';
import type { PushChoice } from './push-choice.ts';
import { openPush, type Push } from './push.ts';
import { noteManifest } from './run-note.ts';
import type { Service, ServiceChoice } from './service.ts';
import { addressOf, connect, saidTimeouts } from './service.ts';
import { diskShelf, type Shelf } from './shelf.ts';
import type { Surroundings } from './surroundings.ts';
import { refuseUnfinishedMerge } from './unfinished-merge.ts';
import { uploadsBeside } from './uploads-port.ts';

export interface WorkOrder {
  readonly batch: Batch;
  readonly limits: Limits;
  readonly config: Config;
  readonly service: ServiceChoice;
  readonly push: PushChoice;
  /** Whether songs are listened to; those that are not wait for a run in which they are. */
  readonly measures: boolean;
  /** The user's word: key or URL are new, the account is the same. */
  readonly sameAccount: boolean;
  readonly surroundings: Surroundings;
  readonly emit: (event: RunEvent) => void;
  readonly traffic?: Traffic;
}

/** What the work is done with. */
export interface Workplace {
  readonly batch: Batch;
  readonly limits: Limits;
  readonly service: Service;
  readonly store: Store;
  /** What is written beside the songs is put there. */
  readonly shelf: Shelf;
  readonly ports: RunPorts;
}

/** Throws `UsageError` or `StateError` before anything was begun. */
export async function workAt<Result>(
  order: WorkOrder,
  work: (workplace: Workplace) => Promise<Result>,
): Promise<Result> {
  const { batch, config, surroundings } = order;
  const { environment, workingDirectory } = surroundings;
  await refuseLostState(batch, workingDirectory);
  refuseUnfinishedMerge(batch, workingDirectory);
  if (!batch.bucket) return workInFolder(order, undefined, work);
  const { openBucketFor } = await import('./bucket-place.ts');
  const keeper = stateFileOf(batch, workingDirectory);
  const bucket = await openBucketFor(batch, batch.bucket, { config, environment, keeper });
  try {
    return await workInFolder(order, bucket, work);
  } finally {
    bucket.close();
  }
}

async function workInFolder<Result>(
  order: WorkOrder,
  bucket: BucketPlace | undefined,
  work: (workplace: Workplace) => Promise<Result>,
): Promise<Result> {
  const { batch, surroundings } = order;
  const { workingDirectory, tell } = surroundings;
  // Before the state, which lies there unless told otherwise: what is wrong is the folder.
  await prepareOutputs(batch.outputDir);
  const { store, tookOver } = openStore(batch.statePath, {
    identity: { name: batch.manifest.name, service: order.service.name },
    policy: policyOf(batch.manifest),
  });
  try {
    // A merge that was killed since the look above left its mark; one that goes on has the lock.
    refuseUnfinishedMerge(batch, workingDirectory);
    if (tookOver) {
      tell(`${describeHolder(tookOver)}: that run crashed; going on from its state`, 'warn');
    }
    if (order.service.kind === 'embedded') {
      tell(
        'the embedded server makes these songs, not YuE: prices are for show, nothing is charged',
      );
    } else {
      const account = { url: addressOf(order.service.base), key: order.service.key };
      const state = shownPath(batch.statePath, workingDirectory);
      await settleAccount(store, account, order.sameAccount, state);
    }
    const { service } = order;
    const url = service.kind === 'embedded' ? 'embedded' : addressOf(service.base);
    await bucket?.claim(store);
    await noteManifest(store, batch, url, realClock.now());
    return await workOn(store, order, bucket, work);
  } finally {
    store.close();
  }
}

async function workOn<Result>(
  store: Store,
  order: WorkOrder,
  bucket: BucketPlace | undefined,
  work: (workplace: Workplace) => Promise<Result>,
): Promise<Result> {
  const { batch, limits, config, service: choice, push: pushChoice, surroundings, emit } = order;
  const { environment, tell } = surroundings;
  const { onCall, onDownloaded } = order.traffic ?? {};
  const booksFolder = join(dirname(batch.statePath), '.sandbox');
  const service = await connect(choice, limits.requestsPerSecond, {
    booksFolder,
    tell,
    models: [batch.model],
    ...(onCall && { onCall }),
  });
  const timeout = parseDuration(saidTimeouts(config).download.value);
  const downloader = createDownloader({
    maxBytes: limits.outputSize,
    ...(timeout !== undefined && { timeout }),
  });
  const dir = batch.outputDir;
  const download = (folder: string) => outputsIn(folder, downloader, onDownloaded).fetch;
  const { measures } = order;
  let away: BucketOutputs | undefined;
  let ears: ReturnType<typeof earsFor> | undefined;
  let push: Push | undefined;
  // The embedded server is another one in every run: what one was given is unknown to the next.
  const uploads = choice.kind === 'api' ? uploadsBeside(batch.statePath, choice) : undefined;
  try {
    away = await bucket?.outputs({
      dir,
      download,
      recordsOf: (ids) => Promise.resolve(recordsIn(store, ids)),
      measures,
      isOneOfMany: false,
      clock: realClock,
      tell,
    });
    if (measures) ears = earsFor(dir, away?.songs ?? songsIn(dir), environment);
    push = await openPush(pushChoice, service.base, tell);
    const ports: RunPorts = {
      api: service.api,
      store,
      outputs: away?.outputs ?? outputsIn(dir, downloader, onDownloaded),
      clock: realClock,
      emit: noteLimits(store, realClock, emit),
      ...(ears && { ears }),
      ...push.ports,
      ...(uploads && { uploads }),
    };
    const shelf = bucket?.shelf ?? diskShelf(dir);
    return await work({ batch, limits, service, store, shelf, ports });
  } finally {
    await push?.close();
    await ears?.close();
    await away?.close();
    await downloader.close();
    await uploads?.close();
    await service.close();
  }
}

function recordsIn(store: Store, ids: readonly JobId[]): ReadonlyMap<JobId, JobRecord> {
  const known = ids.map((id) => store.get(id)).filter((record) => record !== undefined);
  return new Map(known.map((record) => [record.job.id, record]));
}
