/** A bucket in memory, as strict or as careless as servers are, and what it was asked. */
import { hash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { Bucket, Found, ObjectFacts, Put, PutWish } from '../../src/bucket/bucket.ts';
import { BucketError } from '../../src/bucket/bucket-error.ts';

export interface StoredObject {
  readonly content: Buffer;
  /** As whoever put it there says it. */
  readonly sha256?: string;
}

type Call = 'access' | 'find' | 'put' | 'part' | 'complete' | 'read' | 'list';

export interface MemoryBucket extends Bucket {
  readonly objects: Map<string, StoredObject>;
  /** Of `put` and `complete`, in order. */
  readonly puts: string[];
  /** Uploads in parts that were neither completed nor aborted. */
  readonly open: () => number;
}

export interface MemoryBucketOptions {
  /** Some servers take no notice of `If-None-Match`; some say that they do not know it. */
  readonly ifNoneMatch?: 'known' | 'ignored' | 'refused';
  /** Called before anything is done, and after what was done; what it throws is the answer. */
  readonly meddle?: (call: Call, name: string, when: 'before' | 'after') => void;
}

export function memoryBucket({
  ifNoneMatch = 'known',
  meddle = () => undefined,
}: MemoryBucketOptions = {}): MemoryBucket {
  const objects = new Map<string, StoredObject>();
  const puts: string[] = [];
  const open = new Set<symbol>();

  const doing = async <Result>(call: Call, name: string, work: () => Result): Promise<Result> => {
    await Promise.resolve();
    meddle(call, name, 'before');
    const result = work();
    meddle(call, name, 'after');
    return result;
  };
  const store = (name: string, content: Buffer, sha256: string, { unlessThere }: PutWish): Put => {
    if (unlessThere && ifNoneMatch === 'refused')
      throw new BucketError('refused', 'unknown header');
    if (unlessThere && ifNoneMatch === 'known' && objects.has(name)) return 'taken';
    if (hash('sha256', content) !== sha256) throw new BucketError('refused', 'BadDigest');
    puts.push(name);
    objects.set(name, { content: Buffer.from(content), sha256 });
    return 'put';
  };
  const found = (name: string): Found | undefined => {
    const object = objects.get(name);
    if (!object) return undefined;
    const { content, sha256 } = object;
    return { bytes: content.length, ...(sha256 !== undefined && { sha256 }) };
  };

  return {
    place: { bucket: 'songs', prefix: 'a/' },
    objects,
    puts,
    open: () => open.size,
    expectAccess: () => doing('access', '', () => undefined),
    find: (name) => doing('find', name, () => found(name)),
    put: (name, content, { sha256 }: ObjectFacts, wish) =>
      doing('put', name, () => store(name, content, sha256, wish)),
    putInParts: async (name, { sha256 }) => {
      await Promise.resolve();
      const parts: Buffer[] = [];
      const upload = Symbol(name);
      open.add(upload);
      return {
        send: (part, sum) =>
          doing('part', name, () => {
            if (!hash('sha256', part, 'buffer').equals(sum)) {
              throw new BucketError('refused', 'BadDigest');
            }
            parts.push(Buffer.from(part));
          }),
        complete: (wish) =>
          doing('complete', name, () => {
            const put = store(name, Buffer.concat(parts), sha256, wish);
            if (put === 'put') open.delete(upload);
            return put;
          }),
        abort: async () => {
          await Promise.resolve();
          open.delete(upload);
        },
      };
    },
    read: (name, range) =>
      doing('read', name, () => {
        const object = objects.get(name);
        if (!object) return undefined;
        const { start = 0, end = Infinity } = range ?? {};
        return Readable.from([object.content.subarray(start, end + 1)]);
      }),
    async *list(start) {
      await doing('list', start, () => undefined);
      for (const [name, { content }] of objects) {
        if (name.startsWith(start)) yield { name, bytes: content.length };
      }
    },
    close: () => undefined,
  };
}
