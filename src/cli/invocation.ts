/** What the process gives a command: read here once, handed on as values. */
import type { Surroundings } from '../batch/surroundings.ts';
import type { ExitCode } from './exit-codes.ts';
import type { Log } from './log.ts';
import type { Terminal } from './terminal.ts';

export interface Invocation extends Surroundings {
  /** As it is; messages to whoever watches go through `tell`, from where the log has them too. */
  readonly terminal: Terminal;
  /** Where variables of the environment were set that come from an `--env-file`: `.env:3`. */
  readonly fromEnvFiles: ReadonlyMap<string, string>;
  /** Of songbatch. */
  readonly version: string;
  /** Says what the process exits with. */
  readonly exitWith: (code: ExitCode) => void;
  /** From here on the log has every message, errors included, and what the process exits with. */
  readonly keepLog: (log: Log) => void;
}
