/**
 * Looks for the songs of earlier runs, and has those brought back that have disappeared from the disk. It is
 * the one thing at the start of a run whose cost grows with what is done, so nothing waits for it.
 */
import type { SavedFile } from '../job/history.ts';
import type { JobId } from '../job/job.ts';
import { nextStep, standingOf } from '../job/next-step.ts';
import type { JobFile } from '../job/store.ts';
import type { Plan } from '../plan/plan.ts';
import type { Selection } from '../plan/selection.ts';
import type { Outputs } from './ports.ts';
import { restoreFiles, type BatchRunner } from './run-job.ts';
import { selectedJobs } from './standing.ts';
import type { Mark } from './stock-note.ts';

/**
 * @param mark tells whether all of these jobs are selected; absent: they may be others
 * @param take is given the work on a job, for when there is room for its songs and nobody else works on it
 */
export async function restoreMissing(
  { plan, selection }: { readonly plan: Plan; readonly selection: Selection },
  runner: BatchRunner,
  mark: Mark | undefined,
  take: (id: JobId, work: () => Promise<void>) => Promise<void>,
): Promise<void> {
  const { leave, policy, ports } = runner;
  const { store, outputs } = ports;
  const areAllSelected = mark?.outside.done === 0 && mark.outside.rejected === 0;
  /** A job that has lost several files comes once for each. */
  const incomplete = new Set<JobId>();
  for await (const { job } of outputs.missingOf(until(leave, store.savedFiles()))) {
    if (!incomplete.has(job) && areAllSelected) await restore(job);
    incomplete.add(job);
  }
  if (incomplete.size === 0 || areAllSelected) return;
  for (const { id } of selectedJobs(plan, selection)) if (incomplete.has(id)) await restore(id);

  async function restore(id: JobId): Promise<void> {
    if (leave.aborted) return;
    const record = store.get(id);
    if (!record) return;
    const step = nextStep(record, policy);
    // What is to be measured is looked for when it is measured.
    if (step.do !== 'nothing' || step.attempt.stage !== 'saved') return;
    const { attempt } = step;
    await take(id, () => restoreFiles(runner, record, attempt, standingOf(step)));
  }
}

function* until(leave: AbortSignal, files: Iterable<JobFile>): Generator<JobFile> {
  for (const file of files) {
    if (leave.aborted) return;
    yield file;
  }
}

export async function areAllPresent(
  { isPresent }: Outputs,
  files: readonly SavedFile[],
): Promise<boolean> {
  for (const file of files) if (!(await isPresent(file))) return false;
  return true;
}
