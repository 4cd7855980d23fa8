/**
 * The life of a task: its statuses in order, and how long each is held. Times are model time, in
 * seconds: the server divides them by its `speed`.
 *
 * A task waits for a worker at least `queueSeconds`, is prepared for about 4 s, executes for one and
 * a half times the length of its song, and is done about 1.5 s later. A song of a minute so takes
 * about a minute and a half, as YuE's do on the real thing.
 */
export const stages = [
  'task_queue',
  'task_accept',
  'task_preprocess_start',
  'task_preprocess_end',
  'task_assign',
  'task_start',
  'task_output',
  'task_output_full',
  'task_end',
  'task_postprocess_start',
  'task_postprocess_end',
] as const;

/** `task_error`: it broke down before it was executed. Here only a fault makes one. */
export type TaskStatus = (typeof stages)[number] | 'task_cancel' | 'task_error';

export interface Step {
  readonly status: TaskStatus;
  /** Model seconds after the step before. */
  readonly after: number;
  /** How far the execution has come: with `task_output`. */
  readonly progress?: Progress;
}

/** Both in seconds of model time. */
export interface Progress {
  readonly elapsed: number;
  readonly total: number;
}

/** What a task that has waited no longer waits for. */
export const queueSeconds = 1;

export const preparation: readonly Step[] = [
  { status: 'task_accept', after: 0 },
  { status: 'task_preprocess_start', after: 0.5 },
  { status: 'task_preprocess_end', after: 2 },
  { status: 'task_assign', after: 0.5 },
  { status: 'task_start', after: 0.5 },
];

/** @param seconds of execution; the first output shows after a tenth of it */
export function executionOf(seconds: number): readonly Step[] {
  const output = (at: number, after: number): Step => ({
    status: 'task_output',
    after: seconds * after,
    progress: { elapsed: seconds * at, total: seconds },
  });
  return [
    output(0.1, 0.1),
    output(0.4, 0.3),
    output(0.7, 0.3),
    { status: 'task_output_full', after: seconds * 0.3 },
  ];
}

export const conclusion: readonly Step[] = [
  { status: 'task_end', after: 0.25 },
  { status: 'task_postprocess_start', after: 0.25 },
  { status: 'task_postprocess_end', after: 1 },
];

/** Seconds of execution for a song of the given length, in the four decimals of `elapsedseconds`. */
export function executionSeconds(songSeconds: number): number {
  return Math.round(songSeconds * 1.5 * 10_000) / 10_000;
}

export function hasEnded(status: TaskStatus): boolean {
  return status === 'task_postprocess_end' || status === 'task_cancel' || status === 'task_error';
}
