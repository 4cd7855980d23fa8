/**
 * Brings home the songs of a task that is paid for. Nothing in here gives up what may still be had: a
 * URL that fails is asked for anew, and a server that does not answer is left for a later run.
 */
import { ApiFault } from '../job/api-fault.ts';
import type { Failure } from '../job/failure.ts';
import type { SavedFile } from '../job/history.ts';
import type { Job } from '../job/job.ts';
import type { RemoteOutput } from '../job/task.ts';
import type { JobPorts } from './ports.ts';

export type Fetching =
  | { readonly kind: 'saved'; readonly files: readonly SavedFile[] }
  | { readonly kind: 'lost'; readonly failure: Failure }
  /** The run leaves, or it cannot be had at the moment (`message`): that is for a later run. */
  | { readonly kind: 'later'; readonly message?: string };

export interface PaidTask {
  readonly taskId: string;
  readonly outputs: readonly RemoteOutput[];
}

/** @param areOld the URLs are of an earlier run, and the API may have fresh ones */
export async function fetchSongs(
  ports: JobPorts,
  job: Job,
  task: PaidTask,
  areOld: boolean,
  leave: AbortSignal,
): Promise<Fetching> {
  try {
    return await fetchAll(ports, job, task, areOld, leave);
  } catch (error) {
    if (leave.aborted) return { kind: 'later' };
    throw error;
  }
}

async function fetchAll(
  ports: JobPorts,
  job: Job,
  task: PaidTask,
  areOld: boolean,
  leave: AbortSignal,
): Promise<Fetching> {
  const files: SavedFile[] = [];
  let fresh = areOld ? await freshOutputs(ports, task, leave) : undefined;
  let outputs = fresh ?? task.outputs;
  while (files.length < outputs.length) {
    const output = outputs[files.length];
    if (!output) break;
    const name = files.length === 0 ? job.output : `${job.output}~part${files.length + 1}`;
    const fetched = await ports.outputs.fetch(output, { name, id: job.id }, leave);
    const { kind } = fetched;
    if (kind === 'saved') {
      files.push(fetched.file);
      continue;
    }
    const { message } = fetched;
    if (kind === 'invalid') return { kind: 'lost', failure: { reason: 'output-invalid', message } };
    if (fresh === undefined) {
      fresh = await freshOutputs(ports, task, leave);
      outputs = fresh ?? outputs;
      if (fresh !== undefined) continue;
    } else if (kind === 'gone') {
      return { kind: 'lost', failure: { reason: 'output-unavailable', message } };
    }
    return { kind: 'later', message };
  }
  return { kind: 'saved', files };
}

/** URLs are kept for a limited time; the task may have new ones. Undefined: it could not be asked. */
async function freshOutputs(
  { api }: JobPorts,
  { taskId, outputs }: PaidTask,
  leave: AbortSignal,
): Promise<readonly RemoteOutput[] | undefined> {
  try {
    const report = await api.task(taskId, leave);
    return report?.state.kind === 'succeeded' ? report.state.outputs : outputs;
  } catch (error) {
    if (error instanceof ApiFault || leave.aborted) return undefined;
    throw error;
  }
}
