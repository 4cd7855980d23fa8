/** `songbatch retry`: wants failed or cancelled jobs again. Buys nothing by itself; `run` does. */
import type { Command } from 'commander';
import type { Attempt, JobRecord } from '../../job/history.ts';
import { isSelected } from '../../plan/selection.ts';
import { openStore } from '../../state/sqlite-store.ts';
import type { BatchFlags } from '../batch.ts';
import { loadBatch } from '../batch.ts';
import { loadConfig } from '../config.ts';
import { exitCodes } from '../exit-codes.ts';
import { addBatchFlags, jsonFlag, sandboxFlag } from '../flags.ts';
import type { Invocation } from '../invocation.ts';
import { chooseService } from '../service.ts';

interface RetryFlags extends BatchFlags {
  readonly failed?: true;
  readonly cancelled?: true;
  readonly billed?: true;
  readonly sandbox?: true;
  readonly json?: true;
}

export function addRetryCommand(program: Command, invocation: Invocation): void {
  const command = program
    .command('retry')
    .summary('want failed or cancelled jobs again, at the next run')
    .description(
      'Marks jobs so that the next run tries them again, with as many attempts as the manifest grants. Where a song was paid for but could not be had, its task is looked at once more, and nothing is bought. Buys nothing itself.',
    )
    .argument('<manifest>', 'the batch, a YAML file');
  addBatchFlags(command)
    .option('--failed', 'jobs that failed (this is the default)')
    .option('--cancelled', 'jobs that you cancelled')
    .option(
      '--billed',
      'also jobs whose attempt was billed although it failed: they are bought anew',
    )
    .addOption(sandboxFlag())
    .addOption(jsonFlag())
    .addHelpText(
      'after',
      `
Examples:
  songbatch retry batch.yaml && songbatch run batch.yaml
  songbatch retry batch.yaml --cancelled --only tags=dream-pop`,
    )
    .action(async (path: string, flags: RetryFlags) => {
      invocation.terminal.outliveReaders();
      await reopen(path, flags, invocation);
      invocation.exitWith(exitCodes.done);
    });
}

async function reopen(path: string, flags: RetryFlags, invocation: Invocation): Promise<void> {
  const { terminal, environment, workingDirectory } = invocation;
  const batch = loadBatch(path, flags, workingDirectory, terminal);
  const config = await loadConfig(workingDirectory);
  const choice = chooseService(flags.sandbox ?? false, config, environment);
  const { store } = openStore(batch.statePath, {
    identity: { name: batch.manifest.name, service: choice.name },
  });
  try {
    const failed = [...store.records(['failed'])].filter(({ job }) =>
      isSelected(batch.selection, job.id, job.coordinates),
    );
    const wanted = failed.filter((record) => isWanted(record, flags));
    const kept = wanted.filter((record) => !flags.billed && wouldPayAgain(record));
    for (const record of wanted) {
      if (kept.includes(record)) continue;
      await store.append(record.job, { type: 'reopened', at: Date.now() });
    }
    const reopened = wanted.length - kept.length;
    terminal.print(
      flags.json
        ? JSON.stringify({ reopened, billed: kept.map(({ job }) => job.id) })
        : `${reopened} of ${failed.length} failed jobs are wanted again${reopened > 0 ? ', by the next run' : ''}`,
    );
    if (kept.length > 0) {
      terminal.tell(`${kept.length} were billed although they failed: --billed buys them anew`);
    }
  } finally {
    store.close();
  }
}

function isWanted(record: JobRecord, { failed, cancelled }: RetryFlags): boolean {
  const attempt = failedAttempt(record);
  if (!attempt || attempt.reopened) return false;
  return attempt.failure.reason === 'stopped' ? cancelled === true : failed === true || !cancelled;
}

/** Billed, and its task has nothing more to give. */
function wouldPayAgain(record: JobRecord): boolean {
  const attempt = failedAttempt(record);
  if (!attempt || attempt.cost === 0n) return false;
  const { reason } = attempt.failure;
  return reason !== 'output-unavailable' && reason !== 'output-invalid';
}

function failedAttempt({ attempts }: JobRecord): Extract<Attempt, { stage: 'failed' }> | undefined {
  const last = attempts.at(-1);
  return last?.stage === 'failed' ? last : undefined;
}
