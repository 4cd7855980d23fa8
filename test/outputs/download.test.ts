import { execFileSync, spawn } from 'node:child_process';
import {
  access,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest';
import type { RemoteOutput } from '../../src/job/task.ts';
import {
  createDownloader,
  type Downloaded,
  type DownloaderOptions,
} from '../../src/outputs/download.ts';
import { onDisk, OutputError } from '../../src/outputs/output-error.ts';
import { serve, serveSome, serveWhole, songServer, status, type Behaviour } from './song-server.ts';
import { mp3, sha256, wav } from './songs.ts';

const content = mp3(400_000);
const song = { content, etag: '"v1"' };

const id = '0123456789abcdef0123456789abcdef';

let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'songbatch-outputs-'));
});

afterEach(async () => {
  await rm(dir, { recursive: true, force: true });
});

async function download(
  output: Partial<RemoteOutput> & { url: string },
  name = 'song',
  options: DownloaderOptions = {},
  signal?: AbortSignal,
): Promise<Downloaded> {
  const downloader = createDownloader({ pause: () => Promise.resolve(), ...options });
  try {
    return await downloader.fetch({ name: 'theirs.mp3', ...output }, { dir, name, id }, signal);
  } finally {
    await downloader.close();
  }
}

/** Where an unfinished song lies. */
function part(): string {
  return join(dir, 'song~01234567.part');
}

/** Every file below the folder. */
async function files(): Promise<string[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(dir.length + 1))
    .sort();
}

async function expectSaved(outcome: Downloaded, name = 'song.mp3'): Promise<void> {
  expect(outcome).toEqual({
    kind: 'saved',
    file: {
      path: name,
      bytes: content.length,
      sha256: sha256(content),
      mediaType: 'audio/mpeg',
    },
  });
  expect((await readFile(join(dir, name))).equals(content)).toBe(true);
}

test('saves a whole song under its name, and nothing else', async () => {
  await using server = await songServer(serve(song));
  await expectSaved(await download({ url: server.url, bytes: content.length }));
  expect(await files()).toEqual(['song.mp3']);
  expect(server.seen).toHaveLength(1);
});

test('makes the folders of a name', async () => {
  await using server = await songServer(serve(song));
  await expectSaved(await download({ url: server.url }, 'fade/deep/a_s1'), 'fade/deep/a_s1.mp3');
  expect(await files()).toEqual(['fade/deep/a_s1.mp3']);
});

test('goes on where a broken download ended', async () => {
  await using server = await songServer(
    serveSome(song, 150_000, part()),
    serveSome(song, 100_000, part()),
    serve(song),
  );
  await expectSaved(await download({ url: server.url, bytes: content.length }));
  expect(server.seen.map(({ headers }) => headers.range)).toEqual([
    undefined,
    'bytes=150000-',
    'bytes=250000-',
  ]);
  expect(server.seen[1]?.headers['if-range']).toBe('"v1"');
  expect(await files()).toEqual(['song.mp3']);
});

test('goes on where an earlier process ended, and does not trust more than was noted', async () => {
  await using server = await songServer(serveSome(song, 200_000, part()), status(503));
  await expect(download({ url: server.url })).rejects.toThrow(OutputError);
  expect(await files()).toEqual(['song~01234567.part', 'song~01234567.part.json']);

  // As after a power cut: longer than what was certainly on the disk, and not the song.
  await writeFile(join(dir, 'song~01234567.part'), Buffer.alloc(50_000), { flag: 'a' });
  await using sound = await songServer(serve(song));
  const note = JSON.parse(await readFile(join(dir, 'song~01234567.part.json'), 'utf8')) as object;
  await writeFile(
    join(dir, 'song~01234567.part.json'),
    JSON.stringify({ ...note, url: sound.url }),
  );
  await expectSaved(await download({ url: sound.url }));
  expect(sound.seen[0]?.headers.range).toBe('bytes=200000-');
  expect(await files()).toEqual(['song.mp3']);
});

