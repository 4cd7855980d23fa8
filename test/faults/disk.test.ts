/** Disks that do not take what is written: the run stops cleanly, and the next one goes on from there. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { World } from '../cli/rig.ts';
import { tinySong } from '../cli/rig.ts';
import type { BatchOptions, MetBatch } from './faulty-batch.ts';
import {
  expectAllHome,
  filesOf,
  inEverySituation,
  isSong,
  isTaskCall,
  meet,
  metadataOf,
} from './faulty-batch.ts';

const everySong = {
  target: isSong,
  fault: () => 'pass',
  meddleWithSongs: true,
} as const satisfies Partial<BatchOptions>;

/** Stopped without a crash, with advice, and with nothing half-named. */
function expectStopped({ world, last }: MetBatch, advice: RegExp): void {
  expect(last.stderr + last.stdout).toMatch(advice);
  expect(last.stderr).not.toMatch(/this is a bug|^\s+at /m);
  expect(last.code).toBe(3);
  const songs = filesOf(world).filter((file) => /^vocal.*\.wav$/.test(file));
  for (const song of songs) {
    expect(statSync(join(world.folder, 'out', song)).size).toBeGreaterThanOrEqual(44 + 8820);
  }
}

/** As long as a song of some seconds. */
const longSong: typeof tinySong = async (song) => {
  const { file, seconds } = await tinySong(song);
  return { file: Buffer.concat([file, Buffer.alloc(600_000)]), seconds };
};

describe.concurrent('a file larger than may be written', () => {
  test.for(inEverySituation([{}]))(
    'stops the run; with room it goes on, $situation',
    async ({ situation }, { onTestFinished }) => {
      let isFull = true;
      const batch = await meet(situation, {
        ...everySong,
        onFinished: onTestFinished,
        render: longSong,
        // In blocks of 512 or 1024 bytes, as the shell likes it: more than the state needs.
        shell: () => (isFull ? 'ulimit -f 500' : 'true'),
      });
      expectStopped(batch, /cannot write .*vocal\/\d.*: /);
      isFull = false;
      expectAllHome({ ...batch, last: await batch.again() });
    },
  );
});

describe.concurrent('something in the way of', () => {
  const rows = [
    { name: 'the folder of the songs', only: 'while running', way: 'out/vocal', isFolder: false },
    { name: 'the metadata', only: 'at restart', way: 'out/metadata.json', isFolder: true },
  ];
  test.for(inEverySituation(rows))(
    '$name stops the run; moved away, it goes on, $situation',
    async ({ situation, way, isFolder }, { onTestFinished }) => {
      const batch = await meet(situation, {
        ...everySong,
        onFinished: onTestFinished,
        prepare: ({ folder }) => {
          const path = join(folder, way);
          mkdirSync(isFolder ? path : join(path, '..'), { recursive: true });
          writeFileSync(isFolder ? join(path, 'mine') : path, 'not yours');
        },
        target: isTaskCall,
      });
      expectStopped(batch, /something else is in the way/);
      rmSync(join(batch.world.folder, way), { recursive: true });
      expectAllHome({ ...batch, last: await batch.again() });
    },
  );

  test.for(inEverySituation([{}]))(
    'a song is left alone: the song gets a name beside it, $situation',
    async ({ situation }, { onTestFinished }) => {
      const batch = await meet(situation, {
        ...everySong,
        onFinished: onTestFinished,
        prepare: ({ write }) => {
          write('out/vocal/2.wav', 'not yours');
        },
      });
      expect(batch.last.code).toBe(0);
      expect(batch.world.server.books()).toMatchObject({ created: 3, duplicates: 0 });
      expect(batch.world.read('out/vocal/2.wav')).toBe('not yours');
      expect(filesOf(batch.world).slice(3)).toEqual([
        'vocal/1.wav',
        'vocal/2.wav',
        expect.stringMatching(/^vocal\/2~[0-9a-f]{8}\.wav$/),
        'vocal/3.wav',
      ]);
      const [, job] = metadataOf(batch.world).jobs;
      expect(job?.outputs[0]?.sha256).toBe(batch.made.get('2'));
    },
  );

  test('the output folder itself is told before anything is bought', async ({ onTestFinished }) => {
    const batch = await meet('while running', {
      ...everySong,
      onFinished: onTestFinished,
      prepare: ({ folder }) => {
        writeFileSync(join(folder, 'out'), 'not a folder');
      },
    });
    expect([2, 3]).toContain(batch.last.code);
    expect(batch.last.stderr).toMatch(/out/);
    expect(batch.last.stderr).not.toMatch(/this is a bug/);
    expect(batch.world.server.books().created).toBe(0);
    rmSync(join(batch.world.folder, 'out'));
    expectAllHome({ ...batch, last: await batch.again() });
  });
});

