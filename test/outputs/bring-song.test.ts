import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { SavedFile } from '../../src/job/history.ts';
import { createBringer, isSongPath } from '../../src/outputs/bring-song.ts';
import { scratchFolder } from '../state/scratch.ts';

const id = 'abcdef0123456789abcdef0123456789';
const song = 'a song';

function saved(path: string, content = song): SavedFile {
  const sha256 = createHash('sha256').update(content).digest('hex');
  return { path, bytes: Buffer.byteLength(content), sha256, mediaType: 'audio/wav' };
}

/** Two output folders; the first has a song. */
function folders(path = 'neon/1.wav', content = song) {
  const folder = scratchFolder();
  const [from, to] = [join(folder, 'from'), join(folder, 'to')];
  write(join(from, path), content);
  return { from, to };
}

function write(path: string, content: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1));
}

function refuseLinks(code: string): () => Promise<void> {
  return () => Promise.reject(Object.assign(new Error(code), { code, syscall: 'link' }));
}

describe('a song of another output folder', () => {
  it('is linked, and stays where it was', async () => {
    const { from, to } = folders();
    const { bring, settle } = createBringer(to);
    const brought = await bring(saved('neon/1.wav'), id, { folder: from, path: 'neon/1.wav' });
    await settle();
    expect(brought).toEqual({ kind: 'linked', path: 'neon/1.wav' });
    expect(statSync(join(to, 'neon/1.wav')).ino).toBe(statSync(join(from, 'neon/1.wav')).ino);
    expect(filesIn(to)).toEqual(['neon/1.wav']);
  });

  it.each(['EXDEV', 'EPERM', 'EMLINK'])('is copied where a link fails with %s', async (code) => {
    const { from, to } = folders();
    const { bring } = createBringer(to, refuseLinks(code));
    const brought = await bring(saved('neon/1.wav'), id, { folder: from, path: 'neon/1.wav' });
    expect(brought).toEqual({ kind: 'copied', path: 'neon/1.wav' });
    expect(readFileSync(join(to, 'neon/1.wav'), 'utf8')).toBe(song);
    expect(statSync(join(to, 'neon/1.wav')).ino).not.toBe(statSync(join(from, 'neon/1.wav')).ino);
    expect(filesIn(to)).toEqual(['neon/1.wav']);
  });

  it('is an error where the disk says no to more than the link', async () => {
    const { from, to } = folders();
    const { bring } = createBringer(to, refuseLinks('ENOSPC'));
    await expect(
      bring(saved('neon/1.wav'), id, { folder: from, path: 'neon/1.wav' }),
    ).rejects.toMatchObject({ name: 'OutputError', kind: 'full' });
  });

  it('may be called otherwise there', async () => {
    const { from, to } = folders('old/name~12345678.wav');
    const { bring } = createBringer(to);
    const origin = { folder: from, path: 'old/name~12345678.wav' };
    expect(await bring(saved('new/name.wav'), id, origin)).toMatchObject({ path: 'new/name.wav' });
  });

  it('is hashed to its last byte, however long it is', async () => {
    const long = 'x'.repeat(2 ** 20 + 5);
    const { from, to } = folders('1.wav', long);
    const { bring } = createBringer(to);
    const origin = { folder: from, path: '1.wav' };
    const other = saved('1.wav', `${long.slice(0, -1)}y`);
    expect(await bring(other, id, origin)).toEqual({ kind: 'altered' });
    expect(filesIn(to)).toEqual([]);
    expect(await bring(saved('1.wav', long), id, origin)).toMatchObject({ kind: 'linked' });
  });

  it('is altered where it has other bytes, and absent where it has more, or is no file', async () => {
    const { from, to } = folders();
    const { bring } = createBringer(to);
    const origin = { folder: from, path: 'neon/1.wav' };
    expect(await bring(saved('neon/1.wav', 'b song'), id, origin)).toEqual({ kind: 'altered' });
    expect(await bring(saved('neon/1.wav', 'songs!!'), id, origin)).toEqual({ kind: 'absent' });
    const folder = { folder: from, path: 'neon' };
    const { bytes } = { bytes: statSync(join(from, 'neon')).size };
    expect(await bring({ ...saved('neon/1.wav'), bytes }, id, folder)).toEqual({ kind: 'absent' });
    expect(filesIn(to)).toEqual([]);
  });

  it('is looked for within its folder only, whatever a state or a link says', async () => {
    const { from, to } = folders();
    const { bring } = createBringer(to);
    write(join(dirname(from), 'private.wav'), song);
    symlinkSync(join(dirname(from), 'private.wav'), join(from, 'link.wav'));
    symlinkSync(dirname(from), join(from, 'up'));
    for (const path of ['../private.wav', 'link.wav', 'up/private.wav']) {
      const brought = await bring(saved('neon/1.wav'), id, { folder: from, path });
      expect({ path, brought }).toEqual({ path, brought: { kind: 'absent' } });
    }
    expect(existsSync(to)).toBe(false);
  });

  it('does not leave the folder that it comes into', async () => {
    const { from, to } = folders();
    mkdirSync(to);
    symlinkSync(dirname(to), join(to, 'neon'));
    const { bring } = createBringer(to);
    await expect(
      bring(saved('neon/1.wav'), id, { folder: from, path: 'neon/1.wav' }),
    ).rejects.toThrow('leads out of the folder');
  });

  it('takes no name from another file, and the one it had before', async () => {
    const { from, to } = folders();
    write(join(to, 'neon/1.wav'), 'another song');
    const origin = { folder: from, path: 'neon/1.wav' };
    for (let time = 0; time < 2; time++) {
      const brought = await createBringer(to).bring(saved('neon/1.wav'), id, origin);
      expect(brought).toMatchObject({ path: 'neon/1~abcdef01.wav' });
    }
    expect(readFileSync(join(to, 'neon/1.wav'), 'utf8')).toBe('another song');
    expect(filesIn(to).sort()).toEqual(['neon/1.wav', 'neon/1~abcdef01.wav']);
  });

  it('takes the place of what was left half done, a link to another song too', async () => {
    const { from, to } = folders();
    write(join(to, 'other.wav'), 'another song');
    mkdirSync(join(to, 'neon'));
    linkSync(join(to, 'other.wav'), join(to, 'neon/1~abcdef01.part'));
    write(join(to, 'neon/1~abcdef01.part.json'), '{}');
    const { bring } = createBringer(to);
    const brought = await bring(saved('neon/1.wav'), id, { folder: from, path: 'neon/1.wav' });
    expect(brought).toMatchObject({ kind: 'linked' });
    expect(readFileSync(join(to, 'other.wav'), 'utf8')).toBe('another song');
    expect(filesIn(to).sort()).toEqual(['neon/1.wav', 'other.wav']);
  });

  it('comes from a folder that nothing can be written to', async () => {
    const { from, to } = folders();
    for (const folder of [join(from, 'neon'), from]) chmodSync(folder, 0o555);
    const { bring } = createBringer(to);
    const brought = await bring(saved('neon/1.wav'), id, { folder: from, path: 'neon/1.wav' });
    for (const folder of [from, join(from, 'neon')]) chmodSync(folder, 0o755);
    expect(brought).toMatchObject({ path: 'neon/1.wav' });
  });
});

it.each([
  ['neon/1.wav', true],
  ['1.mp3', true],
  ['a/b/c~12345678~part2.flac', true],
  ['../1.wav', false],
  ['/1.wav', false],
  ['a//1.wav', false],
  ['a/../1.wav', false],
  ['a\\1.wav', false],
  ['a\0.wav', false],
  ['state.sqlite', false],
  ['songbatch.config.js', false],
  ['.wav', false],
  ['wav', false],
  ['', false],
])('whether songs are saved as %j: %s', (path, isSong) => {
  expect(isSongPath(path)).toBe(isSong);
});
