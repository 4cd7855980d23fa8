/**
 * Where tasks are executed: a queue, a number of workers, and the clock that moves each task through
 * its stages. Model time passes `speed` times as fast as real time.
 */
import type { FaultInjector, FaultName } from './faults.ts';
import {
  conclusion,
  executionOf,
  executionSeconds,
  hasEnded,
  preparation,
  queueSeconds,
  type Step,
} from './lifecycle.ts';
import type { SongFormat } from './engine/encode/format.ts';
import type { Ledger, Outcome } from './ledger.ts';
import type { Task } from './task.ts';

/** What a rendering came to. */
export interface FinishedSong {
  /** How long it sounds. */
  readonly seconds: number;
  readonly bytes: number;
  readonly sha256: string;
  readonly format: SongFormat;
}

export interface WorkshopOptions {
  readonly workers: number;
  readonly speed: number;
  readonly ledger: Ledger;
  readonly render: (task: Task) => Promise<FinishedSong>;
  readonly faults: FaultInjector;
}

export interface Workshop {
  readonly enqueue: (task: Task) => void;
  /** Takes a killed task from the worker that has it. */
  readonly leave: (task: Task) => void;
  readonly close: () => void;
}

/** A task that a worker has. */
interface Execution {
  readonly task: Task;
  /** When the step before was due, on the clock of this process. */
  due: number;
  timer: NodeJS.Timeout | undefined;
}

const taskFaults = [
  'task.fail',
  'task.error',
  'task.cancel',
  'task.noOutputs',
  'task.hang',
] as const satisfies readonly FaultName[];

/** The longest wait that a timer takes, in milliseconds. */
const longestWait = 2 ** 31 - 1;

export function openWorkshop(options: WorkshopOptions): Workshop {
  const { workers, speed, ledger, render, faults } = options;
  const queue: { readonly task: Task; readonly ripe: number }[] = [];
  const executions = new Map<Task, Execution>();
  let head = 0;
  let queueTimer: NodeJS.Timeout | undefined;
  let closed = false;

  const real = (modelSeconds: number): number => (modelSeconds * 1000) / speed;
  const isOn = (execution: Execution): boolean => executions.get(execution.task) === execution;

  /** Gives free workers the tasks that have waited long enough. */
  const dispatch = (): void => {
    clearTimeout(queueTimer);
    queueTimer = undefined;
    while (!closed && executions.size < workers) {
      const next = queue[head];
      if (!next) return;
      const wait = next.ripe - performance.now();
      if (wait > 0 && !hasEnded(next.task.status)) {
        queueTimer = setTimeout(dispatch, Math.min(wait, longestWait));
        return;
      }
      head++;
      // The part of the array that is done with goes from time to time, not at every step.
      if (head > 1000 && head * 2 > queue.length) {
        queue.splice(0, head);
        head = 0;
      }
      if (!hasEnded(next.task.status)) begin(next.task);
    }
  };

  const begin = (task: Task): void => {
    const execution: Execution = { task, due: performance.now(), timer: undefined };
    executions.set(task, execution);
    const fault = faults.dice?.first(taskFaults);
    // What breaks down before it is executed never gets to `task_start`.
    const steps = fault === 'task.error' ? preparation.slice(0, -1) : preparation;
    walk(execution, steps, () => {
      switch (fault) {
        case undefined:
          void execute(execution, finish(render(task)));
          break;
        case 'task.fail':
          void execute(execution, { kind: 'failed', message: 'a fault was asked for (task.fail)' });
          break;
        case 'task.noOutputs':
          void execute(execution, { kind: 'nothing' });
          break;
        case 'task.error':
          end(execution, () => {
            ledger.breakDown(task, 'a fault was asked for (task.error)');
          });
          break;
        case 'task.cancel':
          end(execution, () => {
            ledger.cancel(task);
          });
          break;
        case 'task.hang':
          // Its place is free for others; nobody will ever move it on.
          leave(task);
          break;
      }
    });
  };

  const execute = async (
    execution: Execution,
    coming: Outcome | Promise<Outcome>,
  ): Promise<void> => {
    const outcome = await coming;
    if (!isOn(execution)) return;
    if (outcome.kind === 'failed') ledger.complain(execution.task, outcome.message);
    const steps = outcome.kind === 'song' ? executionOf(outcome.seconds) : [];
    walk(execution, steps, () => {
      // A rendering that took longer than its model time delays what follows, too.
      execution.due = Math.max(execution.due, performance.now());
      walk(execution, conclusion, () => {
        end(execution, () => {
          ledger.conclude(execution.task, outcome);
        });
      });
    });
  };

  /** Enters steps as they fall due, without a timer where one is due at once; then `after`. */
  const walk = (execution: Execution, steps: readonly Step[], after: () => void): void => {
    for (const [i, step] of steps.entries()) {
      const due = execution.due + real(step.after);
      const wait = due - performance.now();
      if (wait > 0) {
        execution.timer = setTimeout(
          () => {
            walk(execution, steps.slice(i), after);
          },
          Math.min(wait, longestWait),
        );
        return;
      }
      execution.due = due;
      // The last step is the ledger's to conclude.
      if (!hasEnded(step.status)) ledger.enter(execution.task, step.status, step.progress);
    }
    after();
  };

  const end = (execution: Execution, enterInBooks: () => void): void => {
    executions.delete(execution.task);
    try {
      enterInBooks();
    } catch {
      // The books cannot be kept: `ledger.fault` says why, and the server refuses what comes next.
      close();
    }
    dispatch();
  };

  const leave = (task: Task): void => {
    clearTimeout(executions.get(task)?.timer);
    executions.delete(task);
    setImmediate(dispatch);
  };

  const close = (): void => {
    closed = true;
    clearTimeout(queueTimer);
    for (const execution of executions.values()) clearTimeout(execution.timer);
    executions.clear();
  };

  return {
    enqueue: (task) => {
      queue.push({ task, ripe: performance.now() + real(queueSeconds) });
      // Not at once: whoever created the task has still to be answered.
      queueTimer ??= setTimeout(dispatch, 0);
    },
    leave,
    close,
  };
}

async function finish(rendering: Promise<FinishedSong>): Promise<Outcome> {
  try {
    const song = await rendering;
    return { ...song, kind: 'song', seconds: executionSeconds(song.seconds) };
  } catch (error) {
    return { kind: 'failed', message: error instanceof Error ? error.message : String(error) };
  }
}