/** Only root may mount, and not in every container. */
const mayMount = (() => {
  try {
    execFileSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'none', '/mnt'], {
      stdio: 'ignore',
    });
    return true;
  } catch {
    return false;
  }
})();

/** A file system of its own for the output folder, for the CLI and for us. */
function mountOut(
  { folder }: World,
  options: string,
  onTestFinished: (cleanUp: () => void) => void,
): void {
  const out = join(folder, 'out');
  mkdirSync(out);
  execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'none', out]);
  onTestFinished(() => {
    execFileSync('umount', ['--lazy', out]);
  });
}

function remount({ folder }: World, options: string): void {
  execFileSync('mount', ['-o', `remount,${options}`, join(folder, 'out')]);
}

describe.skipIf(!mayMount)('where file systems can be mounted', () => {
  const withStateElsewhere = ['--state', 'state.sqlite'];

  test.for(inEverySituation([{}]))(
    'a full disk under the songs stops the run; with room it goes on, $situation',
    async ({ situation }, { onTestFinished }) => {
      const batch = await meet(situation, {
        ...everySong,
        flags: withStateElsewhere,
        render: longSong,
        prepare: (world) => {
          // Room for one of three.
          mountOut(world, 'size=1000k', onTestFinished);
        },
      });
      expectStopped(batch, /the disk is full; make room and run the same command again/);
      remount(batch.world, 'size=10m');
      const last = await batch.again();
      expect(last.code).toBe(0);
      expect(batch.world.server.books()).toMatchObject({ created: 3, duplicates: 0 });
      expect(filesOf(batch.world)).toEqual([
        'SHA256SUMS',
        'metadata.json',
        'vocal/1.wav',
        'vocal/2.wav',
        'vocal/3.wav',
      ]);
    },
  );

  test.for(['24k', '64k', '80k', '128k'])(
    'a disk of %s, full under state and songs alike, loses no task and buys none twice',
    async (size, { onTestFinished }) => {
      const batch = await meet('while running', {
        ...everySong,
        manifest: { seeds: 4 },
        prepare: (world) => {
          mountOut(world, `size=${size}`, onTestFinished);
        },
      });
      expect(batch.last.stderr).not.toMatch(/this is a bug|^\s+at /m);
      expect([2, 3]).toContain(batch.last.code);
      remount(batch.world, 'size=10m');
      expectAllHome({ ...batch, last: await batch.again() });
    },
  );

  test('a folder that becomes read-only stops the run; made writable, it goes on', async ({
    onTestFinished,
  }) => {
    let becomeReadOnly: (() => void) | undefined;
    const batch = await meet('while running', {
      ...everySong,
      target: isTaskCall,
      fault: () => {
        becomeReadOnly?.();
        becomeReadOnly = undefined;
        return 'pass';
      },
      flags: withStateElsewhere,
      prepare: (world) => {
        mountOut(world, 'rw', onTestFinished);
        becomeReadOnly = () => {
          remount(world, 'ro');
        };
      },
    });
    expectStopped(batch, /the file system is read-only; choose another output folder/);
    remount(batch.world, 'rw');
    const last = await batch.again();
    expect(last.code).toBe(0);
    expect(batch.world.server.books()).toMatchObject({ created: 3, duplicates: 0 });
  });

  test.for([
    ['with the state in it', []],
    ['with the state elsewhere', withStateElsewhere],
  ] as const)(
    'a read-only folder, %s, is told before anything is bought',
    async ([, flags], { onTestFinished }) => {
      const batch = await meet('while running', {
        ...everySong,
        flags,
        prepare: (world) => {
          mountOut(world, 'ro', onTestFinished);
        },
      });
      expect(batch.last.code).toBe(2);
      expect(batch.last.stderr).toContain('out: the file system is read-only');
      expect(batch.world.server.books().created).toBe(0);
      remount(batch.world, 'rw');
      expect((await batch.again()).code).toBe(0);
      expect(batch.world.server.books()).toMatchObject({ created: 3, duplicates: 0 });
    },
  );
});
