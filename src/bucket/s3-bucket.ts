/**
 * A bucket through the official SDK, which finds credentials and region by its own chain. What is sent is in
 * memory, a part of a song at a time, so that the SDK can send it once more where the server said "later".
 */
import type * as sdk from '@aws-sdk/client-s3';
import type { Readable } from 'node:stream';
import type { S3Place } from '../manifest/s3-place.ts';
import type { Bucket, Put } from './bucket.ts';
import { bucketError, BucketError, statusOf } from './bucket-error.ts';

/** `@aws-sdk/client-s3`, which is loaded only where there is a bucket. */
export type S3Sdk = typeof sdk;

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
  const { bucket: Bucket, prefix } = place;
  const client = await clientFor(s3, settings);
  const keyOf = (name: string) => ({ Bucket, Key: prefix + name });
  const shown = (name: string) => `s3://${Bucket}/${prefix}${name}`;
  const by = (signal: AbortSignal | undefined) => (signal ? { abortSignal: signal } : {});

  /** What is thrown for another reason than the bucket's is left as it is. */
  const asked = async <Answer>(
    doing: string,
    ask: () => Promise<Answer>,
    signal?: AbortSignal,
  ): Promise<Answer> => {
    try {
      return await ask();
    } catch (error) {
      signal?.throwIfAborted();
      throw bucketError(error, doing);
    }
  };

  return {
    place,

    // The answer to a HEAD would not say why not.
    expectAccess: async () => {
      const order = { Bucket, Prefix: prefix, MaxKeys: 1 };
      const list = () => client.send(new s3.ListObjectsV2Command(order));
      await asked(`s3://${Bucket} cannot be used`, list);
    },

    find: (name, signal) =>
      asked(
        `${shown(name)} cannot be looked for`,
        async () => {
          try {
            const found = await client.send(
              new s3.HeadObjectCommand({ ...keyOf(name), ChecksumMode: 'ENABLED' }),
              by(signal),
            );
            const { ContentLength: bytes, Metadata: said, ChecksumSHA256: sum } = found;
            // Of an object that came in parts it is a sum of sums.
            const whole = sum?.includes('-') ? undefined : hexOf(sum);
            const ours = said?.['sha256'];
            const sha256 = ours ?? whole;
            return {
              bytes: bytes ?? -1,
              ...(sha256 !== undefined && { sha256 }),
              isOurs: ours !== undefined,
            };
          } catch (error) {
            if (statusOf(error) === 404) return undefined;
            throw error;
          }
        },
        signal,
      ),

    put: (name, content, { mediaType, sha256 }, { unlessThere }, signal) =>
      asked(
        `${shown(name)} cannot be written`,
        () =>
          putOrTaken(unlessThere, () =>
            client.send(
              new s3.PutObjectCommand({
                ...keyOf(name),
                Body: content,
                ContentType: mediaType,
                Metadata: { sha256 },
                ChecksumSHA256: Buffer.from(sha256, 'hex').toString('base64'),
                ...(unlessThere && { IfNoneMatch: '*' }),
              }),
              by(signal),
            ),
          ),
        signal,
      ),

    putInParts: (name, { mediaType, sha256 }, signal) =>
      asked(
        `${shown(name)} cannot be written`,
        async () => {
          const { UploadId } = await client.send(
            new s3.CreateMultipartUploadCommand({
              ...keyOf(name),
              ContentType: mediaType,
              Metadata: { sha256 },
              ChecksumAlgorithm: 'SHA256',
            }),
            by(signal),
          );
          if (UploadId === undefined) throw new BucketError('refused', 'the upload has no id');
          const upload = { ...keyOf(name), UploadId };
          const parts: sdk.CompletedPart[] = [];
          return {
            send: (part, sum) =>
              asked(
                `${shown(name)} cannot be written`,
                async () => {
                  const PartNumber = parts.length + 1;
                  const ChecksumSHA256 = sum.toString('base64');
                  const { ETag } = await client.send(
                    new s3.UploadPartCommand({ ...upload, PartNumber, Body: part, ChecksumSHA256 }),
                    by(signal),
                  );
                  parts.push({ PartNumber, ChecksumSHA256, ...(ETag !== undefined && { ETag }) });
                },
                signal,
              ),
            complete: ({ unlessThere }) =>
              asked(
                `${shown(name)} cannot be written`,
                () =>
                  putOrTaken(unlessThere, () =>
                    client.send(
                      new s3.CompleteMultipartUploadCommand({
                        ...upload,
                        MultipartUpload: { Parts: parts },
                        ...(unlessThere && { IfNoneMatch: '*' }),
                      }),
                      by(signal),
                    ),
                  ),
                signal,
              ),
            abort: async () => {
              await client.send(new s3.AbortMultipartUploadCommand(upload)).catch(() => undefined);
            },
          };
        },
        signal,
      ),

    read: (name, range, signal) =>
      asked(
        `${shown(name)} cannot be read`,
        async () => {
          try {
            const { Body } = await client.send(
              new s3.GetObjectCommand({
                ...keyOf(name),
                ...(range && { Range: `bytes=${range.start}-${range.end}` }),
              }),
              by(signal),
            );
            return Body as Readable | undefined;
          } catch (error) {
            if (statusOf(error) === 404) return undefined;
            throw error;
          }
        },
        signal,
      ),

    async *list(start) {
      let token: string | undefined;
      do {
        const from = token;
        const page = await asked(`${shown(start)} cannot be listed`, () =>
          client.send(
            new s3.ListObjectsV2Command({
              Bucket,
              Prefix: prefix + start,
              ...(from !== undefined && { ContinuationToken: from }),
            }),
          ),
        );
        for (const { Key, Size } of page.Contents ?? []) {
          if (Key?.startsWith(prefix)) yield { name: Key.slice(prefix.length), bytes: Size ?? -1 };
        }
        token = page.IsTruncated ? page.NextContinuationToken : undefined;
      } while (token !== undefined);
    },

    close: () => {
      client.destroy();
    },
  };
}

async function clientFor(
  { S3Client }: S3Sdk,
  { endpoint, region, pathStyle }: BucketSettings,
): Promise<sdk.S3Client> {
  const options: sdk.S3ClientConfig = {
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

async function putOrTaken(unlessThere: boolean, put: () => Promise<unknown>): Promise<Put> {
  try {
    await put();
    return 'put';
  } catch (error) {
    if (unlessThere && statusOf(error) === 412) return 'taken';
    throw error;
  }
}

function hexOf(base64: string | undefined): string | undefined {
  return base64 === undefined ? undefined : Buffer.from(base64, 'base64').toString('hex');
}
