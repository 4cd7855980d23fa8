/**
 * The process's own streams, as the rest of the CLI uses them: results to stdout, all else to stderr.
 * Nothing is written that has a secret in it.
 */
import { createRedactor, type Redact } from '../job/redaction.ts';
import type { Tell } from '../batch/surroundings.ts';
import type { Look } from '../report/page.ts';
import type { Screen } from '../report/text-report.ts';
import { detectCi } from './ci.ts';
import { exitCodes } from './exit-codes.ts';

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
}

export function processTerminal(environment: NodeJS.ProcessEnv): Terminal {
  const { stdout, stderr } = process;
  // Some services give their jobs a terminal, whose every redrawn line they keep.
  const isTerminal = stderr.isTTY && environment['TERM'] !== 'dumb' && !detectCi(environment);
  const redact = redactorFor(environment);
  const printUnredacted = (text: string) => {
    stdout.write(`${text}\n`);
  };
  const tell = (text: string) => {
    // A progress line may stand there; it is drawn again with the next step.
    stderr.write(`${isTerminal ? '\r\x1b[2K' : ''}${redact(text)}\n`);
  };
  const outliveReaders = surviveUnreadOutput(tell);
  return {
    print: (text) => {
      printUnredacted(redact(text));
    },
    printUnredacted,
    tell,
    redact,
    screen: {
      write: (text) => {
        stderr.write(redact(text));
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

/** Looks at the environment each time: secrets may come into it later, from a file. */
function redactorFor(environment: NodeJS.ProcessEnv): Redact {
  let known: readonly string[] = [];
  let redact = createRedactor(known);
  return (text) => {
    const secrets = [environment['WIRO_API_KEY'] ?? '', environment['WIRO_API_SECRET'] ?? ''];
    if (secrets.some((secret, index) => secret !== known[index])) {
      known = secrets;
      redact = createRedactor(known);
    }
    return redact(text);
  };
}

/** Without listeners a stream that cannot be written to ends the process, with a stack trace. */
function surviveUnreadOutput(tellTerminal: Tell): (tell: Tell) => void {
  let hasWork = false;
  let tell = tellTerminal;
  let isTold = false;
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // A reader that has had enough (`songbatch plan | head`) is no failure.
    const isClosed = error.code === 'EPIPE';
    if (!isClosed && !isTold)
      tell(`error: the result cannot be written: ${error.message}`, 'error');
    isTold = true;
    if (!hasWork) process.exit(isClosed ? exitCodes.done : exitCodes.stopped);
  });
  // Messages are not what was asked for, and there is nobody left to be told of their loss.
  process.stderr.on('error', () => undefined);
  return (tellOf) => {
    hasWork = true;
    tell = tellOf;
  };
}
