/**
 * A bucket through the official SDK, which finds credentials and region by its own chain. What is sent is in
 * memory, a part of a song at a time, so that the SDK can send it once more where the server said "later".
 */
import type { ListObjectsV2CommandOutput, S3Client, S3ClientConfig } from '@aws-sdk/client-s3';
import type { Readable } from 'node:stream';
import type { S3Place } from '../manifest/s3-place.ts';
import type { Bucket } from './bucket.ts';
import { asked, by, lineTo, putOrTaken, unlessMissing, type S3Sdk } from './s3-line.ts';
import { beginParts } from './s3-parts.ts';

export interface BucketSettings {
  /** Of a server that is not Amazon's; unless given, what the SDK finds. */
  readonly endpoint?: string;
  readonly region?: string;
  /** `host/bucket/key` in place of `bucket.host/key`; unless given, where there is an endpoint. */
  readonly pathStyle?: boolean;
}

/** Milliseconds until a connection stands, and between two pieces of an answer. */
const connectionTimeout = 10_000;
const silence = 60_000;

export async function openBucket(
  s3: S3Sdk,
  place: S3Place,
  settings: BucketSettings,
): Promise<Bucket> {
  const client = await clientFor(s3, settings);
  const line = lineTo(s3, client, place);
  const { keyOf, shown } = line;
  const { bucket: Bucket, prefix } = place;

  return {
    place,

    // The answer to a HEAD would not say why not.
    expectAccess: async () => {
      const order = { Bucket, Prefix: prefix, MaxKeys: 1 };
      const list = () => client.send(new s3.ListObjectsV2Command(order));
      await asked(`s3://${Bucket} cannot be used`, undefined, list);
    },

    find: (name, signal) =>
      asked(`${shown(name)} cannot be looked for`, signal, () =>
        unlessMissing(async () => {
          const found = await client.send(new s3.HeadObjectCommand(keyOf(name)), by(signal));
          const { ContentLength: bytes = -1, Metadata: said } = found;
          const sha256 = said?.['sha256'];
          return { bytes, ...(sha256 !== undefined && { sha256 }) };
        }),
      ),

    put: (name, content, { mediaType, sha256 }, { unlessThere }, signal) =>
      asked(`${shown(name)} cannot be written`, signal, () => {
        const order = new s3.PutObjectCommand({
          ...keyOf(name),
          Body: content,
          ContentType: mediaType,
          Metadata: { sha256 },
          ChecksumSHA256: Buffer.from(sha256, 'hex').toString('base64'),
          ...(unlessThere && { IfNoneMatch: '*' }),
        });
        return putOrTaken(unlessThere, () => client.send(order, by(signal)));
      }),

    putInParts: (name, facts, signal) => beginParts(line, name, facts, signal),

    read: (name, range, signal) =>
      asked(`${shown(name)} cannot be read`, signal, () =>
        unlessMissing(async () => {
          const part = range && { Range: `bytes=${range.start}-${range.end}` };
          const order = new s3.GetObjectCommand({ ...keyOf(name), ...part });
          const { Body } = await client.send(order, by(signal));
          return Body as Readable | undefined;
        }),
      ),

    async *list(start) {
      const order = { Bucket, Prefix: prefix + start };
      let from: { readonly ContinuationToken?: string } = {};
      for (;;) {
        const command = new s3.ListObjectsV2Command({ ...order, ...from });
        const list = (): Promise<ListObjectsV2CommandOutput> => client.send(command);
        const page = await asked(`${shown(start)} cannot be listed`, undefined, list);
        for (const { Key, Size } of page.Contents ?? []) {
          if (Key?.startsWith(prefix)) yield { name: Key.slice(prefix.length), bytes: Size ?? -1 };
        }
        if (page.NextContinuationToken === undefined) return;
        from = { ContinuationToken: page.NextContinuationToken };
      }
    },

    close: () => {
      client.destroy();
    },
  };
}

async function clientFor(
  { S3Client }: S3Sdk,
  { endpoint, region, pathStyle }: BucketSettings,
): Promise<S3Client> {
  const options: S3ClientConfig = {
    ...(endpoint !== undefined && { endpoint }),
    ...(region !== undefined && { region }),
    forcePathStyle: pathStyle ?? endpoint !== undefined,
    followRegionRedirects: true,
    requestHandler: { connectionTimeout, socketTimeout: silence },
    // We say what the content is. Checksums that we do not ask for are news to many a server.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  };
  const client = new S3Client(options);
  try {
    await client.config.region();
    return client;
  } catch {
    // Nobody says one. Amazon's tells where the bucket really is, and other servers take any.
    client.destroy();
    return new S3Client({ ...options, region: 'us-east-1' });
  }
}
