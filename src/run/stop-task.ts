/**
 * Stops a task on the server: cancels it while it is queued, kills it when it runs. The answer to
 * either proves nothing (it may end at the same moment), so the task itself is asked how it ended.
 */
import type { TaskReport } from '../job/task.ts';
import type { JobPorts } from './ports.ts';

const mostTries = 20;
/** Milliseconds between two tries. */
const pause = 500;

/** How the task ended: also well, when it was quicker. Undefined: it goes on, or nobody knows it. */
export async function stopTask(
  { api, clock }: JobPorts,
  taskId: string,
  leave: AbortSignal,
): Promise<TaskReport | undefined> {
  for (let tries = 0; tries < mostTries && !leave.aborted; tries++) {
    if (tries > 1) await clock.sleep(pause, leave);
    // First of all: it may have ended long ago, and what is paid for is nothing to be stopped.
    const report = await api.task(taskId);
    if (report === undefined) return undefined;
    if (report.state.kind === 'succeeded' || report.state.kind === 'failed') return report;
    const cancelled = await api.cancel(taskId);
    if (cancelled.kind === 'refused') await api.kill(taskId);
  }
  return undefined;
}
