import { describe, expect, test } from 'vitest';
import { inAscii, traitsOf } from '../../src/cli/terminal-traits.ts';

const xterm = { TERM: 'xterm-256color', LANG: 'en_US.UTF-8' };

describe('lines are drawn again', () => {
  test.each<[string, boolean, NodeJS.ProcessEnv, NodeJS.Platform, boolean]>([
    ['on a terminal', true, xterm, 'linux', true],
    ['not in a file', false, xterm, 'linux', false],
    ['not where TERM is dumb', true, { TERM: 'dumb' }, 'linux', false],
    ['not where there is no TERM', true, {}, 'linux', false],
    ['on Windows without TERM', true, {}, 'win32', true],
    ['not in CI, which keeps what is written', true, { ...xterm, CI: 'true' }, 'linux', false],
    ['where CI is said not to be', true, { ...xterm, CI: 'false' }, 'linux', true],
    ['without colour, too', true, { ...xterm, NO_COLOR: '1' }, 'linux', true],
  ])('%s', (_, isTerminal, environment, platform, expected) => {
    expect(traitsOf(isTerminal, environment, platform).canRedraw).toBe(expected);
  });
});

describe('there is colour', () => {
  test.each<[string, boolean, NodeJS.ProcessEnv, boolean]>([
    ['on a terminal', true, xterm, true],
    ['not in a file', false, xterm, false],
    ['not on a dumb terminal', true, { TERM: 'dumb' }, false],
    ['not with NO_COLOR', true, { ...xterm, NO_COLOR: '1' }, false],
    ['with a NO_COLOR that is empty', true, { ...xterm, NO_COLOR: '' }, true],
    ['in a file with FORCE_COLOR', false, { FORCE_COLOR: '1' }, true],
    ['not with a FORCE_COLOR of 0', true, { ...xterm, FORCE_COLOR: '0' }, false],
    ['with both', true, { ...xterm, FORCE_COLOR: 'true', NO_COLOR: '1' }, true],
  ])('%s', (_, isTerminal, environment, expected) => {
    expect(traitsOf(isTerminal, environment, 'linux').hasColour).toBe(expected);
  });
});

describe('there is more than ASCII', () => {
  test.each<[string, boolean, NodeJS.ProcessEnv, NodeJS.Platform, boolean]>([
    ['in a locale of UTF-8', true, xterm, 'linux', true],
    ['as macOS writes it', true, { TERM: 'xterm', LC_CTYPE: 'UTF-8' }, 'darwin', true],
    ['where there is no locale', true, { TERM: 'xterm' }, 'linux', true],
    ['not in the C locale', true, { TERM: 'xterm', LANG: 'C' }, 'linux', false],
    ['not where LC_ALL overrules', true, { ...xterm, LC_ALL: 'POSIX' }, 'linux', false],
    ["not on Linux's own console", true, { ...xterm, TERM: 'linux' }, 'linux', false],
    ['in a file, whatever the terminal', false, { TERM: 'linux', LANG: 'C' }, 'linux', true],
    ["not in Windows' console", true, {}, 'win32', false],
    ['in Windows Terminal', true, { WT_SESSION: 'x' }, 'win32', true],
    ['in VS Code on Windows', true, { TERM_PROGRAM: 'vscode' }, 'win32', true],
    ['in Git Bash', true, { TERM: 'xterm-256color' }, 'win32', true],
  ])('%s', (_, isTerminal, environment, platform, expected) => {
    expect(traitsOf(isTerminal, environment, platform).hasUnicode).toBe(expected);
  });

  test('and else every sign of ours has a twin', () => {
    expect(inAscii('✓ a × 2 · ✗ b…  ██▒▒░░')).toBe('ok a x 2 | x b...  ##++..');
  });
});
