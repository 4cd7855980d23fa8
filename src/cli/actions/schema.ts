/** The work of `songbatch schema`. */
import { UsageError } from '../../batch/usage-error.ts';
import { schemaNames, schemaText } from '../../schemas/text.ts';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import type { Invocation } from '../invocation.ts';

export interface SchemaFlags {
  readonly refresh?: true;
  readonly model?: string;
  readonly write?: true;
  readonly check?: true;
  readonly sandbox?: true;
  readonly json?: true;
}

export async function showSchema(
  format: string | undefined,
  flags: SchemaFlags,
  invocation: Invocation,
): Promise<ExitCode> {
  if (flags.refresh) {
    if (format !== undefined) {
      throw new UsageError(
        'a schema is printed or a model is asked about, not both',
        `leave out "${format}"; another model is named with --model`,
      );
    }
    const { refreshModel } = await import('./refresh-model.ts');
    return refreshModel(flags, invocation);
  }
  const lonely = (['model', 'write', 'check', 'sandbox', 'json'] as const).find(
    (name) => flags[name] !== undefined,
  );
  if (lonely !== undefined) throw new UsageError(`--${lonely} goes with --refresh`, 'add it');
  const name = schemaNames.find((known) => known === format) ?? 'manifest';
  invocation.terminal.print(schemaText(name).trimEnd());
  return exitCodes.done;
}