test.each([
  ['from another URL', '{"url":"http://other/","etag":"\\"v1\\"","bytes":4}'],
  ['with a torn note', '{"url":"http://127.0.0.1'],
  ['with a note of more than there is', '{"url":"URL","etag":"\\"v1\\"","bytes":999}'],
])('starts over on a part %s', async (_name, note) => {
  await using server = await songServer(serve(song));
  await writeFile(join(dir, 'song~01234567.part'), 'junk');
  await writeFile(join(dir, 'song~01234567.part.json'), note.replace('URL', server.url));
  await expectSaved(await download({ url: server.url }));
  expect(server.seen[0]?.headers).not.toHaveProperty('range');
  expect(await files()).toEqual(['song.mp3']);
});

test('writes no note through a symlink, and does not wait for whoever reads a pipe', async () => {
  await using server = await songServer(serveSome(song, 200_000, part()));
  const mine = join(dir, 'mine.txt');
  await writeFile(mine, 'mine');
  await symlink(mine, `${part()}.json`);
  await expect(download({ url: server.url })).rejects.toThrow('something else is in the way');
  expect(await readFile(mine, 'utf8')).toBe('mine');

  await rm(part());
  await rm(`${part()}.json`);
  execFileSync('mkfifo', [`${part()}.json`]);
  // Where it is waited for, nothing else goes on either, and no test would ever end.
  const reader = spawn('sh', ['-c', 'sleep 5; exec cat "$0"', `${part()}.json`]);
  onTestFinished(() => {
    reader.kill();
  });
  await using other = await songServer(serveSome(song, 200_000, part()));
  await expect(download({ url: other.url })).rejects.toThrow('something else is in the way');
});

test('starts over on a part without a note', async () => {
  await using server = await songServer(serve(song));
  await writeFile(join(dir, 'song~01234567.part'), 'junk');
  await expectSaved(await download({ url: server.url }));
});

test('starts over when the server sends the whole in spite of a range', async () => {
  const etag = { etag: '"v1"' };
  await using server = await songServer(serveSome(song, 150_000, part()), serveWhole(song, etag));
  await expectSaved(await download({ url: server.url }));
  expect(server.seen[1]?.headers.range).toBe('bytes=150000-');
});

test('starts over when the file on the server is another one now', async () => {
  const old = { content: mp3(300_000).fill(7, 100), etag: '"v0"' };
  await using server = await songServer(serveSome(old, 150_000, part()), serve(song));
  await expectSaved(await download({ url: server.url }));
  expect(server.seen).toHaveLength(2);
});

test('does not glue together what a careless server sends of another file', async () => {
  const careless: Behaviour = (response) => {
    response.writeHead(206, {
      etag: '"v2"',
      'content-range': `bytes 150000-399999/400000`,
      'content-length': 250_000,
    });
    response.end(Buffer.alloc(250_000));
  };
  await using server = await songServer(serveSome(song, 150_000, part()), careless, serve(song));
  await expectSaved(await download({ url: server.url }));
  expect(server.seen[2]?.headers).not.toHaveProperty('range');
});

test('goes on when a server sends less than was asked for', async () => {
  const stingy: Behaviour = (response, { headers }) => {
    const start = Number(/\d+/.exec(headers.range ?? '')?.[0]);
    const piece = content.subarray(start, start + 100_000);
    response.writeHead(206, {
      etag: '"v1"',
      'content-range': `bytes ${start}-${start + piece.length - 1}/${content.length}`,
      'content-length': piece.length,
    });
    response.end(piece);
  };
  await using server = await songServer(serveSome(song, 150_000, part()), stingy);
  await expectSaved(await download({ url: server.url }));
  expect(server.seen.at(-1)?.headers.range).toBe('bytes=350000-');
});

test('starts over when the server cannot go on there', async () => {
  await using server = await songServer(serveSome(song, 150_000, part()), status(416), serve(song));
  await expectSaved(await download({ url: server.url }));
});

test.each([
  ['weak', 'W/"v1"'],
  ['missing', undefined],
] as const)('never goes on where the ETag is %s', async (_name, etag) => {
  const unsure = { content, ...(etag !== undefined && { etag }) };
  await using server = await songServer(serveSome(unsure, 150_000, part()), serve(unsure));
  await expectSaved(await download({ url: server.url }));
  expect(server.seen[1]?.headers).not.toHaveProperty('range');
});

