/** The world of `test/cli/rig.ts`, whose songs go to a bucket of their own, and a look into that. */
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { randomUUID } from 'node:crypto';
import { globSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { startMeddler, type Intervention } from '../../cli/meddler.ts';
import { createWorld, manifestText, type World, type WorldOptions } from '../../cli/rig.ts';
import type { S3Server } from './ceph.ts';

export interface BucketWorld extends World {
  readonly bucket: string;
  /** Keys and sizes of all that is there. */
  readonly objects: () => Promise<ReadonlyMap<string, number>>;
  readonly content: (key: string) => Promise<Buffer>;
  readonly metadata: (key: string) => Promise<Readonly<Record<string, string>>>;
  readonly put: (key: string, content: string) => Promise<void>;
  readonly remove: (key: string) => Promise<void>;
  /** Uploads in parts that were neither completed nor aborted. */
  readonly openUploads: () => Promise<number>;
  /** Puts all that is there into a folder of this machine, and gives that. */
  readonly download: (prefix: string) => Promise<string>;
  /** Songs that are on this machine. */
  readonly localSongs: () => readonly string[];
}

export interface BucketWorldOptions extends WorldOptions {
  /** Comes between the CLI and the bucket. */
  readonly meddleWithBucket?: Intervention;
}

export async function createBucketWorld(
  { url, accessKey, secretKey }: S3Server,
  { meddleWithBucket, environment, ...options }: BucketWorldOptions = {},
): Promise<BucketWorld> {
  const between = meddleWithBucket && (await startMeddler(url, meddleWithBucket, { songs: true }));
  const credentials = { accessKeyId: accessKey, secretAccessKey: secretKey };
  const client = new S3Client({
    endpoint: url,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials,
  });
  const Bucket = `songs-${randomUUID()}`;
  await client.send(new CreateBucketCommand({ Bucket }));
  const world = await createWorld({
    ...options,
    environment: {
      AWS_ACCESS_KEY_ID: accessKey,
      AWS_SECRET_ACCESS_KEY: secretKey,
      AWS_ENDPOINT_URL_S3: between ? new URL(between.url).origin : url,
      AWS_EC2_METADATA_DISABLED: 'true',
      ...environment,
    },
  });
  onTestFinished(async () => {
    await between?.close();
    client.destroy();
  });

  const objects = async () => {
    const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket }));
    return new Map(Contents.map(({ Key = '', Size = -1 }) => [Key, Size]));
  };
  const content = async (Key: string) => {
    const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
    return Buffer.from((await Body?.transformToByteArray()) ?? []);
  };
  return {
    ...world,
    bucket: Bucket,
    objects,
    content,
    metadata: async (Key) =>
      (await client.send(new HeadObjectCommand({ Bucket, Key }))).Metadata ?? {},
    put: async (Key, Body) => {
      await client.send(new PutObjectCommand({ Bucket, Key, Body }));
    },
    remove: async (Key) => {
      await client.send(new DeleteObjectCommand({ Bucket, Key }));
    },
    openUploads: async () =>
      (await client.send(new ListMultipartUploadsCommand({ Bucket }))).Uploads?.length ?? 0,
    download: async (prefix) => {
      const folder = join(world.folder, 'downloaded');
      for (const key of (await objects()).keys()) {
        if (!key.startsWith(prefix)) continue;
        const file = join(folder, key.slice(prefix.length));
        mkdirSync(dirname(file), { recursive: true });
        writeFileSync(file, await content(key));
      }
      return folder;
    },
    localSongs: () => globSync('.songbatch/*/waiting/**/*.*', { cwd: world.folder }).sort(),
  };
}

/** As `manifestText`, with songs that go to a bucket. */
export function bucketManifest(
  { bucket }: Pick<BucketWorld, 'bucket'>,
  choice: Parameters<typeof manifestText>[0] = {},
): string {
  return manifestText(choice).replace('dir: out', `dir: "s3://${bucket}/night/1"`);
}

/** What a song is called in the bucket, if its job is called so. */
export function keyOf(name: string): string {
  return `night/1/${name}.wav`;
}
