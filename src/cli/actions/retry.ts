/** The work of `songbatch retry`: marks jobs in the state. */
import { existsSync } from 'node:fs';
import type { Attempt, JobRecord } from '../../job/history.ts';
import { nextStep, policyOf } from '../../job/next-step.ts';
import type { Store, StoreReader } from '../../job/store.ts';
import { isSelected } from '../../plan/selection.ts';
import { forgetStock } from '../../run/stock-note.ts';
import { openStore } from '../../state/sqlite-store.ts';
import type { Batch, BatchFlags } from '../../batch/batch.ts';
import { loadBatch } from '../../batch/batch.ts';
import { loadConfig } from '../../batch/config.ts';
import { engineAddressIfSaid, type EngineFlags } from '../engine-flags.ts';
import type { Invocation } from '../invocation.ts';
import { warnOn } from '../warn-on.ts';
import { shownAddress } from '../../batch/engine-address.ts';
import { baseUrlOf, chooseService, saidBaseUrl } from '../../batch/service.ts';
import { refuseUnfinishedMerge } from '../../batch/unfinished-merge.ts';

export interface RetryFlags extends BatchFlags, EngineFlags {
  readonly failed?: true;
  readonly cancelled?: true;
  readonly billed?: true;
  readonly sandbox?: true;
  readonly json?: true;
}

export async function reopen(
  path: string,
  flags: RetryFlags,
  invocation: Invocation,
): Promise<void> {
  const { terminal, environment, workingDirectory } = invocation;
  const config = await loadConfig(invocation);
  const batch = await loadBatch(path, flags, { ...invocation, config }, warnOn(terminal));
  const engine = engineAddressIfSaid(flags, environment);
  const nothing = (where: string) => {
    terminal.tell(`nothing has been run yet: ${where}`);
    if (flags.json) terminal.print(JSON.stringify({ reopened: 0, billed: [] }));
  };
  if (engine) {
    const { readAtEngine } = await import('../../batch/engine/engine-workplace.ts');
    const service = baseUrlOf(saidBaseUrl(config, environment).value);
    await readAtEngine(engine, batch, service, invocation, async (found) => {
      if (found) await reopenIn(found.store, batch, flags, terminal);
      else nothing(`the batch is not known at ${shownAddress(engine.state)}`);
    });
    return;
  }
  refuseUnfinishedMerge(batch, workingDirectory);
  if (!existsSync(batch.statePath)) {
    // A state made here would say that the batch was begun.
    nothing(`there is no state at ${batch.statePath}`);
    return;
  }
  const choice = chooseService(flags.sandbox ?? false, config, environment);
  const { store } = openStore(batch.statePath, {
    identity: { name: batch.manifest.name, service: choice.name },
    policy: policyOf(batch.manifest),
  });
  try {
    await reopenIn(store, batch, flags, terminal);
  } finally {
    store.close();
  }
}

async function reopenIn(
  store: Store,
  batch: Batch,
  flags: RetryFlags,
  terminal: Invocation['terminal'],
): Promise<void> {
  await forgetStock(store);
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
    terminal.tell(
      kept.length === 1
        ? '1 was billed although it failed: --billed buys it anew'
        : `${kept.length} were billed although they failed: --billed buys them anew`,
    );
  }
  const poor = countPoor(store, batch);
  if (poor > 0) {
    terminal.tell(
      `${poor} ${poor === 1 ? 'is' : 'are'} here and ${poor === 1 ? 'fails' : 'fail'} a check: the same request would buy the same song, so change the seed or the check`,
    );
  }
}

function countPoor(store: StoreReader, { manifest, selection }: Batch): number {
  if (!manifest.checks) return 0;
  return [...store.records(['saved'])].filter((record) => {
    const isMeant = isSelected(selection, record.job.id, record.job.coordinates);
    return isMeant && 'failure' in nextStep(record, policyOf(manifest));
  }).length;
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
