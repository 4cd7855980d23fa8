import { appendFileSync, statSync } from 'node:fs';
import { link, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createDownloader, type Downloaded } from '../../src/outputs/download.ts';
import { moveToFree } from '../../src/outputs/final-name.ts';
import { prepareFolder } from '../../src/outputs/folders.ts';
import { serve, songServer, type Behaviour } from './song-server.ts';
import { mp3, sha256 } from './songs.ts';

const id = 'aaaaaaaa000000000000000000000000';
const otherId = 'bbbbbbbb000000000000000000000000';
const content = mp3(100_000);
const otherContent = mp3(100_000).fill(7, 100);

let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'songbatch-names-'));
});

afterEach(async () => {
  await rm(dir, { recursive: true, force: true });
});

async function download(behaviour: Behaviour, of = id, name = 'song'): Promise<Downloaded> {
  await using server = await songServer(behaviour);
  const downloader = createDownloader({ pause: () => Promise.resolve() });
  try {
    return await downloader.fetch({ name: '', url: server.url }, { dir, name, id: of });
  } finally {
    await downloader.close();
  }
}

function saved(path: string, bytes: Buffer): object {
  return { kind: 'saved', file: { path, bytes: bytes.length, sha256: sha256(bytes) } };
}

/** What lies in the folder, by name. */
async function found(): Promise<Record<string, string>> {
  const names = (await readdir(dir)).sort();
  const texts = names.map(async (name) => [name, sha256(await readFile(join(dir, name)))]);
  return Object.fromEntries((await Promise.all(texts)) as [string, string][]);
}

test('two jobs of one name are both kept, each under a name of its own', async () => {
  expect(await download(serve({ content }))).toMatchObject(saved('song.mp3', content));
  expect(await download(serve({ content: otherContent }), otherId)).toMatchObject(
    saved('song~bbbbbbbb.mp3', otherContent),
  );
  expect(await found()).toEqual({
    'song.mp3': sha256(content),
    'song~bbbbbbbb.mp3': sha256(otherContent),
  });
});

test('two jobs of one name at the same time do not write into one file', async () => {
  let waiting: (() => void)[] = [];
  const together =
    (bytes: Buffer): Behaviour =>
    (response, request) => {
      response.writeHead(200, { 'content-length': bytes.length }).write(bytes.subarray(0, 50_000));
      waiting.push(() => response.end(bytes.subarray(50_000)));
      if (waiting.length < 2) return;
      const both = waiting;
      waiting = [];
      for (const finish of both) finish();
      request.resume();
    };
  const [one, other] = await Promise.all([
    download(together(content)),
    download(together(otherContent), otherId),
  ]);
  const sums = Object.values(await found()).sort();
  expect(sums).toEqual([sha256(content), sha256(otherContent)].sort());
  for (const outcome of [one, other]) {
    if (outcome.kind !== 'saved') throw new Error(outcome.message);
    expect(sha256(await readFile(join(dir, outcome.file.path)))).toBe(outcome.file.sha256);
  }
});

test('a song that is there already is kept, and not written twice', async () => {
  await writeFile(join(dir, 'song.mp3'), content);
  expect(await download(serve({ content }))).toMatchObject(saved('song.mp3', content));
  expect(await found()).toEqual({ 'song.mp3': sha256(content) });
});

test.each<[what: string, make: (path: string) => Promise<unknown>]>([
  ['a file of the same size', (path) => writeFile(path, otherContent)],
  ['an empty file', (path) => writeFile(path, '')],
  ['a folder', (path) => mkdir(path)],
  ['a symlink that leads nowhere', (path) => symlink('nowhere', path)],
])('%s under its name stays as it is', async (_what, make) => {
  await make(join(dir, 'song.mp3'));
  const before = await readdir(dir, { withFileTypes: true });
  const outcome = await download(serve({ content }));
  expect(outcome).toMatchObject(saved('song~aaaaaaaa.mp3', content));
  const after = await readdir(dir, { withFileTypes: true });
  expect(after.filter(({ name }) => name === 'song.mp3')).toEqual(before);
  expect(after).toHaveLength(2);
});

