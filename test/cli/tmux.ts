/**
 * The CLI in a real terminal: a tmux server of the test's own, whose screen is read and whose window is
 * resized. What is written to it is kept as well, byte by byte.
 */
import { execFile, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { onTestFinished } from 'vitest';
import type { World } from './rig.ts';
import { compileCache, executable, patienceMs, until } from './rig.ts';

const run = promisify(execFile);

export const hasTmux = spawnSync('tmux', ['-V']).status === 0;

export interface Pane {
  /** All lines, those that have scrolled away included, whole where they were wrapped. */
  readonly lines: () => Promise<string[]>;
  /** Resolves with the rows that can be seen, the empty ones at the end left out, when they are as wanted; gives up in the end. */
  readonly untilScreen: (isWanted: (rows: readonly string[]) => boolean) => Promise<string[]>;
  readonly resize: (columns: number, rows: number) => Promise<void>;
  /** As tmux names keys: `C-c`. */
  readonly press: (key: string) => Promise<void>;
  readonly signal: (signal: NodeJS.Signals) => void;
  /** All that was written to the terminal. */
  readonly written: () => string;
  /** Resolves with the screen when the command has ended; its last row is `exit <code>`. */
  readonly ended: () => Promise<string[]>;
}

/** @param line of shell, in which `songbatch` is the CLI */
export async function openPane(
  world: World,
  line: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<Pane> {
  const folder = join(world.folder, 'tmux');
  mkdirSync(folder, { mode: 0o700 });
  const own = { PATH: process.env['PATH'], LC_ALL: 'C.UTF-8', TMUX_TMPDIR: folder };
  const tmux = async (...words: string[]) =>
    (await run('tmux', ['-u', '-f', '/dev/null', ...words], { env: own })).stdout;
  onTestFinished(async () => {
    await tmux('kill-server');
  });

  const file = (name: string) => join(folder, name);
  const script = [
    'songbatch() { (echo "$BASHPID" >"$PANE/pid"; exec "$NODE" "$EXECUTABLE" "$@"); }',
    'while ! [ -e "$PANE/go" ]; do sleep 0.02; done',
    line,
    'echo "exit $?"',
    'exec sleep 1000',
  ].join('\n');
  const variables = {
    LC_ALL: 'C.UTF-8',
    ...compileCache,
    HOME: world.folder,
    PANE: folder,
    NODE: process.execPath,
    EXECUTABLE: executable,
    WIRO_BASE_URL: world.server.url,
    WIRO_API_KEY: 'test-key',
    ...environment,
  };
  const settings = Object.entries(variables).flatMap(([name, value]) => ['-e', `${name}=${value}`]);
  const size = ['-x', '80', '-y', '24'];
  const command = ['env', ...(environment['TERM'] ? [`TERM=${environment['TERM']}`] : [])];
  await tmux(
    ...['new-session', '-d', ...size, '-c', world.folder, ...settings],
    ...[...command, 'bash', '-c', script],
  );
  await tmux('pipe-pane', '-o', `cat >'${file('written')}'`);
  writeFileSync(file('go'), '');

  const screen = async () => (await tmux('capture-pane', '-p')).replace(/\n+$/, '').split('\n');
  const untilScreen = async (isWanted: (rows: readonly string[]) => boolean) => {
    const deadline = Date.now() + patienceMs;
    for (;;) {
      const rows = await screen();
      if (isWanted(rows)) return rows;
      if (Date.now() > deadline) throw new Error(`the screen stays as it is:\n${rows.join('\n')}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  await until(() => existsSync(file('pid')));
  return {
    lines: async () => {
      const all = await tmux('capture-pane', '-p', '-J', '-S', '-');
      return all
        .trimEnd()
        .split('\n')
        .map((line) => line.trimEnd());
    },
    untilScreen,
    resize: async (columns, rows) => {
      await tmux('resize-window', '-x', String(columns), '-y', String(rows));
    },
    press: async (key) => {
      await tmux('send-keys', key);
    },
    signal: (signal) => {
      process.kill(Number(readFileSync(file('pid'), 'utf8')), signal);
    },
    written: () => readFileSync(file('written'), 'utf8'),
    ended: () => untilScreen((rows) => /^exit \d+$/.test(rows.at(-1) ?? '')),
  };
}
