/** Songs of this machine that stand for their URLs: uploaded once, by whoever needs them first. */
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Meddling } from './meddler.ts';
import type { Ended, World, WorldOptions } from './rig.ts';
import { createWorld, manifestText, tinySong, until } from './rig.ts';

const voice = 'RIFF\0\0\0\0WAVE'.padEnd(2000, 'la');

/** A batch of its own that sings with `voice.wav`. */
function withVoice(name: string, seeds = 2): string {
  return manifestText({ name, seeds })
    .replace('matrix:\n', 'matrix:\n  reference: [{ id: voice, file: voice.wav }]\n')
    .replace('dir: out', `dir: ${name}`);
}

async function createStudio(options: WorldOptions = {}): Promise<World> {
  const world = await createWorld(options);
  world.write('voice.wav', voice);
  world.write('a.yaml', withVoice('a'));
  world.write('b.yaml', withVoice('b'));
  return world;
}

function sing(world: World, batch: 'a' | 'b'): Promise<Ended> {
  return world.songbatch('run', `${batch}.yaml`, '--state', `states/${batch}.sqlite`);
}

function uploadsOf({ server }: World): number {
  return server.books().requests['File/Upload'] ?? 0;
}

function urlsOf({ server }: World): Set<unknown> {
  return new Set(server.books().tasks.map(({ parameters }) => parameters['inputAudioUrl']));
}

test('one song for hundreds of jobs is uploaded once', async () => {
  const world = await createStudio();
  world.write('a.yaml', `${withVoice('a', 300)}limits: { tasks: 50, requests: 1000/s }\n`);
  const { code } = await world.songbatch('run', 'a.yaml');
  expect(code).toBe(0);
  expect(world.server.books()).toMatchObject({ created: 300, duplicates: 0 });
  expect(uploadsOf(world)).toBe(1);
});

test('batches that share a folder for their states share their uploads', async () => {
  const world = await createStudio();
  for (const batch of ['a', 'b'] as const) expect((await sing(world, batch)).code).toBe(0);
  expect(world.server.books().created).toBe(4);
  expect(uploadsOf(world)).toBe(1);
  expect(urlsOf(world).size).toBe(1);
  expect(readdirSync(join(world.folder, 'states')).sort()).toEqual([
    'a.sqlite',
    'b.sqlite',
    'uploads.sqlite',
  ]);
  expect(statSync(join(world.folder, 'states/uploads.sqlite')).mode & 0o777).toBe(0o600);
  expect(readFileSync(join(world.folder, 'states/uploads.sqlite'), 'latin1')).not.toContain(
    'test-key',
  );
});

test('also at the same time', async () => {
  const world = await createStudio();
  const runs = await Promise.all([sing(world, 'a'), sing(world, 'b')]);
  expect(runs.map(({ code }) => code)).toEqual([0, 0]);
  expect(world.server.books().created).toBe(4);
  expect(uploadsOf(world)).toBe(1);
});

test('who waits for an upload of somebody who sleeps is told so, and may leave', async () => {
  const world = await createStudio({
    meddle: (path) => (path === '/File/Upload' ? 'silence' : 'pass'),
  });
  const sleeper = world.start('run', 'a.yaml', '--state', 'states/a.sqlite');
  await until(() => uploadsOf(world) === 1);
  sleeper.child.kill('SIGSTOP');
  const waiting = world.start('run', 'b.yaml', '--state', 'states/b.sqlite');
  await until(() => /another run is uploading .*voice\.wav/.test(waiting.stderr()));
  waiting.child.kill('SIGINT');
  expect((await waiting.ended).code).toBe(130);
  sleeper.child.kill('SIGKILL');
  await sleeper.ended;
  expect(uploadsOf(world)).toBe(1);
});

test('a batch without local songs leaves no list of uploads', async () => {
  const world = await createWorld();
  world.write('m.yaml', manifestText({ seeds: 1 }));
  await world.songbatch('run', 'm.yaml');
  expect(readdirSync(join(world.folder, 'out'))).not.toContain('uploads.sqlite');
});

test('another account uploads its own', async () => {
  const environment = { WIRO_API_KEY: 'key-of-the-first-account' };
  const world = await createStudio({ environment });
  await sing(world, 'a');
  environment.WIRO_API_KEY = 'key-of-another-account';
  await sing(world, 'b');
  expect(uploadsOf(world)).toBe(2);
  environment.WIRO_API_KEY = 'key-of-the-first-account';
  world.write('a.yaml', withVoice('a', 4));
  await sing(world, 'a');
  expect(uploadsOf(world)).toBe(2);
  expect(urlsOf(world).size).toBe(2);
});

test.each([
  ['is gone', { status: 404, body: '{}' }, 2],
  ['is refused', { status: 403, body: '{}' }, 2],
  ['does not answer', 'lose-request', 1],
  ['has a bad day', { status: 503, body: '{}' }, 1],
] satisfies [string, Meddling, number][])(
  'a URL from an earlier run that %s is looked at once, before it is used',
  async (_name, answer, uploads) => {
    let looks = 0;
    let credentials = 0;
    const world = await createStudio({
      meddle: (path, _nth, { headers }) => {
        // Songs are fetched as well, and only they are wavs that nobody uploaded.
        if (!/^\/files\/.*\/[0-9a-f]{32}\.wav$/.test(path)) return 'pass';
        looks += 1;
        if ('x-api-key' in headers) credentials += 1;
        return answer;
      },
      meddleWithSongs: true,
    });
    expect((await sing(world, 'a')).code).toBe(0);
    expect(looks).toBe(0);
    expect((await sing(world, 'b')).code).toBe(0);
    expect({ looks, credentials }).toEqual({ looks: 1, credentials: 0 });
    expect(uploadsOf(world)).toBe(uploads);
    expect(urlsOf(world).size).toBe(uploads);
    expect(world.server.books()).toMatchObject({ created: 4 });
  },
);

