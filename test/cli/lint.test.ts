/** `songbatch lint`, as built: no server answers, no key is set. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, onTestFinished, test } from 'vitest';
import { compileCache, executable, manifestText } from './rig.ts';

interface Report {
  readonly files: number;
  readonly errors: number;
  readonly warnings: number;
  readonly problems: readonly {
    readonly file: string;
    readonly line?: number;
    readonly column?: number;
    readonly endLine?: number;
    readonly endColumn?: number;
    readonly severity: string;
    readonly message: string;
    readonly hint?: string;
  }[];
}

const isReport = new Ajv2020({ strict: true }).compile<Report>(
  JSON.parse(
    readFileSync(join(import.meta.dirname, '../../schemas/lint.schema.json'), 'utf8'),
  ) as object,
);

function setUp(files: Readonly<Record<string, string | Uint8Array>>) {
  const folder = mkdtempSync(join(tmpdir(), 'songbatch-lint-'));
  onTestFinished(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  const lint = (...words: string[]) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [executable, 'lint', ...words], {
      cwd: folder,
      env: compileCache,
      encoding: 'utf8',
    });
    return { code: status, stdout, stderr };
  };
  const report = (...words: string[]) => {
    const { code, stdout } = lint(...words, '--json');
    const found: unknown = JSON.parse(stdout);
    if (!isReport(found)) throw new Error(JSON.stringify(isReport.errors));
    return { code, ...found };
  };
  return { folder, lint, report };
}

const song = '[verse]\nOne line to sing\n';

/** All tags, and the lyrics that are given. */
const manifest = (matrix: string, more = '') => `name: night
defaults: { genre: Pop, instrument: Piano, mood: happy, gender: male, timbre: deep vocal }
matrix:
${matrix}
${more}`;

test('a manifest and lyrics in which nothing is wrong', () => {
  const { folder, lint, report } = setUp({ 'm.yaml': manifestText(), 'song.txt': song });
  expect(lint('m.yaml', 'song.txt')).toEqual({
    code: 0,
    stdout: '2 files: no problems\n',
    stderr: '',
  });
  expect(report('m.yaml', './m.yaml')).toEqual({
    code: 0,
    files: 1,
    errors: 0,
    warnings: 0,
    problems: [],
  });
  expect(existsSync(join(folder, 'out'))).toBe(false);
});

test('all that is wrong with all files is told in its place, and counted', () => {
  const { lint } = setUp({
    'a.yaml': manifest('  lyrics: [lyrics/*.txt]\n  seed: [1, 1]'),
    'b.yaml': manifestText().replace('[Pop]', '[Popp]'),
    'lyrics/intro.txt': '[intro]\nLa la la\n',
    'lyrics/good.txt': song,
  });
  expect(lint('a.yaml', 'b.yaml', 'lyrics/intro.txt')).toEqual({
    code: 2,
    stderr: '',
    stdout: `a.yaml:5:13 error: two values of seed have the label "1", at 5:10 and 5:13
  5 |   seed: [1, 1]
    |             ^
hint: remove one of them

lyrics/intro.txt:1:1 warning: [intro] is unstable as the first label
  1 | [intro]
    | ^~~~~~~
hint: begin with [verse] or [chorus]

b.yaml:2:62 error: "Popp" is not a genre that Wiro knows
  2 | …[verse]\\nHello to the morning", genre: [Popp], instrument: [guitar], mood: [happy], gender: [female]…
    |                                          ^~~~
hint: nearest: "Pop", "rock", "Folk"

3 files: 2 errors, 1 warning
`,
  });
});

