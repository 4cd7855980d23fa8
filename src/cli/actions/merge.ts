/** The work of `songbatch merge`. */
import { mergeFolders } from '../../batch/merge.ts';
import { conflictText, mergeJson, mergeText } from '../../report/merge-report.ts';
import type { ExitCode } from '../exit-codes.ts';
import { exitCodes } from '../exit-codes.ts';
import type { Invocation } from '../invocation.ts';

export interface MergeFlags {
  readonly into: string;
  readonly prefer?: string;
  readonly json?: true;
}

/** Milliseconds between two lines about how far it is: hashing a large batch takes minutes. */
const silence = 5_000;

export async function merge(
  folders: readonly string[],
  { into, prefer, json }: MergeFlags,
  { terminal, workingDirectory, version }: Invocation,
): Promise<ExitCode> {
  let spokenAt = performance.now();
  const outcome = await mergeFolders({
    folders,
    into,
    ...(prefer !== undefined && { prefer }),
    workingDirectory,
    version,
    onProgress: (done, of) => {
      if (performance.now() - spokenAt < silence) return;
      spokenAt = performance.now();
      terminal.tell(`songs of ${done} of ${of} jobs`);
    },
  });
  switch (outcome.kind) {
    case 'conflicts':
      terminal.tell(`error: ${conflictText(outcome.conflicts)}`);
      terminal.tell(
        'hint: leave one of the folders out, or name the one to believe with --prefer; what is in doubt is settled by running its shard again',
      );
      return exitCodes.refused;
    case 'merged': {
      const facts = { ...outcome, into };
      terminal.print(json ? JSON.stringify(mergeJson(facts), undefined, 2) : mergeText(facts));
      return exitCodes.done;
    }
  }
}
