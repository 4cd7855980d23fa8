/**
 * The process's own streams, as the rest of the CLI uses them: results to stdout, all else to stderr. The
 * screen has one owner: whatever goes to stderr passes by the lines that stand at its bottom, and there is
 * a result only when nothing stands there any more.
 */
import type { StandingBlock } from '../report/standing-block.ts';
import { createStandingBlock } from '../report/standing-block.ts';
import type { Screen } from '../report/text-report.ts';
import { visible } from '../report/words.ts';
import { exitCodes } from './exit-codes.ts';
import { inAscii, traitsOf } from './terminal-traits.ts';

export interface Terminal {
  /** A result: what a script reads. Adds a line end. */
  readonly print: (text: string) => void;
  /** A message for whoever watches. Adds a line end. */
  readonly tell: (text: string) => void;
  readonly screen: Screen;
  /**
   * From here on there is work to be brought to its end, whoever reads of it: output that is not taken
   * (`songbatch run m.yaml | head`) is dropped. Until then there is nothing but output to be had, and
   * the process ends with it.
   */
  readonly outliveReaders: () => void;
}

export function processTerminal(environment: NodeJS.ProcessEnv): Terminal {
  const { stdout, stderr, platform } = process;
  const told = traitsOf(stderr.isTTY, environment, platform);
  const printed = traitsOf(stdout.isTTY, environment, platform);

  // A terminal whose size nobody has set says 0.
  const size = () => ({ columns: stderr.columns || 80, rows: stderr.rows || 24 });
  const block = createStandingBlock((text) => {
    stderr.write(text);
  }, size);
  const write = (text: string) => {
    block.above(told.hasUnicode ? text : inAscii(text));
  };
  const tell = (text: string) => {
    write(`${visible(text)}\n`);
  };
  const outliveReaders = surviveUnreadOutput(tell);
  return {
    print: (text) => {
      stdout.write(`${printed.hasUnicode ? text : inAscii(text)}\n`);
    },
    tell,
    screen: {
      write,
      ...(told.canRedraw && { stand: standing(block, told.hasUnicode) }),
      size,
      hasColour: told.hasColour,
      now: Date.now,
    },
    outliveReaders,
  };
}

/** However the process ends, it leaves no block behind; stopped and continued, it draws a new one. */
function standing(block: StandingBlock, hasUnicode: boolean): (lines: readonly string[]) => void {
  let hasStood = false;
  return (lines) => {
    if (!hasStood) {
      process.on('exit', () => {
        block.show([]);
      });
      process.on('SIGCONT', block.forget);
    }
    hasStood = true;
    block.show(hasUnicode ? lines : lines.map(inAscii));
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
