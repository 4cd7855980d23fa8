/** Two processes bring home one song: one was stopped in the middle, and goes on when the other is through. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createDownloader, type Downloader } from '../../src/outputs/download.ts';
import { removeParts } from '../../src/outputs/shared-parts.ts';
import { serve, songServer, type Behaviour } from './song-server.ts';
import { mp3, sha256 } from './songs.ts';

const song = { content: mp3(400_000), etag: '"v1"' };
const target = { name: 'fade/song', id: '0123456789abcdef0123456789abcdef' };

function folder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'songbatch-parts-'));
  onTestFinished(() => {
    rmSync(dir, { recursive: true, force: true });
  });
  return dir;
}

function process(name: string): Downloader {
  const downloader = createDownloader({ partsOf: name, pause: () => Promise.resolve() });
  onTestFinished(downloader.close);
  return downloader;
}

test('each writes to a part of its own, and both find the song whole', async () => {
  const dir = folder();
  const rest = Promise.withResolvers<undefined>();
  const half = Promise.withResolvers<undefined>();
  const stopped: Behaviour = (response) => {
    response.writeHead(200, { 'content-length': song.content.length, etag: song.etag });
    response.write(song.content.subarray(0, 200_000));
    half.resolve(undefined);
    void rest.promise.then(() => response.end(song.content.subarray(200_000)));
  };
  await using server = await songServer(stopped, serve(song), serve(song));
  const output = { name: 'theirs.mp3', url: server.url };

  const first = process('a').fetch(output, { dir, ...target });
  await half.promise;
  const second = await process('b').fetch(output, { dir, ...target });
  await removeParts(dir, target.name, target.id);
  rest.resolve(undefined);

  expect(second).toMatchObject({
    kind: 'saved',
    file: { path: 'fade/song.mp3', sha256: sha256(song.content) },
  });
  await expect(first).rejects.toThrow(/was removed meanwhile/);
  expect(readdirSync(join(dir, 'fade'))).toEqual(['song.mp3']);
  expect(readFileSync(join(dir, 'fade/song.mp3')).equals(song.content)).toBe(true);
  // When it tries again, it finds the song there.
  expect(await process('a').fetch(output, { dir, ...target })).toEqual(second);
  expect(readdirSync(join(dir, 'fade'))).toEqual(['song.mp3']);
});

test('only parts of the job are taken away', async () => {
  const dir = folder();
  await using server = await songServer(serve(song));
  await process('a').fetch({ name: 'theirs.mp3', url: server.url }, { dir, ...target });
  const others = ['.0123456789abcdee-a.part', '.0123456789abcdef.part', 'song.part'];
  const left = ['.0123456789abcdef-b.part', '.0123456789abcdef-b.part.json'];
  for (const name of [...others, ...left]) writeFileSync(join(dir, 'fade', name), '');

  await removeParts(dir, target.name, target.id);

  expect(readdirSync(join(dir, 'fade')).sort()).toEqual([...others, 'song.mp3'].sort());
});
