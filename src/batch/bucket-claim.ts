/**
 * One state a bucket: before anything is bought for it, the prefix is claimed for the state that knows what was
 * paid for (`bucket/claim.ts`), and a run with another state, or none, is refused.
 */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Bucket } from '../bucket/bucket.ts';
import { BucketError } from '../bucket/bucket-error.ts';
import { claimName, readClaim, writeClaim, type Claim } from '../bucket/claim.ts';
import type { Store, StoreReader } from '../job/store.ts';
import { metadataName } from '../outputs/metadata.ts';
import { OutputError } from '../outputs/output-error.ts';
import { printable } from '../state/holder.ts';
import type { Batch } from './batch.ts';
import type { Keeper } from './keeper.ts';
import { UsageError } from './usage-error.ts';
import { besideSongs, claimFact } from './workroom.ts';

/**
 * Before the state is opened, which makes one where there is none. Throws `UsageError` where the bucket cannot
 * be used, or where a state would be made for songs that another knows.
 */
export async function expectBucket(bucket: Bucket, batch: Batch, keeper: Keeper): Promise<void> {
  await beforeAnything(async () => {
    await bucket.expectAccess();
    if (keeper.hasBatch) return;
    const claim = await readClaim(bucket);
    if (claim) throw claimed(claim, batch, keeper);
    await refuseMetadata(bucket, batch, keeper);
  });
}

/** What is written beside the songs tells of this state. Throws `UsageError` where they are another's. */
export async function expectClaim(
  bucket: Bucket,
  batch: Batch,
  store: StoreReader,
  keeper: Keeper,
): Promise<void> {
  await beforeAnything(async () => {
    const claim = await readClaim(bucket);
    if (claim && claim.state === store.fact(claimFact)) return;
    throw claim
      ? claimed(claim, batch, keeper)
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
  keeper: Keeper,
): Promise<boolean> {
  const known = store.fact(claimFact);
  const state = known ?? randomUUID();
  if (known === undefined) await store.setFact(claimFact, state);
  return beforeAnything(async () => {
    const claim = await readClaim(bucket);
    if (claim && claim.state !== state) throw claimed(claim, batch, keeper);
    if (!claim && known === undefined) await refuseMetadata(bucket, batch, keeper);
    const ours: Claim = {
      batch: batch.manifest.name,
      state,
      host: hostname(),
      ...(keeper.kind === 'engine' && { shared: true }),
      since: new Date().toISOString(),
    };
    const knowsIfNoneMatch = await writeClaim(bucket, claim ?? ours);
    // Another machine may have come first.
    const held = await readClaim(bucket);
    if (held?.state !== state) throw claimed(held ?? ours, batch, keeper);
    return knowsIfNoneMatch;
  });
}

/**
 * For whoever puts songs there for a batch that somebody else has begun: that it is the batch's prefix, and that
 * songs can be written there. Throws `BucketError`.
 * @param state by which the batch is known to have claimed it
 * @returns undefined where it has not, or not any more; else whether the server knows `If-None-Match`
 */
export async function joinClaim(
  bucket: Bucket,
  state: string | undefined,
): Promise<{ readonly knowsIfNoneMatch: boolean } | undefined> {
  const claim = await readClaim(bucket);
  if (!claim || claim.state !== state) return undefined;
  return { knowsIfNoneMatch: await writeClaim(bucket, claim) };
}

function claimed(claim: Claim, { manifest }: Batch, keeper: Keeper): UsageError {
  const { dir } = manifest.output;
  const begun = `begun ${claim.shared ? 'with --engine ' : ''}on ${printable(claim.host)} (${printable(claim.since)})`;
  return new UsageError(
    `${dir} has the songs of batch ${printable(claim.batch)}, ${begun}, and ${whyNotTheirs(keeper)}: a run would buy them again`,
    `${wayToTheirs(claim)}, or choose another prefix; to start anew, remove ${besideSongs(dir, claimName)}`,
  );
}

function whyNotTheirs({ kind, shownAs, hasBatch }: Keeper): string {
  if (kind === 'engine') return `${shownAs} does not know them`;
  return hasBatch ? `${shownAs} is not their state` : `${shownAs} is not there`;
}

function wayToTheirs({ shared }: Claim): string {
  return shared
    ? 'name the database that knows them (--engine)'
    : 'run it there, without --engine, or bring its state here (--state says where it is)';
}

/** Of a batch whose claim somebody has removed, or of something else. */
async function refuseMetadata(
  bucket: Bucket,
  { manifest }: Batch,
  { shownAs }: Keeper,
): Promise<void> {
  if (!(await bucket.find(metadataName))) return;
  const metadata = besideSongs(manifest.output.dir, metadataName);
  throw new UsageError(
    `${metadata} is there already, and ${shownAs} knows nothing of it: a run may buy again what it tells of`,
    `choose another prefix, or say where its state is (--state, --engine); to start anew, remove ${metadata}`,
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
