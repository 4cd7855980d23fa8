/** What all calls to a bucket have in common: the SDK's client, the names of objects, and words for what goes wrong. */
import type * as sdk from '@aws-sdk/client-s3';
import type { S3Place } from '../manifest/s3-place.ts';
import type { Put } from './bucket.ts';
import { bucketError, statusOf } from './bucket-error.ts';

/** `@aws-sdk/client-s3`, which is loaded only where there is a bucket. */
export type S3Sdk = typeof sdk;

export interface S3Line {
  readonly s3: S3Sdk;
  readonly client: sdk.S3Client;
  readonly keyOf: (name: string) => { readonly Bucket: string; readonly Key: string };
  /** As people know the object. */
  readonly shown: (name: string) => string;
}

export function lineTo(s3: S3Sdk, client: sdk.S3Client, { bucket, prefix }: S3Place): S3Line {
  return {
    s3,
    client,
    keyOf: (name) => ({ Bucket: bucket, Key: prefix + name }),
    shown: (name) => `s3://${bucket}/${prefix}${name}`,
  };
}

/**
 * What is thrown for another reason than the bucket's is left as it is.
 * @param doing what cannot be done then
 */
export async function asked<Answer>(
  doing: string,
  signal: AbortSignal | undefined,
  ask: () => Promise<Answer>,
): Promise<Answer> {
  try {
    return await ask();
  } catch (error) {
    signal?.throwIfAborted();
    throw bucketError(error, doing);
  }
}

export async function unlessMissing<Answer>(
  ask: () => Promise<Answer>,
): Promise<Answer | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw error;
  }
}

export async function putOrTaken(unlessThere: boolean, put: () => Promise<unknown>): Promise<Put> {
  try {
    await put();
    return 'put';
  } catch (error) {
    if (unlessThere && statusOf(error) === 412) return 'taken';
    throw error;
  }
}

export function by(signal: AbortSignal | undefined): { readonly abortSignal?: AbortSignal } {
  return signal ? { abortSignal: signal } : {};
}
