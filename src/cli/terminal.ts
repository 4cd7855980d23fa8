/** The process's own streams, as the rest of the CLI uses them: results to stdout, all else to stderr. */
import type { Screen } from '../report/text-report.ts';

export interface Terminal {
  /** A result: what a script reads. Adds a line end. */
  readonly print: (text: string) => void;
  /** A message for whoever watches. Adds a line end. */
  readonly tell: (text: string) => void;
  readonly screen: Screen;
}

export function processTerminal(environment: NodeJS.ProcessEnv): Terminal {
  const { stdout, stderr } = process;
  const isTerminal = stderr.isTTY && environment['TERM'] !== 'dumb';
  return {
    print: (text) => {
      stdout.write(`${text}\n`);
    },
    tell: (text) => {
      stderr.write(`${text}\n`);
    },
    screen: {
      write: (text) => {
        stderr.write(text);
      },
      isTerminal,
      columns: () => stderr.columns,
      // https://no-color.org: present and not empty, whatever its value.
      hasColour: isTerminal && !environment['NO_COLOR'],
      now: Date.now,
    },
  };
}

/** A reader that has had enough (`songbatch plan | head`) is no reason to fail. */
export function forgiveClosedPipes(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') process.exit(0);
      throw error;
    });
  }
}
