/** Which reports follow the work on a batch: chosen by flags and configuration, opened, fed and closed as one. */
import type { Batch } from '../batch/batch.ts';
import type { Config } from '../batch/config.ts';
import type { Alike } from '../job/near-duplicates.ts';
import type { StoreReader } from '../job/store.ts';
import { createLogReport } from '../report/log-report.ts';
import { createTextReport } from '../report/text-report.ts';
import type { RunEvent, RunOutcome } from '../run/events.ts';
import type { ExitCode } from './exit-codes.ts';
import type { Invocation } from './invocation.ts';

export interface ReportFlags {
  readonly logFormat?: 'text' | 'json';
}

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
  readonly tell?: (text: string) => void;
  readonly conclude?: (ending: Ending) => void | Promise<void>;
  readonly close?: () => void | Promise<void>;
}

export interface Reports {
  readonly emit: (event: RunEvent) => void;
  readonly tell: (text: string) => void;
  readonly conclude: (ending: Ending) => Promise<void>;
  /** However the work ended, also where it was refused before it began. */
  readonly close: () => Promise<void>;
}

export async function openReports(
  flags: ReportFlags,
  config: Config,
  invocation: Invocation,
): Promise<Reports> {
  const format = flags.logFormat ?? config.logFormat ?? 'text';
  const reports: readonly Report[] = [
    format === 'text' ? textReport(invocation) : await logReport(invocation),
  ];
  return {
    emit: (event) => {
      for (const { see } of reports) see(event);
    },
    tell: (text) => {
      for (const { tell } of reports) tell?.(text);
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

async function logReport({ terminal }: Invocation): Promise<Report> {
  const { pino } = await import('pino');
  const timestamp = pino.stdTimeFunctions.isoTime;
  return { see: createLogReport(pino({ name: 'songbatch', timestamp }, terminal.screen)) };
}
