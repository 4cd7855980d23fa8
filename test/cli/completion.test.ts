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
import { compileCache, executable, manifestText, patienceMs } from './rig.ts';

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
    env: compileCache,
  });
  return { code: status, stdout, stderr };
}

function run(program: string, words: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(program, words, {
    cwd: folder,
    env: {
      PATH: [programs, dirname(process.execPath), PATH].join(delimiter),
      ...compileCache,
      HOME: folder,
      TERM: 'xterm',
      LANG: 'C.UTF-8',
    },
    encoding: 'utf8',
    timeout: patienceMs,
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return stdout;
}

/**
 * What a shell offers when TAB is pressed behind each of these lines. One shell is asked for all of them:
 * it takes longer to start than to answer.
 */
function offers(shell: Shell, typed: readonly string[]): readonly (readonly string[])[] {
  return answers(shell, typed).map((answer, index) => {
    const offered = lines(answer).map((offer) => bare(shell, offer, typed[index] ?? ''));
    // In zsh, folders come once as files and once as folders.
    return Array.from(new Set(offered)).sort();
  });
}

/** Behind the answer to each line, a shell prints END. */
function answers(shell: Shell, typed: readonly string[]): readonly string[] {
  const text = run(...commandLine(shell, typed));
  const all = text.split(/^END\n/m);
  expect(all.pop()).toBe('');
  expect(all).toHaveLength(typed.length);
  return all;
}

function commandLine(shell: Shell, typed: readonly string[]): [string, readonly string[]] {
  switch (shell) {
    case 'bash': {
      const ask =
        'ask() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=(); _songbatch; printf "%s\\n" "${COMPREPLY[@]}" END; }';
      const asked = typed.map((line) => ['ask', ...wordsOf(line).map((word) => `'${word}'`)]);
      const script = ['source .bash', ask, ...asked.map((words) => words.join(' '))];
      return ['bash', ['--norc', '-c', script.join('\n')]];
    }
    case 'zsh':
      return ['zsh', ['-f', pressTab, '.zsh', ...typed]];
    case 'fish': {
      const script = 'source .fish; for line in $argv; complete -C $line; echo END; end';
      return ['fish', ['--no-config', '-c', script, ...typed]];
    }
  }
}

/** Bash hands over the words of a line, with each "=" as a word of its own. */
function wordsOf(line: string): readonly string[] {
  return line.split(' ').flatMap((word) => (word === '' ? [''] : word.split(/(?<==)|(?==)/)));
}

/** An offer as it would stand on the line. */
function bare(shell: Shell, offer: string, line: string): string {
  switch (shell) {
    case 'bash':
      return offer;
    case 'zsh': {
      const text = offer.replace(/^HIT:/, '').replaceAll('\\ ', ' ');
      // Of a file in a folder it adds the name alone.
      return line.endsWith('/') ? `${line.split(' ').at(-1) ?? ''}${text}` : text;
    }
    case 'fish':
      // It describes, repeats what stands before an "=", and marks folders.
      return offer
        .replace(/\t.*/, '')
        .replace(/^(--[a-z-]+=)?([a-z]+=(?=.))?/, '')
        .replace(/\/$/, '');
  }
}

const pressTab = join(import.meta.dirname, 'press-tab.zsh');

const lines = (text: string) => text.split('\n').filter((line) => line !== '');

const cases: readonly [line: string, expected: readonly string[]][] = [
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
  ['songbatch schema l', ['lint', 'log']],
  ['songbatch schedule ', ['add', 'list', 'remove', 'show']],
  ['songbatch schedule add b', ['b.yml', 'batches']],
  ['songbatch schedule add a.yaml --over', ['--overlap']],
  ['songbatch nonsense ', []],
];

describe.each(shells)('%s', (shell) => {
  let offered: readonly (readonly string[])[] = [];
  beforeAll(() => {
    const last = 'songbatch run a.yaml --only reference=';
    if (isInstalled(shell)) offered = offers(shell, [...cases.map(([line]) => line), last]);
  });

  test.skipIf(!isInstalled(shell)).each(cases.map((each, index) => [...each, index] as const))(
    'offers behind "%s"',
    (_, expected, index) => {
      expect(offered[index]).toEqual(expected);
    },
  );

  test.skipIf(!isInstalled(shell))('offers a label that the shell takes as it is', () => {
    // Fish quotes what it puts in by itself.
    const label = shell === 'fish' ? 'rain&snow' : 'rain\\&snow';
    expect(offered[cases.length]).toEqual(['none', label]);
  });
});

test('every command and flag that --help shows is offered', () => {
  const [commands = []] = offers('bash', ['songbatch ']);
  const { stdout } = songbatch('--help');
  expect(commands).toEqual(
    Array.from(stdout.matchAll(/^ {2}([a-z]+) .*$/gm), ([, name]) => name).sort(),
  );
  expect(commands).toContain('completion');
  const offered = offers(
    'bash',
    commands.map((command) => `songbatch ${command} -`),
  );
  for (const [index, command] of commands.entries()) {
    const help = songbatch(command, '--help').stdout;
    const below = Array.from(
      partOf(help, 'Commands').matchAll(/^ {2}([a-z]+) /gm),
      ([, name = '']) => name,
    );
    const all = [help, ...below.map((name) => songbatch(command, name, '--help').stdout)];
    const flags = new Set(all.flatMap(flagsIn));
    expect(flags).toContain('--help');
    expect(offered[index]).toEqual([...flags].sort());
  }
});

function partOf(help: string, heading: string): string {
  return help.split(`\n${heading}:\n`)[1]?.split('\n\n')[0] ?? '';
}

function flagsIn(help: string): string[] {
  return Array.from(partOf(help, 'Options').matchAll(/^ {2}(?:(-\w), )?(--[\w-]+)/gm)).flatMap(
    ([, short, long]) => [short, long].filter((flag) => flag !== undefined),
  );
}

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
    const typed = ['songbatch p', 'songbatch play --'];
    const text = run('zsh', ['-f', pressTab, 'text.zsh', ...typed]);
    expect(text).toMatch(/^HIT:play\nEND\n(?:HIT:.*\n)*HIT:--loud\n(?:HIT:.*\n)*END\n$/);
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