test('what only a plan would find is found', () => {
  const { report } = setUp({
    'clash.yaml': manifest('  lyrics: [a.txt]\n  seed: [1, 2]', 'output: { name: "{lyrics}" }'),
    'twice.yaml': manifest('  lyrics: [a.txt, { id: copy, file: b.txt }]'),
    'stale.yaml': manifest('  lyrics: [a.txt]\n  seed: [1]', 'exclude: [{ seed: 2 }]'),
    'other.yaml': 'name: other\nmodel: acme/humming\nmatrix: { lyrics: [a.txt] }\n',
    'a.txt': song,
    'b.txt': song,
  });
  const messagesOf = (file: string) =>
    report(file).problems.map(({ severity, message }) => `${severity}: ${message}`);
  expect(messagesOf('clash.yaml')).toEqual([
    'error: two jobs want the name "a": lyrics=a seed=1 and lyrics=a seed=2',
  ]);
  expect(messagesOf('twice.yaml')).toEqual([
    'warning: lyrics=copy buys the same as lyrics=a, and is bought once',
  ]);
  expect(messagesOf('stale.yaml')).toEqual([expect.stringMatching(/^error: .*seed.*2/)]);
  expect(messagesOf('other.yaml')).toEqual([
    'warning: nothing is known here of the model acme/humming: its parameters are not checked',
  ]);
});

test('--json has the places of all problems, as its schema says', () => {
  const { report } = setUp({
    'm.yaml': manifest('  lyrics: [lost.txt, none.txt]', 'limits: { task: 3 }'),
    'lost.txt': 'Hello\r\n[verse]\r\nOne 🎵 line\r\n[chorus]\r\n',
    'empty.txt': '',
  });
  expect(report('m.yaml', 'lost.txt', 'empty.txt', 'gone.yaml')).toEqual({
    code: 2,
    files: 4,
    errors: 6,
    warnings: 0,
    problems: [
      {
        file: 'm.yaml',
        line: 4,
        column: 22,
        endLine: 4,
        endColumn: 30,
        severity: 'error',
        message: 'cannot read "none.txt": there is no such file',
      },
      {
        file: 'm.yaml',
        line: 5,
        column: 11,
        endLine: 5,
        endColumn: 15,
        severity: 'error',
        message: 'unknown key "task"',
        hint: 'did you mean "tasks"?',
      },
      expect.objectContaining({ file: 'lost.txt', line: 1, column: 1, endColumn: 6 }),
      expect.objectContaining({ file: 'lost.txt', line: 4, column: 1, endColumn: 9 }),
      expect.objectContaining({ file: 'empty.txt', message: 'the lyrics are empty' }),
      {
        file: 'gone.yaml',
        severity: 'error',
        message: 'cannot read the manifest: there is no such file',
      },
    ],
  });
});

test('--strict refuses for a warning', () => {
  const { lint } = setUp({ 'song.txt': '[intro]\nLa la la\n[verse]\nLa' });
  expect(lint('song.txt')).toMatchObject({ code: 0 });
  expect(lint('--strict', 'song.txt')).toMatchObject({ code: 2 });
});

test('a file is a manifest or lyrics by its name, whatever is in it', () => {
  const { lint } = setUp({ 'm.YML': song, 'song.lyrics': manifestText(), noise: 'x\xff[verse]' });
  expect(lint('m.YML').stdout).toMatch(/^m\.YML:\d+:\d+ error: /);
  expect(lint('song.lyrics').stdout).toContain('text before the first label is lost');
  expect(lint('noise').stdout).toContain('text before the first label is lost');
});

test('what cannot be read is said in one line each', () => {
  const { lint } = setUp({
    'folder/x': '',
    'long.txt': 'x'.repeat(70_000),
    'latin.txt': Uint8Array.of(91, 0xff, 93),
  });
  const { code, stdout, stderr } = lint('folder', 'long.txt', 'latin.txt', 'ev\u001b[31mil.txt');
  expect({ code, stderr }).toEqual({ code: 2, stderr: '' });
  expect(stdout).toBe(`folder error: cannot read the lyrics: it is a folder

long.txt error: cannot read the lyrics: it has 70000 bytes, and 65536 are the most that is taken

latin.txt error: cannot read the lyrics: it is not UTF-8 text

ev␛[31mil.txt error: cannot read the lyrics: there is no such file

4 files: 4 errors
`);
});

test('no file is bad usage', () => {
  const { lint } = setUp({});
  const { code, stderr } = lint();
  expect(code).toBe(2);
  expect(stderr).toContain("missing required argument 'file'");
});
