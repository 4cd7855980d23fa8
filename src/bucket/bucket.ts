/** A bucket, as songs need it: objects below one prefix, each with the hash of what it holds. */
import type { Readable } from 'node:stream';
import type { S3Place } from '../manifest/s3-place.ts';

export interface Found {
  readonly bytes: number;
  /** Lower-case hex; absent of what was not put there by songbatch. */
  readonly sha256?: string;
}

export interface ObjectFacts {
  readonly mediaType: string;
  /** Of the whole object, lower-case hex. */
  readonly sha256: string;
}

/** `taken`: something has that name, and this was sent for a free one. */
export type Put = 'put' | 'taken';

export interface PutWish {
  /** The name must be free: `If-None-Match: *`, of which some servers know nothing. */
  readonly unlessThere: boolean;
}

/** A large object on its way, part after part. */
export interface PartedUpload {
  readonly send: (part: Buffer, sha256: Buffer) => Promise<void>;
  readonly complete: (wish: PutWish) => Promise<Put>;
  /** Never rejects: what is left of it costs room, and a rule of the bucket can remove it. */
  readonly abort: () => Promise<void>;
}

/** Names are keys below the prefix. All reject with `BucketError`, or with the signal's reason. */
export interface Bucket {
  readonly place: S3Place;
  /** Whether there is such a bucket, and whether these credentials may see what is in it. */
  readonly expectAccess: () => Promise<void>;
  readonly find: (name: string, signal?: AbortSignal) => Promise<Found | undefined>;
  /** @param sha256 of the content: the server refuses another */
  readonly put: (
    name: string,
    content: Buffer,
    facts: ObjectFacts,
    wish: PutWish,
    signal?: AbortSignal,
  ) => Promise<Put>;
  readonly putInParts: (
    name: string,
    facts: ObjectFacts,
    signal?: AbortSignal,
  ) => Promise<PartedUpload>;
  /** Undefined where there is no such object. @param range of bytes, both ends included */
  readonly read: (
    name: string,
    range?: { readonly start: number; readonly end: number },
    signal?: AbortSignal,
  ) => Promise<Readable | undefined>;
  /** All objects whose names begin so, a thousand a call. */
  readonly list: (
    start: string,
  ) => AsyncIterable<{ readonly name: string; readonly bytes: number }>;
  readonly close: () => void;
}
