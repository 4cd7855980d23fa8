/** Which reports follow the work on a batch: chosen by flags and configuration, opened, fed and closed as one. */
import type { Batch } from '../batch/batch.ts';
import type { Tell } from '../batch/surroundings.ts';
import type { Alike } from '../job/near-duplicates.ts';
import type { StoreReader } from '../job/store.ts';
import { createTextReport } from '../report/text-report.ts';
import type { RunEvent, RunOutcome } from '../run/events.ts';
import type { ExitCode } from './exit-codes.ts';
import type { Invocation } from './invocation.ts';
import type { Log } from './log.ts';

/** How the work ended; all of it is on disk. */
export interface Ending {
  readonly batch: Batch;
  readonly store: StoreReader;
  readonly outcome: RunOutcome;
  readonly alike: readonly Alike[];
  readonly exitCode: ExitCode;
}

/** One report. It sees every event in its order and, at last, how the work ended. */
export interface Report {
  readonly see: (event: RunEvent) => void;
  /** A message that belongs to no event. */
  readonly tell?: Tell;
  readonly conclude?: (ending: Ending) => void | Promise<void>;
  readonly close?: () => void | Promise<void>;
}

export interface Reports {
  readonly emit: (event: RunEvent) => void;
  readonly tell: Tell;
  readonly conclude: (ending: Ending) => Promise<void>;
  /** However the work ended, also where it was refused before it began. */
  readonly close: () => Promise<void>;
}

export function openReports(invocation: Invocation, log: Log | undefined): Reports {
  const reports: readonly Report[] = [
    ...(log?.isOnStderr ? [] : [textReport(invocation)]),
    ...(log ? [logReport(log)] : []),
  ];
  return {
    emit: (event) => {
      for (const { see } of reports) see(event);
    },
    tell: (text, gravity) => {
      for (const { tell } of reports) tell?.(text, gravity);
    },
    conclude: async (ending) => {
      for (const { conclude } of reports) await conclude?.(ending);
    },
    close: async () => {
      for (const { close } of reports) await close?.();
    },
  };
}

function textReport({ terminal }: Invocation): Report {
  return { see: createTextReport(terminal.screen), tell: terminal.tell };
}

function logReport({ see, tell }: Log): Report {
  return { see, tell };
}
