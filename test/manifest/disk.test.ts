/** The disk behind a manifest: real files, real permissions, real sizes. */
import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { diskSources } from '../../src/batch/disk-sources.ts';
import { readManifest } from '../../src/batch/manifest-file.ts';
import { renderProblem } from '../../src/manifest/frame.ts';

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'songbatch-manifest-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const file = (name: string, content: string | Uint8Array = ''): string => {
  const path = join(folder, name);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, content);
  return path;
};

const isRoot = process.getuid?.() === 0;

describe('the file of a model', () => {
  test('that is a link to nowhere is there, and cannot be read', () => {
    const path = file('.songbatch/models/a/b.json');
    rmSync(path);
    symlinkSync('gone.json', path);
    mkdirSync(join(folder, 'batches'));
    const text = { unreadable: 'there is no such file' };
    expect(diskSources.modelFile('a/b', join(folder, 'batches'))).toEqual({ path, text });
    expect(diskSources.modelFile('a/c', folder)).toBeUndefined();
  });
});

describe('a text file', () => {
  test('is read as UTF-8 without its byte order mark', () => {
    expect(diskSources.readText(file('a.txt', '\ufeff[verse]\né'), 100)).toBe('[verse]\né');
  });

  test('of exactly the limit is read, one byte more is refused', () => {
    expect(diskSources.readText(file('a.txt', 'x'.repeat(100)), 100)).toHaveLength(100);
    expect(diskSources.readText(file('b.txt', 'x'.repeat(101)), 100)).toEqual({
      unreadable: 'it has 101 bytes, and 100 are the most that is taken',
    });
  });

  test.each([
    ['Latin-1', Uint8Array.of(0x63, 0x61, 0x66, 0xe9)],
    ['UTF-16', Uint8Array.of(0xff, 0xfe, 0x61, 0x00)],
    ['cut in mid-letter', Uint8Array.of(0x61, 0xc3)],
    ['a surrogate in UTF-8', Uint8Array.of(0xed, 0xa0, 0x80)],
  ])('that is %s is refused', (_, bytes) => {
    expect(diskSources.readText(file('a.txt', bytes), 100)).toEqual({
      unreadable: 'it is not UTF-8 text',
    });
  });

  test('that is not one is refused with the reason', () => {
    file('plain');
    symlinkSync('loop', join(folder, 'loop'));
    const why = (name: string): unknown => diskSources.readText(join(folder, name), 100);
    expect(why('missing.txt')).toEqual({ unreadable: 'there is no such file' });
    expect(why('')).toEqual({ unreadable: 'it is a folder' });
    expect(why('plain/x')).toEqual({ unreadable: 'a part of its path is not a folder' });
    expect(why('loop')).toEqual({ unreadable: 'its symbolic links go in a circle' });
    expect(why('x'.repeat(300))).toEqual({ unreadable: 'its name is too long' });
    expect(why('a\0b')).toEqual({ unreadable: 'no file can have this name' });
  });

  test.skipIf(process.platform === 'win32')('that is a pipe is refused, not waited for', () => {
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    expect(diskSources.readText(join(folder, 'pipe'), 100)).toEqual({
      unreadable: 'it is not a regular file',
    });
  });

  test.skipIf(isRoot)('that may not be read is refused', () => {
    const path = file('secret.txt', 'x');
    chmodSync(path, 0o000);
    expect(diskSources.readText(path, 100)).toEqual({ unreadable: 'permission denied' });
  });
});

describe('a reference song', () => {
  test('is known by its content', () => {
    const content = Buffer.alloc(3_000_001, 7).fill('ID3', 0, 3);
    const path = file('a.mp3', content);
    expect(diskSources.identify(path)).toEqual({
      file: path,
      sha256: createHash('sha256').update(content).digest('hex'),
      bytes: 3_000_001,
    });
  });

  test.each([
    ['empty.mp3', ''],
    ['page.mp3', '<html>not found</html>'],
    ['pointer.wav', 'version https://git-lfs.github.com/spec/v1\n'],
  ])('that is none by its content is refused: %s', (name, content) => {
    expect(diskSources.identify(file(name, content))).toEqual({
      unreadable: 'by its content it is no mp3, wav or m4a',
    });
  });

  test('over 100 MB is refused by its size, without being read', () => {
    const path = file('a.wav');
    // Holes in the file take no space; reading would stop at the limit and know another size.
    truncateSync(path, 1_000_000_000_000);
    expect(diskSources.identify(path)).toEqual({
      unreadable: 'it has 1000000000000 bytes, and 100000000 are the most that is taken',
    });
  });
});

describe('a glob', () => {
  test('finds files only, in the order of code points', () => {
    for (const name of ['b.txt', 'a.txt', 'B.txt', '\u{1f600}.txt', '\uff5e.txt', 'c.md'])
      file(name);
    file('sub/d.txt');
    mkdirSync(join(folder, 'folder.txt'));
    symlinkSync('nowhere', join(folder, 'dangling.txt'));
    const found = (pattern: string): readonly string[] =>
      diskSources.glob(pattern, folder).map((path) => path.slice(folder.length + 1));
    expect(found('*.txt')).toEqual(['B.txt', 'a.txt', 'b.txt', '\uff5e.txt', '\u{1f600}.txt']);
    expect(found('**/*.txt')).toContain('sub/d.txt');
    expect(found('*.wav')).toEqual([]);
    expect(diskSources.glob(join(folder, '*.md'), '/')).toEqual([join(folder, 'c.md')]);
  });
});

describe('readManifest', () => {
  const text = 'name: x\nmatrix: { lyrics: [fade.txt] }\n';

  test('reads the manifest and what it names, wherever it is called from', () => {
    file('batches/night.yaml', text);
    file('batches/fade.txt', '[verse]\nOne line\n');
    const { manifest } = readManifest('batches/night.yaml', folder, {});
    expect(manifest).toMatchObject({
      path: join(folder, 'batches/night.yaml'),
      sha256: createHash('sha256').update(text).digest('hex'),
      output: { dir: join(folder, 'out/x') },
    });
    expect(manifest?.axes[0]?.at(0).parameters).toEqual({ prompt: '[verse]\nOne line' });
  });

  test('shows flaws of lyrics in the lyrics file itself, by the path as typed', () => {
    file('batches/night.yaml', text);
    file('batches/fade.txt', 'Fade\r\n\r\n[verse]\r\nOne line\r\n');
    const { manifest, problems } = readManifest('batches/night.yaml', folder, {});
    expect(manifest).toBeUndefined();
    expect(problems.map(renderProblem)[0]).toMatchInlineSnapshot(`
      "batches/fade.txt:1:1 error: text before the first label is lost
        1 | Fade
          | ^~~~
      hint: head each section with a label: [verse], [chorus], [bridge], [outro]"
    `);
  });

  test.each([
    ['missing.yaml', 'there is no such file'],
    ['.', 'it is a folder'],
    ['latin.yaml', 'it is not UTF-8 text'],
    ['large.yaml', 'it has 1048577 bytes, and 1048576 are the most that is taken'],
  ])('says why %s cannot be read', (name, clause) => {
    file('latin.yaml', Uint8Array.of(0x6e, 0xe9));
    truncateSync(file('large.yaml'), 1024 * 1024 + 1);
    expect(readManifest(name, folder, {})).toEqual({
      problems: [{ severity: 'error', message: `cannot read the manifest: ${clause}`, file: name }],
    });
  });
});