test('tries again after server errors and broken connections', async () => {
  const hangUp: Behaviour = (response) => response.destroy();
  const pauses: number[] = [];
  await using server = await songServer(status(500), status(429), hangUp, serve(song));
  const outcome = await download({ url: server.url }, 'song', {
    pause: (failures) => {
      pauses.push(failures);
      return Promise.resolve();
    },
  });
  await expectSaved(outcome);
  expect(pauses).toEqual([1, 2, 3]);
});

test('does not write a song off because its server is down', async () => {
  await using server = await songServer(status(503));
  const error: unknown = await download({ url: server.url }).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(OutputError);
  expect(error).toMatchObject({ kind: 'unreachable' });
  expect(String(error)).toMatch(/127\.0\.0\.1:\d+ \(6 tries\): HTTP 503$/);
  expect(server.seen).toHaveLength(6);
});

test.each([404, 410, 403])('asks for another URL at once after HTTP %i', async (code) => {
  await using server = await songServer(status(code));
  expect(await download({ url: server.url })).toEqual({ kind: 'gone', message: `HTTP ${code}` });
  expect(server.seen).toHaveLength(1);
  expect(await files()).not.toContain('song.bin');
});

test('never names a file that is shorter than the server said', async () => {
  await using server = await songServer((response) => {
    response.writeHead(200, { 'content-length': content.length + 1000 });
    response.write(content, () => response.destroy());
  });
  await expect(download({ url: server.url })).rejects.toMatchObject({ kind: 'unreachable' });
  expect(await files()).toEqual([]);
});

test.each<[name: string, behaviour: Behaviour, told: Partial<RemoteOutput>, message: RegExp]>([
  [
    'of another length than the task said',
    serve(song),
    { bytes: 5 },
    /400000 bytes, 5 were promised/,
  ],
  ['that is empty', serve({ content: Buffer.alloc(0) }), {}, /empty/],
  [
    'that is a web page',
    serve({ ...song, contentType: 'text/html; charset=utf-8' }),
    {},
    /web page/,
  ],
  ['that is compressed', serveWhole(song, { 'content-encoding': 'gzip' }), {}, /compressed/],
])('refuses a song %s, after trying again', async (_name, behaviour, told, message) => {
  await using server = await songServer(behaviour);
  const outcome = await download({ url: server.url, ...told });
  expect(outcome.kind).toBe('invalid');
  expect('message' in outcome && outcome.message).toMatch(message);
  expect(server.seen).toHaveLength(6);
  expect(await files()).toEqual([]);
});

test('refuses a song above the limit, by its header or as it comes', async () => {
  const chunked: Behaviour = (response) => {
    response.writeHead(200);
    response.end(content);
  };
  for (const behaviour of [serve(song), chunked]) {
    await using server = await songServer(behaviour);
    const outcome = await download({ url: server.url }, 'song', { maxBytes: 100_000 });
    expect(outcome).toMatchObject({ kind: 'invalid' });
    expect('message' in outcome && outcome.message).toContain('100000 bytes');
    expect(server.seen).toHaveLength(1);
    expect(await files()).toEqual([]);
  }
});

test('follows redirects, and tells nobody who we are', async () => {
  await using last = await songServer(serve(song));
  await using server = await songServer(
    status(302, { location: '/elsewhere' }),
    status(307, { location: last.url }),
  );
  const url = server.url.replace('http://', 'http://name:password@');
  await expectSaved(await download({ url }));
  expect(server.seen.map((request) => request.url)).toEqual(['/some/song.mp3', '/elsewhere']);
  for (const { headers } of [...server.seen, ...last.seen]) {
    expect(Object.keys(headers).sort()).toEqual(['accept-encoding', 'connection', 'host']);
  }
});

