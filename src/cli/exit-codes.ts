/** Exit codes are API: scripts and schedulers decide by them. */
export const exitCodes = {
  /** All jobs are done; or the command did what it was asked. */
  done: 0,
  /** The run came to its end, and some jobs failed. */
  failed: 1,
  /** Nothing was started: bad usage, manifest, config, state or credentials. */
  refused: 2,
  /** Stopped with work left; the same command goes on. */
  stopped: 3,
  /** A bug of ours. */
  bug: 70,
  /** SIGINT; the state is saved. */
  interrupted: 130,
  /** SIGTERM; the state is saved. */
  terminated: 143,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];
