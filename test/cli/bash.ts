/** Commands as somebody types them: in bash, which gives up at the first that fails. */
import { spawn } from 'node:child_process';

export interface Printed {
  readonly code: number | null;
  /** To both streams. */
  readonly printed: string;
}

export interface Started {
  readonly stop: (signal: NodeJS.Signals) => void;
  readonly ended: Promise<Printed>;
}

export function runBash(
  script: string,
  cwd: string,
  env: Readonly<Record<string, string>>,
): Started {
  const shell = spawn('bash', ['-eo', 'pipefail', '-c', script], {
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<Printed>((resolve, reject) => {
    let printed = '';
    const take = (text: string) => (printed += text);
    shell.stdout.setEncoding('utf8').on('data', take);
    shell.stderr.setEncoding('utf8').on('data', take);
    shell.on('error', reject);
    shell.on('close', (code) => {
      resolve({ code, printed });
    });
  });
  return { stop: (signal) => shell.kill(signal), ended };
}