test('a song that expires in mid-run is uploaded anew for what failed for want of it', async () => {
  let rendered = 0;
  const hasExpired = () => rendered > 1 && uploadsOf(world) === 1;
  const world: World = await createStudio({
    render: async (song) => {
      rendered++;
      if (hasExpired()) throw new Error('404: no reference');
      return tinySong(song);
    },
    meddle: (path) =>
      /^\/files\/.*\/[0-9a-f]{32}\.wav$/.test(path) && hasExpired()
        ? { status: 404, body: '{}' }
        : 'pass',
    meddleWithSongs: true,
  });
  world.write('a.yaml', withVoice('a', 4));
  const { code } = await world.songbatch('run', 'a.yaml', '--tasks', '1');
  expect(code).toBe(0);
  expect(uploadsOf(world)).toBe(2);
  expect(world.server.books().created).toBe(5);
});

test('a submission in doubt is settled with the URL that it carried, though that is gone', async () => {
  let isFirstRun = true;
  const world = await createStudio({
    meddle: (path) => {
      if (path.startsWith('/Run/') && isFirstRun) return 'lose-answer';
      if (path.startsWith('/Task/') && isFirstRun) return 'silence';
      return /^\/files\/.*\/[0-9a-f]{32}\.wav$/.test(path) ? { status: 410, body: '{}' } : 'pass';
    },
    meddleWithSongs: true,
  });
  world.write('a.yaml', withVoice('a', 1));
  const { child, ended } = world.start('run', 'a.yaml', '--state', 'states/a.sqlite');
  await until(() => world.server.books().created === 1);
  child.kill('SIGKILL');
  await ended;
  isFirstRun = false;

  const resumed = await world.songbatch(
    ...['run', 'a.yaml', '--state', 'states/a.sqlite', '--settle-grace', '1s'],
  );
  expect(resumed.stdout).toContain('1 done · 0 submissions');
  expect(world.server.books()).toMatchObject({ created: 1, duplicates: 0 });
  expect(uploadsOf(world)).toBe(1);
});

test.each([
  ['is damaged', (path: string, world: World) => world.write(path, 'no database '.repeat(500))],
  [
    'is a folder',
    (path: string, world: World) => {
      mkdirSync(join(world.folder, path));
    },
  ],
])('a list of uploads that %s is told of and done without', async (_name, spoil) => {
  const world = await createStudio();
  mkdirSync(join(world.folder, 'states'));
  spoil('states/uploads.sqlite', world);
  const { code, stderr } = await sing(world, 'a');
  expect(code).toBe(0);
  expect(stderr).toMatch(
    /states\/uploads\.sqlite cannot be used \(.*\); move it away; reference songs are uploaded/,
  );
  expect(stderr.match(/cannot be used/g)).toHaveLength(1);
  expect(uploadsOf(world)).toBe(1);
});

test('the state itself, taken for the list of uploads, is left as it is', async () => {
  const world = await createStudio();
  const run = () => world.songbatch('run', 'a.yaml', '--state', 'states/uploads.sqlite');
  const first = await run();
  expect(first.stderr).toContain('is not a list of uploads');
  expect(first.code).toBe(0);
  expect((await run()).stdout).toContain('2 done · 0 submissions');
});

test.skipIf(process.getuid?.() === 0)('so is one that may not be written', async () => {
  const world = await createStudio();
  const path = world.write('states/uploads.sqlite', '');
  chmodSync(path, 0o400);
  const { code, stderr } = await sing(world, 'a');
  expect(stderr).toContain('uploads.sqlite cannot be used');
  expect(code).toBe(0);
});

test('what is no song by its content is refused before anything is sent', async () => {
  const world = await createStudio();
  world.write('voice.wav', '<html>404</html>');
  const { code, stderr } = await sing(world, 'a');
  expect(code).toBe(2);
  expect(stderr).toContain('a.yaml:');
  expect(stderr).toContain('cannot read "voice.wav": by its content it is no mp3, wav or m4a');
  expect(world.server.books().requests).toEqual({});
});

test('a song that the API does not take fails its own jobs, and holds up no others', async () => {
  const no = JSON.stringify({
    result: false,
    errors: [{ code: 0, message: 'Request parameters are invalid. [file] is too long' }],
  });
  const world = await createStudio({
    meddle: (path) => (path === '/File/Upload' ? { status: 200, body: no } : 'pass'),
  });
  const both = 'reference: [{ id: voice, file: voice.wav }, none]';
  const text = withVoice('a').replace('reference: [{ id: voice, file: voice.wav }]', both);
  world.write('a.yaml', text.replace('{clone}/{seed}', '{reference}/{seed}'));
  const { code, stdout, stderr } = await sing(world, 'a');
  expect(stderr).toContain('✗ voice/1: the API refused it: File/Upload: ');
  expect(stdout).toMatch(/^2 done · 2 failed · 2 submissions/);
  expect(code).toBe(1);
  expect(world.server.books()).toMatchObject({ created: 2 });
  expect((await sing(world, 'a')).stdout).toMatch(/^2 done · 2 failed · 0 submissions/);
});
