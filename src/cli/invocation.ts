/** What the process gives a command: read here once, handed on as values. */
import type { ExitCode } from './exit-codes.ts';
import type { Terminal } from './terminal.ts';

export interface Invocation {
  readonly terminal: Terminal;
  readonly environment: NodeJS.ProcessEnv;
  /** Absolute. */
  readonly workingDirectory: string;
  /** Of songbatch. */
  readonly version: string;
  /** Says what the process exits with. */
  readonly exitWith: (code: ExitCode) => void;
}
