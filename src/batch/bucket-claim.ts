/**
 * One state a bucket: before anything is bought for it, the prefix is claimed for the state that knows what was
 * paid for (`bucket/claim.ts`), and a run with another state, or none, is refused.
 */
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import type { Bucket } from '../bucket/bucket.ts';
import { BucketError } from '../bucket/bucket-error.ts';
import { claimName, readClaim, writeClaim, type Claim } from '../bucket/claim.ts';
import type { Store, StoreReader } from '../job/store.ts';
import { metadataName } from '../outputs/metadata.ts';
import { OutputError } from '../outputs/output-error.ts';
import { printable } from '../state/holder.ts';
import type { Batch } from './batch.ts';
import { shownPath } from './batch.ts';
import { UsageError } from './usage-error.ts';
import { besideSongs, claimFact } from './workroom.ts';

/**
 * Before the state is opened, which makes one where there is none. Throws `UsageError` where the bucket cannot
 * be used, or where a state would be made for songs that another knows.
 */
export async function expectBucket(
  bucket: Bucket,
  batch: Batch,
  workingDirectory: string,
): Promise<void> {
  await beforeAnything(async () => {
    await bucket.expectAccess();
    if (existsSync(batch.statePath)) return;
    const claim = await readClaim(bucket);
    if (claim) throw claimed(claim, batch, workingDirectory);
    await refuseMetadata(bucket, batch, workingDirectory);
  });
}

/** What is written beside the songs tells of this state. Throws `UsageError` where they are another's. */
export async function expectClaim(
  bucket: Bucket,
  batch: Batch,
  store: StoreReader,
  workingDirectory: string,
): Promise<void> {
  await beforeAnything(async () => {
    const claim = await readClaim(bucket);
    if (claim && claim.state === store.fact(claimFact)) return;
    throw claim
      ? claimed(claim, batch, workingDirectory)
      : new UsageError(
          `nothing of this batch is in ${batch.manifest.output.dir}`,
          'songbatch run puts its songs there',
        );
  });
}

/**
 * Claims the prefix, and sees that songs can be written there.
 * @returns whether the server knows `If-None-Match`
 */
export async function claimBucket(
  bucket: Bucket,
  batch: Batch,
  store: Store,
  workingDirectory: string,
): Promise<boolean> {
  const known = store.fact(claimFact);
  const state = known ?? randomUUID();
  if (known === undefined) await store.setFact(claimFact, state);
  return beforeAnything(async () => {
    const claim = await readClaim(bucket);
    if (claim && claim.state !== state) throw claimed(claim, batch, workingDirectory);
    if (!claim && known === undefined) await refuseMetadata(bucket, batch, workingDirectory);
    const { name } = batch.manifest;
    const ours = { batch: name, state, host: hostname(), since: new Date().toISOString() };
    const knowsIfNoneMatch = await writeClaim(bucket, claim ?? ours);
    // Another machine may have come first.
    const held = await readClaim(bucket);
    if (held?.state !== state) throw claimed(held ?? ours, batch, workingDirectory);
    return knowsIfNoneMatch;
  });
}

function claimed(
  claim: Claim,
  { manifest, statePath }: Batch,
  workingDirectory: string,
): UsageError {
  const { dir } = manifest.output;
  const shown = shownPath(statePath, workingDirectory);
  const state = existsSync(statePath) ? `${shown} is not their state` : `${shown} is not there`;
  return new UsageError(
    `${dir} has the songs of batch ${printable(claim.batch)}, begun on ${printable(claim.host)} (${printable(claim.since)}), and ${state}: a run would buy them again`,
    `run it there, or bring its state here (--state says where it is), or choose another prefix; to start anew, remove ${besideSongs(dir, claimName)}`,
  );
}

/** Of a batch whose claim somebody has removed, or of something else. */
async function refuseMetadata(
  bucket: Bucket,
  { manifest, statePath }: Batch,
  workingDirectory: string,
): Promise<void> {
  if (!(await bucket.find(metadataName))) return;
  const metadata = besideSongs(manifest.output.dir, metadataName);
  throw new UsageError(
    `${metadata} is there already, and ${shownPath(statePath, workingDirectory)} knows nothing of it: a run may buy again what it tells of`,
    `choose another prefix, or say with --state where its state is; to start anew, remove ${metadata}`,
  );
}

/** A server that does not answer is left for later; all else is for the user to mend. */
async function beforeAnything<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof BucketError)) throw error;
    if (error.kind === 'unreachable') {
      throw new OutputError('unreachable', error.message, { cause: error });
    }
    throw new UsageError(error.message, 'the bucket is output.dir of the manifest, or --out');
  }
}
