/** The process's own streams, as the rest of the CLI uses them: results to stdout, all else to stderr. */
import type { Look } from '../report/page.ts';
import type { Screen } from '../report/text-report.ts';
import { exitCodes } from './exit-codes.ts';

export interface Terminal {
  /** A result: what a script reads. Adds a line end. */
  readonly print: (text: string) => void;
  /** A message for whoever watches. Adds a line end. */
  readonly tell: (text: string) => void;
  readonly screen: Screen;
  /** How a result may look: on a terminal, or in a file or another program. */
  readonly look: () => Look;
  /**
   * From here on there is work to be brought to its end, whoever reads of it: output that is not taken
   * (`songbatch run m.yaml | head`) is dropped. Until then there is nothing but output to be had, and
   * the process ends with it.
   */
  readonly outliveReaders: () => void;
}

export function processTerminal(environment: NodeJS.ProcessEnv): Terminal {
  const { stdout, stderr } = process;
  const isTerminal = stderr.isTTY && environment['TERM'] !== 'dumb';
  const tell = (text: string) => {
    // A progress line may stand there; it is drawn again with the next step.
    stderr.write(`${isTerminal ? '\r\x1b[2K' : ''}${text}\n`);
  };
  const outliveReaders = surviveUnreadOutput(tell);
  return {
    print: (text) => {
      stdout.write(`${text}\n`);
    },
    tell,
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
    look: () => ({
      hasColour: stdout.isTTY && environment['TERM'] !== 'dumb' && !environment['NO_COLOR'],
      // A terminal whose size nobody has set says 0.
      columns: stdout.isTTY ? stdout.columns || 80 : undefined,
    }),
    outliveReaders,
  };
}

/** Without listeners a stream that cannot be written to ends the process, with a stack trace. */
function surviveUnreadOutput(tell: (text: string) => void): () => void {
  let hasWork = false;
  let isTold = false;
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // A reader that has had enough (`songbatch plan | head`) is no failure.
    const isClosed = error.code === 'EPIPE';
    if (!isClosed && !isTold) tell(`error: the result cannot be written: ${error.message}`);
    isTold = true;
    if (!hasWork) process.exit(isClosed ? exitCodes.done : exitCodes.stopped);
  });
  // Messages are not what was asked for, and there is nobody left to be told of their loss.
  process.stderr.on('error', () => undefined);
  return () => {
    hasWork = true;
  };
}
