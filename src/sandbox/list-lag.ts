/**
 * Tasks that the list does not show yet: on a busy service one may appear in it seconds after it was
 * accepted (the fault `list.lag`).
 */
import type { Task } from './task.ts';

export interface ListLag {
  /** @param seconds of model time for which the list does not show the task */
  readonly conceal: (task: Task, seconds: number) => void;
  /** Those of the tasks that the list shows. */
  readonly visible: (tasks: readonly Task[]) => readonly Task[];
}

/** @param speed how many times as fast as real time model time passes */
export function createListLag(speed: number): ListLag {
  /** When each will show, on the clock of this process. */
  const concealed = new Map<Task, number>();
  return {
    conceal: (task, seconds) => {
      concealed.set(task, performance.now() + (seconds * 1000) / speed);
    },
    visible: (tasks) => {
      if (concealed.size === 0) return tasks;
      const now = performance.now();
      for (const [task, showsAt] of concealed) if (showsAt <= now) concealed.delete(task);
      return tasks.filter((task) => !concealed.has(task));
    },
  };
}
