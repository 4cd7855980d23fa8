/** The scripts of `songbatch completion`, in the shells that they are for. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bashScript } from '../../src/cli/completion/bash.ts';
import { fishScript } from '../../src/cli/completion/fish.ts';
import type { Grammar } from '../../src/cli/completion/grammar.ts';
import { zshScript } from '../../src/cli/completion/zsh.ts';
import { executable, manifestText } from './rig.ts';

const shells = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof shells)[number];

const { PATH = '' } = process.env;
const isInstalled = (shell: Shell) => spawnSync(shell, ['--version']).status === 0;

let root = '';
let programs = '';
let folder = '';
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'songbatch-completion-'));
  programs = join(root, 'bin');
  folder = join(root, 'work');
  for (const name of ['bin', 'work/batches', 'work/songs']) {
    mkdirSync(join(root, name), { recursive: true });
  }
  for (const name of ['b.yml', 'notes.txt', 'batches/c.yaml', 'my batch.yaml']) {
    writeFileSync(join(folder, name), '');
  }
  const reference = 'reference: [{ id: rain&snow, url: "https://example.com/rain.mp3" }, none]';
  writeFileSync(
    join(folder, 'a.yaml'),
    manifestText({ clones: ['vocal', 'both'] }).replace('matrix:', `matrix:\n  ${reference}`),
  );
  symlinkSync(executable, join(programs, 'songbatch'));
  for (const shell of shells) {
    writeFileSync(join(folder, `.${shell}`), songbatch('completion', shell).stdout);
  }
});
afterAll(() => {
  rmSync(root, { recursive: true, force: true });
});

function songbatch(...words: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [executable, ...words], {
    encoding: 'utf8',
    env: {},
  });
  return { code: status, stdout, stderr };
}

function run(program: string, words: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(program, words, {
    cwd: folder,
    env: {
      PATH: [programs, dirname(process.execPath), PATH].join(delimiter),
      HOME: folder,
      TERM: 'xterm',
      LANG: 'C.UTF-8',
    },
    encoding: 'utf8',
    timeout: 30_000,
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return stdout;
}

/** What a shell offers when TAB is pressed behind a line. */
function offers(shell: Shell, line: string): readonly string[] {
  switch (shell) {
    case 'bash':
      return offersOfBash(line);
    case 'zsh': {
      const text = run('zsh', ['-f', join(import.meta.dirname, 'press-tab.zsh'), '.zsh', line]);
      const hits = Array.from(text.matchAll(/^HIT:(.*)$/gm), ([, hit = '']) => hit);
      // Folders come once as files and once as folders.
      return Array.from(new Set(hits), (hit) => hit.replaceAll('\\ ', ' ')).sort();
    }
    case 'fish': {
      const script = 'source .fish; complete -C $argv[1]';
      const text = run('fish', ['--no-config', '-c', script, line]);
      // It repeats what stands before an "=", and marks folders.
      return lines(text)
        .map((offer) => offer.replace(/\t.*/, '').replace(/^(--[a-z-]+=)?([a-z]+=(?=.))?/, ''))
        .map((offer) => offer.replace(/\/$/, ''))
        .sort();
    }
  }
}

/** Bash hands over the words of a line, with each "=" as a word of its own. */
function offersOfBash(line: string): readonly string[] {
  const words = line
    .split(' ')
    .flatMap((word) => (word === '' ? [''] : word.split(/(?<==)|(?==)/)));
  const script =
    'source .bash; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _songbatch; printf "%s\\n" "${COMPREPLY[@]}"';
  return lines(run('bash', ['--norc', '-c', script, 'bash', ...words])).sort();
}

const lines = (text: string) => text.split('\n').filter((line) => line !== '');

