import { expect, test, vi } from 'vitest';
import { ApiFault } from '../../src/job/api-fault.ts';
import { DiskFault } from '../../src/job/disk-fault.ts';
import type { SongApi } from '../../src/job/song-api.ts';
import type { LocalFile } from '../../src/manifest/parameters.ts';
import type { UploadMemory } from '../../src/run/ports.ts';
import { createUploads } from '../../src/run/uploads.ts';

const song: LocalFile = { file: '/songs/a.mp3', sha256: 'aa', bytes: 1 };
const sameSong: LocalFile = { ...song, file: '/copies/b.mp3' };
const never = new AbortController().signal;

type Upload = SongApi['upload'];

function apiWith(upload: Upload): SongApi {
  return { upload } as Partial<SongApi> as SongApi;
}

/** Remembers as it should; `told` is what was asked of it, in order. */
function memoryOf(
  known: Record<string, string>,
  gone: readonly string[] = [],
): UploadMemory & { readonly told: string[] } {
  const urls = new Map(Object.entries(known));
  const told: string[] = [];
  return {
    told,
    reserve: (sha256) => {
      told.push(`reserve ${sha256}`);
      return Promise.resolve(() => {
        told.push('release');
      });
    },
    recall: (sha256) => urls.get(sha256),
    remember: (sha256, url) => {
      told.push(`remember ${url}`);
      urls.set(sha256, url);
    },
    isGone: (url) => {
      told.push(`look at ${url}`);
      return Promise.resolve(gone.includes(url));
    },
  };
}

test('equal songs are uploaded once, whoever asks and whenever', async () => {
  const upload = vi.fn<Upload>(() => Promise.resolve('https://x/new'));
  const urlOf = createUploads({ api: apiWith(upload) }, never, vi.fn());
  expect(await Promise.all([urlOf(song), urlOf(sameSong)])).toEqual([
    'https://x/new',
    'https://x/new',
  ]);
  expect(await urlOf(song)).toBe('https://x/new');
  expect(upload).toHaveBeenCalledOnce();
});

test('a URL that still serves its song is used, and looked at once in a run', async () => {
  const upload = vi.fn<Upload>();
  const uploads = memoryOf({ aa: 'https://x/old' });
  const urlOf = createUploads({ api: apiWith(upload), uploads }, never, vi.fn());
  expect([await urlOf(song), await urlOf(sameSong)]).toEqual(['https://x/old', 'https://x/old']);
  expect(uploads.told).toEqual(['reserve aa', 'look at https://x/old', 'release']);
  expect(upload).not.toHaveBeenCalled();
});

test('a URL that is gone is replaced, and the new one is remembered before others may look', async () => {
  const upload = vi.fn<Upload>(() => Promise.resolve('https://x/new'));
  const uploads = memoryOf({ aa: 'https://x/old' }, ['https://x/old']);
  const urlOf = createUploads({ api: apiWith(upload), uploads }, never, vi.fn());
  expect(await urlOf(song)).toBe('https://x/new');
  expect(uploads.told).toEqual([
    'reserve aa',
    'look at https://x/old',
    'remember https://x/new',
    'release',
  ]);
});

test.each(['reserve', 'recall', 'remember'] as const)(
  'a memory that fails to %s is told of once and not asked again',
  async (method) => {
    const fail = vi.fn(() => {
      throw new DiskFault('uploads.sqlite cannot be used (disk I/O error); move it away');
    });
    const uploads = { ...memoryOf({}), [method]: fail };
    const trouble = vi.fn<(message: string) => void>();
    const upload = vi.fn<Upload>(({ sha256 }) => Promise.resolve(`https://x/${sha256}`));
    const urlOf = createUploads({ api: apiWith(upload), uploads }, never, trouble);
    expect(await urlOf(song)).toBe('https://x/aa');
    expect(await urlOf({ ...song, sha256: 'bb' })).toBe('https://x/bb');
    expect(fail).toHaveBeenCalledOnce();
    expect(trouble.mock.calls).toEqual([
      [
        'uploads.sqlite cannot be used (disk I/O error); move it away; reference songs are uploaded once more',
      ],
    ]);
  },
);

test('an upload that fails is told as it is, and gives its place up', async () => {
  const fault = new ApiFault('unfit-file', 'a.mp3 has changed');
  const uploads = memoryOf({});
  const api = apiWith(() => Promise.reject(fault));
  const urlOf = createUploads({ api, uploads }, never, vi.fn());
  await expect(urlOf(song)).rejects.toBe(fault);
  expect(uploads.told).toEqual(['reserve aa', 'release']);
});

test('a bug in the memory is not taken for trouble', async () => {
  const uploads: UploadMemory = {
    ...memoryOf({}),
    recall: () => {
      throw new TypeError('a bug');
    },
  };
  const api = apiWith(() => Promise.resolve('https://x/new'));
  await expect(createUploads({ api, uploads }, never, vi.fn())(song)).rejects.toThrow('a bug');
});

test('a URL with which a task failed is looked at again, and replaced where it is gone by now', async () => {
  const upload = vi.fn<Upload>(() => Promise.resolve('https://x/new'));
  const gone: string[] = [];
  const uploads = memoryOf({ aa: 'https://x/old' }, gone);
  const urlOf = createUploads({ api: apiWith(upload), uploads }, never, vi.fn());
  expect(await urlOf(song)).toBe('https://x/old');
  expect(await urlOf(song, 'https://x/old')).toBe('https://x/old');
  gone.push('https://x/old');
  expect(
    await Promise.all([urlOf(song, 'https://x/old'), urlOf(song, 'https://x/old'), urlOf(song)]),
  ).toEqual(['https://x/new', 'https://x/new', 'https://x/new']);
  expect(upload).toHaveBeenCalledOnce();
});

test('where nobody can look, a song is not uploaded for every task that fails', async () => {
  const upload = vi.fn<Upload>(() => Promise.resolve('https://x/new'));
  const urlOf = createUploads({ api: apiWith(upload) }, never, vi.fn());
  expect(await urlOf(song)).toBe('https://x/new');
  expect(await urlOf(song, 'https://x/new')).toBe('https://x/new');
  expect(upload).toHaveBeenCalledOnce();
});
