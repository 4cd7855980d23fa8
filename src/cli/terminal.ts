/**
 * The process's own streams, as the rest of the CLI uses them: results to stdout, all else to stderr.
 * Nothing is written that has a secret in it. The screen has one owner: whatever goes to stderr passes by
 * the lines that stand at its bottom, and there is a result only when nothing stands there any more.
 */
import { createRedactor, type Redact } from '../job/redaction.ts';
import { passwordOf } from '../batch/engine-address.ts';
import type { Tell } from '../batch/surroundings.ts';
import type { Look } from '../report/page.ts';
import type { StandingBlock } from '../report/standing-block.ts';
import { createStandingBlock } from '../report/standing-block.ts';
import type { Screen } from '../report/text-report.ts';
import { visible } from '../report/words.ts';
import { exitCodes } from './exit-codes.ts';
import { inAscii, traitsOf } from './terminal-traits.ts';

export interface Terminal {
  /** A result: what a script reads. Adds a line end. */
  readonly print: (text: string) => void;
  /** The same for a result that is a credential, made to be used: `sandbox --json`. */
  readonly printUnredacted: (text: string) => void;
  /** A message for whoever watches. Adds a line end. */
  readonly tell: (text: string) => void;
  readonly screen: Screen;
  /** How a result may look: on a terminal, or in a file or another program. */
  readonly look: () => Look;
  /** What all text that leaves the process goes through. */
  readonly redact: Redact;
  /**
   * From here on there is work to be brought to its end, whoever reads of it: output that is not taken
   * (`songbatch run m.yaml | head`) is dropped. Until then there is nothing but output to be had, and
   * the process ends with it.
   *
   * @param tell told where it is no reader who is missing, but room
   */
  readonly outliveReaders: (tell: Tell) => void;
  /** Whether there was no room for a result. */
  readonly hasLostResult: () => boolean;
}

export function processTerminal(environment: NodeJS.ProcessEnv): Terminal {
  const { stdout, stderr, platform } = process;
  const told = traitsOf(stderr.isTTY, environment, platform);
  const printed = traitsOf(stdout.isTTY, environment, platform);
  const redact = redactorFor(environment);
  const printUnredacted = (text: string) => {
    stdout.write(`${text}\n`);
  };

  // A terminal whose size nobody has set says 0.
  const size = () => ({ columns: stderr.columns || 80, rows: stderr.rows || 24 });
  const block = createStandingBlock((text) => {
    stderr.write(text);
  }, size);
  const write = (text: string) => {
    const clean = redact(text);
    block.above(told.hasUnicode ? clean : inAscii(clean));
  };
  const tell = (text: string) => {
    write(`${visible(text)}\n`);
  };
  const output = surviveUnreadOutput(tell);
  return {
    print: (text) => {
      printUnredacted(redact(printed.hasUnicode ? text : inAscii(text)));
    },
    printUnredacted,
    tell,
    redact,
    screen: {
      write,
      ...(told.canRedraw && { stand: standing(block, told.hasUnicode) }),
      size,
      hasColour: told.hasColour,
      now: Date.now,
    },
    look: () => ({
      hasColour: printed.hasColour,
      // A terminal whose size nobody has set says 0.
      columns: stdout.isTTY ? stdout.columns || 80 : undefined,
    }),
    ...output,
  };
}

/** Amazon's are the SDK's to read; a server may echo them all the same. */
const secretVariables = [
  'WIRO_API_KEY',
  'WIRO_API_SECRET',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
];

/** Looks at the environment each time: secrets may come into it later, from a file. */
function redactorFor(environment: NodeJS.ProcessEnv): Redact {
  let known: readonly string[] = [];
  let redact = createRedactor(known);
  return (text) => {
    const secrets = [
      ...secretVariables.map((name) => environment[name] ?? ''),
      passwordOf(environment['SONGBATCH_ENGINE'] ?? ''),
      passwordOf(environment['SONGBATCH_QUEUE'] ?? ''),
    ];
    if (secrets.some((secret, index) => secret !== known[index])) {
      known = secrets;
      redact = createRedactor(known);
    }
    return redact(text);
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
function surviveUnreadOutput(
  tellTerminal: Tell,
): Pick<Terminal, 'outliveReaders' | 'hasLostResult'> {
  let hasWork = false;
  let tell = tellTerminal;
  let isLost = false;
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // A reader that has had enough (`songbatch plan | head`) is no failure.
    const isClosed = error.code === 'EPIPE';
    if (!isClosed && !isLost) {
      isLost = true;
      tell(`error: the result cannot be written: ${error.message}`, 'error');
    }
    if (!hasWork) process.exit(isClosed ? exitCodes.done : exitCodes.stopped);
  });
  // Messages are not what was asked for, and there is nobody left to be told of their loss.
  process.stderr.on('error', () => undefined);
  return {
    outliveReaders: (tellOf) => {
      hasWork = true;
      tell = tellOf;
    },
    hasLostResult: () => isLost,
  };
}