test('does not follow redirects for ever, nor to other protocols', async () => {
  await using round = await songServer(status(302, { location: '/again' }));
  expect(await download({ url: round.url })).toMatchObject({ kind: 'gone' });
  expect(round.seen).toHaveLength(6);
  await using out = await songServer(status(302, { location: 'file:///etc/passwd' }));
  expect(await download({ url: out.url })).toMatchObject({ kind: 'gone' });
  expect(await download({ url: 'file:///etc/passwd' })).toMatchObject({ kind: 'gone' });
});

test('stops when it is told to, with the reason given', async () => {
  const stop = new AbortController();
  await using server = await songServer((response) => {
    response.writeHead(200, { 'content-length': '1000' });
    response.write('ID3', () => {
      stop.abort(new Error('interrupted'));
    });
  });
  await expect(download({ url: server.url }, 'song', {}, stop.signal)).rejects.toThrow(
    'interrupted',
  );
  expect(await files()).toEqual([]);
  expect(server.seen).toHaveLength(1);
});

test('does not wait for ever for a server that stops in the middle', async () => {
  const stall: Behaviour = (response) => {
    response.writeHead(200, { 'content-length': '1000' });
    response.write('ID3');
  };
  await using server = await songServer(stall, serve(song));
  await expectSaved(await download({ url: server.url }, 'song', { timeout: 300 }));
  expect(server.seen.length).toBeGreaterThan(1);
});

test("takes nothing of the server's names", async () => {
  await using server = await songServer(
    serveWhole(song, { 'content-disposition': 'attachment; filename="../../evil.sh"' }),
  );
  const outcome = await download({ url: `${server.url}/../../evil.exe`, name: '../../evil' });
  await expectSaved(outcome);
  expect(await files()).toEqual(['song.mp3']);
});

test.each(['../song', 'a/../../song', '/etc/song', 'a//b', '.', '..', 'a/.', 'a\0b', 'a\\b', ''])(
  'refuses the output name %j',
  async (name) => {
    await using server = await songServer(serve(song));
    await expect(download({ url: server.url }, name)).rejects.toThrow(/leads out of the folder/);
    expect(server.seen).toHaveLength(0);
  },
);

test('refuses a symlink that leads out of the folder, and goes through one that does not', async () => {
  const outside = await mkdtemp(join(tmpdir(), 'songbatch-outside-'));
  try {
    await mkdir(join(dir, 'inner'));
    await symlink(outside, join(dir, 'out'));
    await symlink('inner', join(dir, 'in'));
    await symlink(join(outside, 'stolen'), join(dir, 'song~01234567.part'));
    await using server = await songServer(serve(song));
    await expect(download({ url: server.url }, 'out/song')).rejects.toThrow(/leads out/);
    await expectSaved(await download({ url: server.url }, 'in/song'), 'in/song.mp3');
    await expect(download({ url: server.url })).rejects.toMatchObject({ kind: 'disk' });
    expect(await readdir(outside)).toEqual([]);
  } finally {
    await rm(outside, { recursive: true });
  }
});

test('says what to do when the disk will not have it', async () => {
  await using server = await songServer(serve(song));
  await writeFile(join(dir, 'taken'), '');
  const inTheWay = download({ url: server.url }, 'taken/song');
  await expect(inTheWay).rejects.toThrow(/cannot write .*taken.*something else is in the way/);
  const tooLong = download({ url: server.url }, 'x'.repeat(300));
  await expect(tooLong).rejects.toThrow(/name is too long.*shorten output\.name/);
  await mkdir(part());
  await expect(download({ url: server.url })).rejects.toMatchObject({ kind: 'disk' });
});

test('says that the disk is full, and keeps nothing under a final name', async () => {
  // Writing to /dev/full fails as a full disk does.
  await access('/dev/full');
  const writing = onDisk('/out/song.part', () => writeFile('/dev/full', 'la'));
  await expect(writing).rejects.toThrow(
    'cannot write /out/song.part: the disk is full; make room and run the same command again',
  );
});

