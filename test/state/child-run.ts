/** Starts `run.child.ts` and talks with it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

export interface ChildRun {
  readonly pid: number;
  readonly ask: (line: string) => Promise<unknown>;
  /** SIGKILL; resolves when the process is gone. */
  readonly kill: () => Promise<void>;
}

/** @param blocks largest file that it may write, in the shell's blocks (512 or 1024 bytes) */
export function startRun(path: string, blocks?: number): ChildRun {
  const script = fileURLToPath(new URL('./run.child.ts', import.meta.url));
  const limit = blocks === undefined ? '' : `ulimit -f ${blocks} && `;
  const child = spawn('sh', ['-c', `${limit}exec "$0" "$@"`, process.execPath, script, path], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const { pid } = child;
  if (pid === undefined) throw new Error('the run could not be started');
  const gone = once(child, 'exit');
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await gone;
  };
  onTestFinished(kill);
  return {
    pid,
    ask: async (line) => {
      child.stdin.write(`${line}\n`);
      const answer = await answers.next();
      if (answer.done) throw new Error(`the run ended at "${line}"`);
      return JSON.parse(answer.value) as unknown;
    },
    kill,
  };
}
