/** Where schedules are kept, and who wakes them: a queue that many machines share. */

export interface Schedule {
  readonly id: string;
  /** As cron writes it: `0 3 * * *`. */
  readonly cron: string;
  /** IANA name of the zone that cron means. */
  readonly tz: string;
  /** When its next tick is due, in milliseconds since 1970; undefined where there is none. */
  readonly next: number | undefined;
  /** What is to be done then: `scheduleText`. */
  readonly data: string;
}

export interface Schedules {
  /** Puts it in the place of one with the same id. Rejects where cron or zone are not understood. */
  readonly put: (schedule: Omit<Schedule, 'next'>) => Promise<Schedule>;
  readonly list: () => Promise<readonly Schedule[]>;
  /** False where there is none. */
  readonly remove: (id: string) => Promise<boolean>;
  /** Its first ticks after now, at most `count`, in milliseconds since 1970. Rejects as `put` does. */
  readonly upcoming: (cron: string, tz: string, count: number) => Promise<readonly number[]>;
  readonly close: () => Promise<void>;
}
