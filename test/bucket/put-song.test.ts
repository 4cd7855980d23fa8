/** A song in a bucket has a name of its own, and is whole. */
import { hash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import fc from '../fast-check.ts';
import { BucketError } from '../../src/bucket/bucket-error.ts';
import { partSize, putSong, type LocalSong } from '../../src/bucket/put-song.ts';
import { memoryBucket, type MemoryBucket } from './memory-bucket.ts';

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'songbatch-bucket-'));
});
afterAll(() => {
  rmSync(dir, { recursive: true });
});

const names = ['vocal/1.mp3', 'vocal/1~0b7e1f3a.mp3'];
const { signal } = new AbortController();

function song(content: Buffer, file = 'song.mp3'): LocalSong {
  const path = join(dir, file);
  writeFileSync(path, content);
  const sha256 = hash('sha256', content);
  return { path, bytes: content.length, sha256, mediaType: 'audio/mpeg' };
}

const small = Buffer.from('la la la');
/** Two whole parts and a bit. */
const large = Buffer.alloc(2 * partSize + 3, 'do re mi ');

const servers = ['known', 'ignored'] as const;

function put(bucket: MemoryBucket, one: LocalSong, ifNoneMatch: (typeof servers)[number]) {
  return putSong(bucket, one, { names, knowsIfNoneMatch: ifNoneMatch === 'known' }, signal);
}

describe.each(servers)('where If-None-Match is %s', (ifNoneMatch) => {
  test.each([
    ['small', small],
    ['large', large],
    ['just as large as a part', Buffer.alloc(partSize, 'x')],
    ['empty', Buffer.alloc(0)],
  ])('a song that is %s is there, byte for byte', async (_, content) => {
    const bucket = memoryBucket({ ifNoneMatch });
    expect(await put(bucket, song(content), ifNoneMatch)).toBe(names[0]);
    expect(bucket.objects.get('vocal/1.mp3')?.content.equals(content)).toBe(true);
    expect(bucket.open()).toBe(0);
  });

  test.each([small, large])('takes no name that something else has', async (content) => {
    const bucket = memoryBucket({ ifNoneMatch });
    const mine = { content: Buffer.from('mine') };
    bucket.objects.set('vocal/1.mp3', mine);
    expect(await put(bucket, song(content), ifNoneMatch)).toBe(names[1]);
    expect(bucket.objects.get('vocal/1.mp3')).toBe(mine);
    expect(bucket.objects.get(names[1] ?? '')?.content.equals(content)).toBe(true);
  });

  test('leaves both as they are where both are taken, and says so', async () => {
    const bucket = memoryBucket({ ifNoneMatch });
    const mine = { content: small };
    for (const name of names) bucket.objects.set(name, mine);
    await expect(put(bucket, song(small), ifNoneMatch)).rejects.toThrow(
      /in the way under its name, s3:\/\/songs\/a\/vocal\/1\.mp3, and under .*~0b7e1f3a\.mp3; move/,
    );
    expect(bucket.puts).toEqual([]);
  });

  test.each([small, large])('a song that is there already is not sent again', async (content) => {
    const bucket = memoryBucket({ ifNoneMatch });
    for (let run = 1; run <= 3; run++) {
      expect(await put(bucket, song(content), ifNoneMatch)).toBe(names[0]);
    }
    expect(bucket.puts).toEqual([names[0]]);
  });
});

test.each([small, large])(
  'a file that has changed on the disk is not put there',
  async (content) => {
    const bucket = memoryBucket();
    const one = song(content);
    writeFileSync(one.path, Buffer.alloc(content.length, 'noise'));
    await expect(put(bucket, one, 'known')).rejects.toMatchObject({ kind: 'altered' });
    rmSync(one.path);
    await expect(put(bucket, one, 'known')).rejects.toMatchObject({ kind: 'altered' });
    expect([...bucket.objects.keys()]).toEqual([]);
    expect(bucket.open()).toBe(0);
  },
);

test('wherever it is cut off, the next try ends with one whole song and nothing half done', async () => {
  const content = large.subarray(0, partSize + 3);
  const one = song(content, 'cut.mp3');
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.nat(8), fc.constantFrom('before', 'after')), { maxLength: 4 }),
      fc.constantFrom(...servers),
      async (cuts, ifNoneMatch) => {
        let calls = 0;
        let [cut, ...others] = cuts;
        const bucket = memoryBucket({
          ifNoneMatch,
          meddle: (_call, _name, when) => {
            if (when === 'before') calls++;
            if (cut?.[0] !== calls || cut[1] !== when) return;
            [cut, ...others] = others;
            calls = 0;
            throw new BucketError('unreachable', 'the line is dead');
          },
        });
        for (let tries = 0; tries <= cuts.length; tries++) {
          calls = 0;
          const name = await put(bucket, one, ifNoneMatch).catch((error: unknown) => {
            if (!(error instanceof BucketError)) throw error;
          });
          if (name === undefined) continue;
          expect(name).toBe(names[0]);
          break;
        }
        expect([...bucket.objects.keys()]).toEqual([names[0]]);
        expect(bucket.objects.get('vocal/1.mp3')?.content.equals(content)).toBe(true);
        expect(bucket.open()).toBe(0);
      },
    ),
    { numRuns: 15 },
  );
});
