/** The flags that say on which engine a batch runs: many machines that share PostgreSQL, and perhaps Redis. */
import type { Command } from 'commander';
import type { EngineAddress, WrittenAddress } from '../batch/engine-address.ts';
import { engineAddressOf } from '../batch/engine-address.ts';
import { variable } from '../batch/said.ts';
import { UsageError } from '../batch/usage-error.ts';

export interface EngineFlags {
  readonly engine?: string;
  readonly queue?: string;
  /** Of commands that may work with the embedded server. */
  readonly sandbox?: true;
}

/** They are read by `engineAddress`, not here: Commander shows what it refuses, passwords included. */
export function addEngineFlags(command: Command): Command {
  return command
    .option(
      '--engine <url>',
      'PostgreSQL that many machines share, as postgres://user@host/database (default: SONGBATCH_ENGINE, where a password is out of sight)',
    )
    .option(
      '--queue <url>',
      'Redis for their queue, as redis://host, instead of that PostgreSQL (default: SONGBATCH_QUEUE)',
    );
}

/** Throws `UsageError` where none is named, or what is named is no address. */
export function engineAddress(flags: EngineFlags, environment: NodeJS.ProcessEnv): EngineAddress {
  const address = engineAddressIfSaid(flags, environment);
  if (!address) {
    throw new UsageError(
      'no engine is named: this is work for many machines',
      'give --engine postgres://host/database, or set SONGBATCH_ENGINE',
    );
  }
  return address;
}

/** Undefined: this machine works alone, as it does with the embedded server where no engine is asked for by name. */
export function engineAddressIfSaid(
  flags: EngineFlags,
  environment: NodeJS.ProcessEnv,
): EngineAddress | undefined {
  if (flags.sandbox && flags.engine === undefined && flags.queue === undefined) return undefined;
  const engine = said(flags.engine, '--engine', 'SONGBATCH_ENGINE', environment);
  const queue = said(flags.queue, '--queue', 'SONGBATCH_QUEUE', environment);
  if (engine) return engineAddressOf(engine, queue);
  // From the environment it may be there for other commands.
  if (flags.queue === undefined) return undefined;
  throw new UsageError(
    '--queue without an engine: the queue carries orders, and PostgreSQL what is true of them',
    'give --engine postgres://host/database too, or set SONGBATCH_ENGINE',
  );
}

function said(
  flag: string | undefined,
  flagName: string,
  variableName: string,
  environment: NodeJS.ProcessEnv,
): WrittenAddress | undefined {
  if (flag !== undefined) return { text: flag.trim(), by: flagName };
  const text = variable(environment, variableName);
  return text === undefined ? undefined : { text: text.trim(), by: variableName };
}