test.each<[content: Buffer, contentType: string, name: string, mediaType: string]>([
  [wav(10), 'audio/mpeg', 'song.wav', 'audio/wav'],
  [Buffer.from('ID3 and so on'), 'audio/wav', 'song.mp3', 'audio/mpeg'],
  [Buffer.from([0xff, 0xfb, 0x90, 0]), 'text/plain', 'song.mp3', 'audio/mpeg'],
  [Buffer.from('fLaC and so on'), '', 'song.flac', 'audio/flac'],
  [Buffer.from('OggS and so on'), '', 'song.ogg', 'audio/ogg'],
  [Buffer.from('\0\0\0 ftypM4A '), '', 'song.m4a', 'audio/mp4'],
  [Buffer.from('who knows'), 'Audio/X-WAV; rate=8', 'song.wav', 'audio/wav'],
  [Buffer.from('who knows'), 'application/x-sh', 'song.bin', 'application/octet-stream'],
  [Buffer.from([0xff, 0xf1, 0x50, 0x80]), '', 'song.bin', 'application/octet-stream'],
  [Buffer.from('x'), '../../evil', 'song.bin', 'application/octet-stream'],
  // Other models.
  [Buffer.from('\x89PNG\r\n\x1a\n0000', 'latin1'), 'audio/mpeg', 'song.png', 'image/png'],
  [Buffer.from('\xff\xd8\xff\xe0 picture', 'latin1'), '', 'song.jpg', 'image/jpeg'],
  [Buffer.from('RIFF0000WEBPVP8 '), 'image/png', 'song.webp', 'image/webp'],
  [Buffer.from('\0\0\0\x20ftypisom0000', 'latin1'), 'video/mp4', 'song.mp4', 'video/mp4'],
  [Buffer.from('\x1aE\xdf\xa3 pictures', 'latin1'), '', 'song.webm', 'video/webm'],
  [
    Buffer.from('{"words": ["la"]}'),
    'application/json; charset=utf-8',
    'song.json',
    'application/json',
  ],
  [Buffer.from('la la la'), 'text/plain', 'song.txt', 'text/plain'],
])('names content %# by what it is', async (bytes, contentType, path, mediaType) => {
  await using server = await songServer(serve({ content: bytes, contentType }));
  const outcome = await download({ url: server.url });
  expect(outcome).toMatchObject({ kind: 'saved', file: { path, mediaType } });
});

test.each([
  ['as its header says', wav(16_000), 2],
  ['although its header claims no end', wav(16_000, 0xffff_ffff), 2],
  ['although its header was never finished', wav(16_000, 0), 2],
  ['no longer than its header says', wav(16_000, 16_000), 1],
])('measures a WAV %s', async (_name, bytes, duration) => {
  await using server = await songServer(serve({ content: bytes }));
  const outcome = await download({ url: server.url });
  expect(outcome).toMatchObject({ kind: 'saved', file: { duration } });
});

test('measures no WAV that has no header worth the name', async () => {
  for (const [index, bytes] of [
    wav(10).subarray(0, 20),
    Buffer.from('RIFF....WAVE'),
    wav(0).fill(0, 28, 32),
  ].entries()) {
    await using server = await songServer(serve({ content: bytes }));
    const outcome = await download({ url: server.url }, `song-${index}`);
    expect(outcome.kind === 'saved' && outcome.file).not.toHaveProperty('duration');
  }
});

test('keeps downloads in flight within their bound', async () => {
  let held: (() => void)[] = [];
  let most = 0;
  // Holds what comes until there are two, and then a little longer, for a third to show itself.
  await using server = await songServer((response, request) => {
    held.push(() => {
      serve(song)(response, request);
    });
    most = Math.max(most, held.length);
    if (held.length !== 2) return;
    setTimeout(() => {
      const all = held;
      held = [];
      all.forEach((answer) => {
        answer();
      });
    }, 20);
  });
  const downloader = createDownloader({ downloadsInFlight: 2 });
  const names = ['a', 'b', 'c', 'd', 'e', 'f'];
  const outcomes = await Promise.all(
    names.map((name) => downloader.fetch({ name: '', url: server.url }, { dir, name, id })),
  );
  await downloader.close();
  expect(outcomes.every(({ kind }) => kind === 'saved')).toBe(true);
  expect(most).toBe(2);
  expect(await files()).toEqual(names.map((name) => `${name}.mp3`));
});
