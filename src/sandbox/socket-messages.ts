/**
 * What the WebSocket says of a task when something happens to it, in the vendor's documented form:
 *
 *   {"type", "id", "tasktoken", "message", "result": true}
 *
 * `type` is a status of the task or names a part of its log. The message of most is null. That of
 * `task_postprocess_end` is the outputs, without `pexit`: whether they are a success only Task/Detail
 * tells. `task_error` is what was written to stderr, and ends nothing, with one exception: a task that
 * breaks down before it is executed has no other end, and so this one tells its listeners no more.
 */
import type { Progress } from './lifecycle.ts';
import { describeOutputs } from './task-answer.ts';
import type { Task } from './task.ts';

export interface SocketMessage {
  readonly type: string;
  readonly id: string;
  readonly tasktoken: string;
  readonly message: string | object | null;
  readonly result: true;
}

/** Models warn on stderr though all is well; a client that takes that for a failure is to notice. */
const warning = "UserWarning: this is songbatch's own engine, not YuE";

/** Steps that the engine claims to take. */
const stepTotal = 10;

/** On entering `task.status`. @param origin where the listener reaches this server's files */
export function newsOf(
  task: Task,
  progress: Progress | undefined,
  origin: string,
): readonly SocketMessage[] {
  const lifecycle = about(task, task.status, null);
  switch (task.status) {
    case 'task_start':
      return [lifecycle, complaint(task, warning)];
    case 'task_output':
      return [about(task, 'task_output', progress ? describeProgress(progress) : '')];
    case 'task_output_full':
      return [about(task, 'task_output_full', { raw: wholeLog })];
    case 'task_end': {
      const raw = task.error === '' ? warning : `${warning}\n${task.error}`;
      return [about(task, 'task_error_full', { raw }), lifecycle];
    }
    case 'task_postprocess_end':
      return [about(task, 'task_postprocess_end', describeOutputs(task, origin))];
    case 'task_error':
      return [complaint(task, task.error)];
    case 'task_queue':
    case 'task_accept':
    case 'task_preprocess_start':
    case 'task_preprocess_end':
    case 'task_assign':
    case 'task_postprocess_start':
    case 'task_cancel':
      return [lifecycle];
  }
}

export function complaint(task: Task, line: string): SocketMessage {
  return about(task, 'task_error', line);
}

function about(task: Task, type: string, message: SocketMessage['message']): SocketMessage {
  return { type, id: task.id, tasktoken: task.token, message, result: true };
}

/** Texts throughout, as documented. */
function describeProgress({ elapsed, total }: Progress): object {
  const share = elapsed / total;
  return {
    type: 'progressGenerate',
    task: 'Generate',
    percentage: String(Math.round(share * 100)),
    stepCurrent: String(Math.round(share * stepTotal)),
    stepTotal: String(stepTotal),
    speed: (stepTotal / total).toFixed(2),
    speedType: 'it/s',
    elapsedTime: `${Math.round(elapsed)}s`,
    remainingTime: `${Math.round(total - elapsed)}s`,
  };
}

/** The progress bar as it is left in a log. */
const wholeLog = Array.from({ length: stepTotal + 1 }, (_, step) => {
  const bar = '█'.repeat(step).padEnd(stepTotal);
  return `${(step * 100) / stepTotal}%|${bar}| ${step}/${stepTotal}`;
}).join('\n');
