/**
 * Whose batch a prefix is: `.songbatch.json` beside the songs names the state that knows what was paid for.
 * A machine that does not have that state, or has another, would buy the songs again. It is there before
 * anything is bought, so that it is told also of a batch whose first run was killed:
 *
 *     {"tool":"songbatch","batch":"midnight-ab","state":"0b7e...","host":"ci-7","since":"2026-11-22T..."}
 *
 * Writing it also shows whether anything can be written there, and whether the server knows `If-None-Match`:
 * some take no notice, and put an object over another.
 */
import { hash } from 'node:crypto';
import { text } from 'node:stream/consumers';
import type { Bucket } from './bucket.ts';
import { BucketError } from './bucket-error.ts';

export const claimName = '.songbatch.json';

export interface Claim {
  readonly batch: string;
  /** A UUID, which the state knows too. */
  readonly state: string;
  /** The machine that began the batch. */
  readonly host: string;
  /** The state is in a database that many machines share. Which one is nobody's business who reads the bucket. */
  readonly shared?: true;
  /** ISO 8601. */
  readonly since: string;
}

/** Undefined where nobody has claimed the prefix. Rejects with `BucketError`. */
export async function readClaim(bucket: Bucket): Promise<Claim | undefined> {
  const found = await bucket.read(claimName);
  if (!found) return undefined;
  const claim = parseClaim(await text(found));
  if (claim) return claim;
  const { bucket: where, prefix } = bucket.place;
  throw new BucketError(
    'refused',
    `s3://${where}/${prefix}${claimName} is not what songbatch writes there: move it away`,
  );
}

/** @returns whether the server knows `If-None-Match` */
export async function writeClaim(bucket: Bucket, claim: Claim): Promise<boolean> {
  const content = Buffer.from(`${JSON.stringify({ tool: 'songbatch', ...claim })}\n`);
  const facts = { mediaType: 'application/json', sha256: hash('sha256', content) };
  const put = (unlessThere: boolean) => bucket.put(claimName, content, facts, { unlessThere });
  try {
    if ((await put(true)) === 'taken') return true;
  } catch (error) {
    if (!(error instanceof BucketError) || error.kind !== 'refused') throw error;
    // A server that says that it does not know the header is asked without; any other says no to that too.
    await put(false);
    return false;
  }
  return (await put(true)) === 'taken';
}

/** Undefined where it is none: a bucket is data. */
function parseClaim(document: string): Claim | undefined {
  try {
    const read = JSON.parse(document) as Partial<Claim> | null;
    const { batch, state, host, since } = read ?? {};
    const words = [batch, state, host, since];
    return words.every((word) => typeof word === 'string') ? (read as Claim) : undefined;
  } catch {
    return undefined;
  }
}
