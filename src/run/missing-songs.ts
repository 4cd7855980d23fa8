/**
 * Looks for the songs of earlier runs, and has those brought back that have disappeared from the disk. It is
 * the one thing at the start of a run whose cost grows with what is done, so nothing waits for it.
 */
import type { JobRecord, SavedFile } from '../job/history.ts';
import type { JobId } from '../job/job.ts';
import { nextStep, standingOf } from '../job/next-step.ts';
import type { Plan } from '../plan/plan.ts';
import type { Selection } from '../plan/selection.ts';
import type { Outputs } from './ports.ts';
import { restoreFiles, type JobRunner } from './run-job.ts';
import { selectedJobs } from './standing.ts';
import type { Mark } from './stock-note.ts';

/** Jobs whose files are looked for together: one after the other takes several times as long. */
const atOnce = 256;

/**
 * @param mark tells whether all of these jobs are selected; absent: they may be others
 * @param take is given the work on a job that nobody else works on
 */
export async function restoreMissing(
  { plan, selection }: { readonly plan: Plan; readonly selection: Selection },
  runner: JobRunner,
  mark: Mark | undefined,
  take: (id: JobId, work: () => Promise<void>) => void,
): Promise<void> {
  const { store, outputs } = runner.ports;
  const areAllSelected = mark?.outside.done === 0 && mark.outside.rejected === 0;
  const unsure = new Set<JobId>();
  for (const some of inGroups(store.records(['saved']))) {
    if (runner.leave.aborted) return;
    for (const record of await withoutFiles(some, runner, outputs)) {
      if (areAllSelected) restore(record);
      else unsure.add(record.job.id);
    }
  }
  if (unsure.size === 0) return;
  for (const { id } of selectedJobs(plan, selection)) {
    const record = unsure.has(id) ? store.get(id) : undefined;
    if (record) restore(record);
  }

  function restore(record: JobRecord): void {
    const step = nextStep(record, runner.policy);
    if (!('attempt' in step) || step.attempt.stage !== 'saved') return;
    const { attempt } = step;
    take(record.job.id, () => restoreFiles(runner, record, attempt, standingOf(step)));
  }
}

function* inGroups(records: Iterable<JobRecord>): Generator<readonly JobRecord[]> {
  let group: JobRecord[] = [];
  for (const record of records) {
    group.push(record);
    if (group.length < atOnce) continue;
    yield group;
    group = [];
  }
  yield group;
}

/** What is to be measured is looked for when it is measured. */
async function withoutFiles(
  records: readonly JobRecord[],
  { policy }: JobRunner,
  outputs: Outputs,
): Promise<readonly JobRecord[]> {
  const present = await Promise.all(
    records.map(async (record) => {
      const step = nextStep(record, policy);
      if (step.do !== 'nothing' || step.attempt.stage !== 'saved') return true;
      return areAllPresent(outputs, step.attempt.files);
    }),
  );
  return records.filter((_, index) => !present[index]);
}

export async function areAllPresent(
  { isPresent }: Outputs,
  files: readonly SavedFile[],
): Promise<boolean> {
  for (const file of files) if (!(await isPresent(file))) return false;
  return true;
}
