/** A large object, sent part after part. What is not completed is no object, and takes room until it is aborted. */
import type { CompletedPart } from '@aws-sdk/client-s3';
import type { ObjectFacts, PartedUpload } from './bucket.ts';
import { BucketError } from './bucket-error.ts';
import { asked, by, putOrTaken, type S3Line } from './s3-line.ts';

export async function beginParts(
  { s3, client, keyOf, shown }: S3Line,
  name: string,
  { mediaType: ContentType, sha256 }: ObjectFacts,
  signal: AbortSignal | undefined,
): Promise<PartedUpload> {
  const doing = `${shown(name)} cannot be written`;
  const { UploadId } = await asked(doing, signal, () => {
    const facts = { ContentType, Metadata: { sha256 }, ChecksumAlgorithm: 'SHA256' } as const;
    const order = { ...keyOf(name), ...facts };
    return client.send(new s3.CreateMultipartUploadCommand(order), by(signal));
  });
  if (UploadId === undefined) throw new BucketError('refused', `${doing}: the upload has no id`);
  const upload = { ...keyOf(name), UploadId };
  const parts: CompletedPart[] = [];

  return {
    send: (part, sum) =>
      asked(doing, signal, async () => {
        const PartNumber = parts.length + 1;
        const ChecksumSHA256 = sum.toString('base64');
        const order = { ...upload, PartNumber, Body: part, ChecksumSHA256 };
        const { ETag } = await client.send(new s3.UploadPartCommand(order), by(signal));
        parts.push({ PartNumber, ChecksumSHA256, ...(ETag !== undefined && { ETag }) });
      }),
    complete: ({ unlessThere }) =>
      asked(doing, signal, () => {
        const wish = unlessThere ? { IfNoneMatch: '*' } : {};
        const order = { ...upload, MultipartUpload: { Parts: parts }, ...wish };
        return putOrTaken(unlessThere, () =>
          client.send(new s3.CompleteMultipartUploadCommand(order), by(signal)),
        );
      }),
    abort: async () => {
      await client.send(new s3.AbortMultipartUploadCommand(upload)).catch(() => undefined);
    },
  };
}
