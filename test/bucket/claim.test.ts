/** `.songbatch.json` says whose a prefix is, and what its server knows. */
import { describe, expect, test } from 'vitest';
import { BucketError } from '../../src/bucket/bucket-error.ts';
import { claimName, readClaim, writeClaim, type Claim } from '../../src/bucket/claim.ts';
import { memoryBucket } from './memory-bucket.ts';

const claim: Claim = {
  batch: 'midnight-ab',
  state: '0b7e1f3a-1111-4222-8333-444455556666',
  host: 'ci-7',
  since: '2026-11-22T03:00:00.000Z',
};

test('is read as it was written', async () => {
  const bucket = memoryBucket();
  expect(await readClaim(bucket)).toBeUndefined();
  await writeClaim(bucket, claim);
  expect(await readClaim(bucket)).toMatchObject(claim);
});

describe('writing it tells whether the server knows If-None-Match', () => {
  test.each([
    ['known', true],
    ['ignored', false],
    ['refused', false],
  ] as const)('%s', async (ifNoneMatch, knows) => {
    const bucket = memoryBucket({ ifNoneMatch });
    // The first time there is no object, later there is.
    expect(await writeClaim(bucket, claim)).toBe(knows);
    expect(await writeClaim(bucket, claim)).toBe(knows);
    expect(await readClaim(bucket)).toMatchObject(claim);
  });
});

test('that cannot be written is an error, and not a server that knows little', async () => {
  const bucket = memoryBucket({
    meddle: (call) => {
      if (call === 'put') throw new BucketError('refused', 'read only');
    },
  });
  await expect(writeClaim(bucket, claim)).rejects.toThrow('read only');
});

test('never takes the place of another', async () => {
  const bucket = memoryBucket();
  await writeClaim(bucket, claim);
  await writeClaim(bucket, { ...claim, state: 'another' });
  expect(await readClaim(bucket)).toMatchObject({ state: claim.state });
});

test.each(['', 'mine', '[]', 'null', '{"batch":"a","state":1}'])(
  'is not taken for one: %j',
  async (text) => {
    const bucket = memoryBucket();
    bucket.objects.set(claimName, { content: Buffer.from(text) });
    await expect(readClaim(bucket)).rejects.toThrow(
      's3://songs/a/.songbatch.json is not what songbatch writes there: move it away',
    );
  },
);