describe.each(shells)('%s', (shell) => {
  test.skipIf(!isInstalled(shell)).each<[string, string[]]>([
    ['songbatch st', ['status']],
    ['songbatch run ', ['a.yaml', 'b.yml', 'batches', 'my batch.yaml', 'songs']],
    ['songbatch run batches/', ['batches/c.yaml']],
    ['songbatch run a.yaml --on', ['--on-interrupt', '--only']],
    ['songbatch run --log-format ', ['json', 'text']],
    ['songbatch run --log-format=j', ['json']],
    ['songbatch run --out ', ['batches', 'songs']],
    ['songbatch run --tasks ', []],
    ['songbatch run --tasks 3 b.', ['b.yml']],
    ['songbatch run a.yaml --only t', ['tags=', 'timbre=']],
    ['songbatch run a.yaml --skip clone=', ['both', 'vocal']],
    ['songbatch run a.yaml --only=clone=v', ['vocal']],
    ['songbatch run a.yaml --only mood=', []],
    ['songbatch run b.yml --only clone=', []],
    ['songbatch run --only clone=', []],
    ['songbatch lint a.yaml n', ['notes.txt']],
    ['songbatch schema l', ['lint']],
    ['songbatch nonsense ', []],
  ])('offers behind "%s"', (line, expected) => {
    // Of a file in a folder zsh adds the name alone.
    const offered = offers(shell, line).map((offer) =>
      shell === 'zsh' && line.endsWith('/') ? `${line.split(' ').at(-1) ?? ''}${offer}` : offer,
    );
    expect(offered).toEqual(expected);
  });

  test.skipIf(!isInstalled(shell))('offers a label that the shell takes as it is', () => {
    // Fish quotes what it puts in by itself.
    const label = shell === 'fish' ? 'rain&snow' : 'rain\\&snow';
    expect(offers(shell, 'songbatch run a.yaml --only reference=')).toEqual(['none', label]);
  });
});

test('every command and flag that --help shows is offered', () => {
  const commands = offers('bash', 'songbatch ');
  const { stdout } = songbatch('--help');
  expect(commands).toEqual(
    Array.from(stdout.matchAll(/^ {2}([a-z]+) .*$/gm), ([, name]) => name).sort(),
  );
  expect(commands).toContain('completion');
  for (const command of commands) {
    const help = songbatch(command, '--help').stdout.split('Options:\n')[1]?.split('\n\n')[0];
    const flags = Array.from(help?.matchAll(/^ {2}(?:(-\w), )?(--[\w-]+)/gm) ?? []).flatMap(
      ([, short, long]) => [short, long].filter((flag) => flag !== undefined),
    );
    expect(flags).toContain('--help');
    expect(offers('bash', `songbatch ${command} -`)).toEqual(flags.sort());
  }
});

describe('a description is text, whatever stands in it', () => {
  const summary = `it's [a] "b": \\ $(touch pwned) \`touch pwned\``;
  const grammar: Grammar = {
    options: [],
    commands: [
      {
        name: 'play',
        summary,
        options: [{ names: ['--loud'], summary, isRepeatable: false }],
        arguments: [],
      },
    ],
  };

  test.skipIf(!isInstalled('fish'))('fish shows it', () => {
    writeFileSync(join(folder, 'text.fish'), fishScript(grammar));
    const script = 'source text.fish; complete -C "songbatch "; complete -C "songbatch play --"';
    expect(lines(run('fish', ['--no-config', '-c', script]))).toEqual([
      `play\t${summary}`,
      `--loud\t${summary}`,
    ]);
    expect(existsSync(join(folder, 'pwned'))).toBe(false);
  });

  test.skipIf(!isInstalled('zsh'))('zsh offers what it describes', () => {
    writeFileSync(join(folder, 'text.zsh'), zshScript(grammar));
    for (const [line, offer] of [
      ['songbatch p', 'play'],
      ['songbatch play --', '--loud'],
    ]) {
      const words = ['-f', join(import.meta.dirname, 'press-tab.zsh'), 'text.zsh', line ?? ''];
      expect(run('zsh', words)).toMatch(new RegExp(`^HIT:${offer ?? ''}$`, 'm'));
    }
    expect(existsSync(join(folder, 'pwned'))).toBe(false);
  });

  test('bash shows none', () => {
    expect(bashScript(grammar)).not.toContain('pwned');
  });
});

test('another shell is bad usage', () => {
  const { code, stdout, stderr } = songbatch('completion', 'tcsh');
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain('Allowed choices are bash, zsh, fish');
});
