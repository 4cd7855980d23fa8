/** Which reports follow the work on a batch: chosen by flags and configuration, opened, fed and closed as one. */
import type { Batch } from '../batch/batch.ts';
import type { Config } from '../batch/config.ts';
import type { Alike } from '../job/near-duplicates.ts';
import type { StoreReader } from '../job/store.ts';
import { createLogReport } from '../report/log-report.ts';
import type { RunPicture, RunView } from '../report/run-picture.ts';
import { createRunPicture } from '../report/run-picture.ts';
import { runStatusJson, runStatusText } from '../report/run-status.ts';
import { createTextReport } from '../report/text-report.ts';
import type { RunEvent, RunOutcome } from '../run/events.ts';
import type { ExitCode } from './exit-codes.ts';
import type { Invocation } from './invocation.ts';
import { onStatusRequest } from './status-request.ts';

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
  /** The user asks how it goes (SIGUSR1); undefined: nothing has been begun yet. */
  readonly showStatus?: (view: RunView | undefined) => void;
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
  const picture = createRunPicture(invocation.terminal.screen.now);
  const format = flags.logFormat ?? config.logFormat ?? 'text';
  const reports: readonly Report[] = [
    format === 'text' ? textReport(invocation, picture) : await logReport(invocation),
  ];
  const stopListening = onStatusRequest(() => {
    for (const { showStatus } of reports) showStatus?.(picture.view());
  });
  return {
    emit: (event) => {
      picture.see(event);
      for (const { see } of reports) see(event);
    },
    tell: (text) => {
      for (const { tell } of reports) tell?.(text);
    },
    conclude: async (ending) => {
      for (const { conclude } of reports) await conclude?.(ending);
    },
    close: async () => {
      stopListening();
      for (const { close } of reports) await close?.();
    },
  };
}

/** Milliseconds; ten frames a second look alive. */
const tickInterval = 100;

function textReport({ terminal }: Invocation, picture: RunPicture): Report {
  const report = createTextReport(terminal.screen, picture);
  const ticking = setInterval(report.tick, tickInterval).unref();
  return {
    see: report.see,
    tell: terminal.tell,
    showStatus: (view) => {
      terminal.tell(runStatusText(view));
    },
    close: () => {
      clearInterval(ticking);
      report.close();
    },
  };
}

async function logReport({ terminal }: Invocation): Promise<Report> {
  const { pino } = await import('pino');
  const timestamp = pino.stdTimeFunctions.isoTime;
  const logger = pino({ name: 'songbatch', timestamp }, terminal.screen);
  return {
    see: createLogReport(logger),
    showStatus: (view) => {
      logger.info({ event: 'status', ...runStatusJson(view) }, 'status');
    },
  };
}