test('where both names are taken it says so, and overwrites neither', async () => {
  await writeFile(join(dir, 'song.mp3'), 'mine');
  await writeFile(join(dir, 'song~aaaaaaaa.mp3'), 'mine as well');
  await expect(download(serve({ content }))).rejects.toThrow(
    /cannot save .*in the way.*song\.mp3.*song~aaaaaaaa\.mp3; move one of them away/,
  );
  expect(await found()).toMatchObject({
    'song.mp3': sha256(Buffer.from('mine')),
    'song~aaaaaaaa.mp3': sha256(Buffer.from('mine as well')),
  });
});

test('after a crash between its two names, the song is not written to', async () => {
  await writeFile(join(dir, 'song.mp3'), content);
  await link(join(dir, 'song.mp3'), join(dir, 'song~aaaaaaaa.part'));
  const seen: string[] = [];
  const outcome = await download((response) => {
    response.writeHead(200, { 'content-length': content.length });
    response.write(content.subarray(0, 10), () => {
      void readFile(join(dir, 'song.mp3')).then((bytes) => {
        seen.push(sha256(bytes));
        response.end(content.subarray(10));
      });
    });
  });
  expect(seen).toEqual([sha256(content)]);
  expect(outcome).toMatchObject(saved('song.mp3', content));
  expect(await found()).toEqual({ 'song.mp3': sha256(content) });
});

test.each<[when: string, finish: (response: ServerResponse) => void]>([
  ['that comes to its end', (response) => response.end(content.subarray(10))],
  ['that breaks off', (response) => response.destroy()],
])(
  'a part %s and that somebody else wrote to is neither a song nor gone on from',
  async (_when, finish) => {
    const part = join(dir, 'song~aaaaaaaa.part');
    const meddled: Behaviour = (response) => {
      response.writeHead(200, { 'content-length': content.length, etag: '"v1"' });
      response.write(content.subarray(0, 10));
      const meddle = () => {
        if ((statSync(part, { throwIfNoEntry: false })?.size ?? 0) < 10) {
          setTimeout(meddle, 2);
          return;
        }
        appendFileSync(part, 'somebody else');
        finish(response);
      };
      meddle();
    };
    await expect(download(meddled)).rejects.toThrow(/had \d+ bytes, \d+ were written/);
    expect(await found()).toEqual({});
    expect(await download(serve({ content }))).toMatchObject(saved('song.mp3', content));
  },
);

const noLinks = () => {
  throw Object.assign(new Error('no links here'), { code: 'EPERM', syscall: 'link' });
};

test('without hard links a song gets its name all the same', async () => {
  await writeFile(join(dir, 'a.part'), 'song');
  expect(await moveToFree(join(dir, 'a.part'), join(dir, 'a.mp3'), noLinks)).toBe(true);
  expect(await found()).toEqual({ 'a.mp3': sha256(Buffer.from('song')) });
});

test('without hard links, too, nothing is overwritten', async () => {
  await writeFile(join(dir, 'a.part'), 'song');
  await writeFile(join(dir, 'a.mp3'), 'mine');
  expect(await moveToFree(join(dir, 'a.part'), join(dir, 'a.mp3'), noLinks)).toBe(false);
  expect(await readFile(join(dir, 'a.mp3'), 'utf8')).toBe('mine');
  expect(await readdir(dir)).toEqual(['a.mp3', 'a.part']);
});

test('the output folder is made, and left empty', async () => {
  await prepareFolder(join(dir, 'deep/er'));
  await prepareFolder(join(dir, 'deep/er'));
  expect(await readdir(join(dir, 'deep/er'))).toEqual([]);
});

test('an output folder that cannot be is refused', async () => {
  await writeFile(join(dir, 'file'), '');
  await expect(prepareFolder(join(dir, 'file'))).rejects.toThrow(/in the way \(ENOTDIR\)/);
  await expect(prepareFolder(join(dir, 'file/below'))).rejects.toThrow(/in the way \(ENOTDIR\)/);
  await symlink('nowhere', join(dir, 'dangling'));
  await expect(prepareFolder(join(dir, 'dangling'))).rejects.toThrow(/cannot be made there/);
});
