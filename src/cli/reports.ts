/** Which reports follow the work on a batch: chosen by flags and configuration, opened, fed and closed as one. */
import { resolve } from 'node:path';
import type { Batch } from '../batch/batch.ts';
import type { Config } from '../batch/config.ts';
import { chooseMetrics, type MetricsFlags } from '../batch/metrics-choice.ts';
import type { Tell } from '../batch/surroundings.ts';
import { UsageError } from '../batch/usage-error.ts';
import type { Alike } from '../job/near-duplicates.ts';
import type { StoreReader } from '../job/store.ts';
import type { Traffic } from '../job/traffic.ts';
import { OutputError } from '../outputs/output-error.ts';
import type { RunPicture, RunView } from '../report/run-picture.ts';
import { createRunPicture } from '../report/run-picture.ts';
import { runStatusText } from '../report/run-status.ts';
import { createTextReport } from '../report/text-report.ts';
import { printable } from '../report/words.ts';
import type { RunEvent, RunOutcome } from '../run/events.ts';
import { detectCi } from './ci.ts';
import type { ExitCode } from './exit-codes.ts';
import type { Invocation } from './invocation.ts';
import type { Log } from './log.ts';
import { onStatusRequest } from './status-request.ts';

export interface ReportFlags extends MetricsFlags {
  readonly junit?: string;
  readonly summary?: string;
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
  /** The batch is ours, and nothing was sent yet. Throws `UsageError` where nothing is to be. */
  readonly begin?: () => Promise<void>;
  /** Of one report at most. */
  readonly traffic?: Traffic;
  /** A message that belongs to no event. */
  readonly tell?: Tell;
  /** The user asks how it goes (SIGUSR1); undefined: nothing has been begun yet. */
  readonly showStatus?: (view: RunView | undefined) => void;
  readonly conclude?: (ending: Ending) => void | Promise<void>;
  readonly close?: () => void | Promise<void>;
}

export interface Reports {
  readonly emit: (event: RunEvent) => void;
  readonly tell: Tell;
  /** Absent: nobody counts it. */
  readonly traffic?: Traffic;
  readonly begin: () => Promise<void>;
  /** False: one of them could not be written, which was told. */
  readonly conclude: (ending: Ending) => Promise<boolean>;
  /** However the work ended, also where it was refused before it began. */
  readonly close: () => Promise<void>;
}

export async function openReports(
  flags: ReportFlags,
  config: Config,
  log: Log | undefined,
  invocation: Invocation,
): Promise<Reports> {
  const picture = createRunPicture(invocation.terminal.screen.now);
  const tell: Tell = (text, gravity) => {
    for (const report of reports) report.tell?.(text, gravity);
  };
  const told = { ...invocation, tell };
  const isForPeople = log?.isOnStderr !== true;
  const unheard = forsaking(invocation.tell);
  const reports: readonly Report[] = [
    ...(isForPeople ? [await textReport(invocation, picture, unheard)] : []),
    ...(log ? [log] : []),
    ...(await fileReports(flags, config, log?.file, told)),
    ...(await serviceReports(isForPeople, told)),
    ...(await monitorReports(flags, config, told)),
  ];
  const traffic = reports.find((report) => report.traffic)?.traffic;
  const stopListening = onStatusRequest(() => {
    for (const { showStatus } of reports) unheard(showStatus, () => showStatus?.(picture.view()));
  });
  return {
    emit: (event) => {
      unheard(picture, () => {
        picture.see(event);
      });
      for (const { see } of reports) {
        unheard(see, () => {
          see(event);
        });
      }
    },
    tell,
    ...(traffic && { traffic: harmless(traffic, unheard) }),
    begin: async () => {
      for (const { begin } of reports) await begin?.();
    },
    conclude: async (ending) => {
      let isWritten = true;
      for (const { conclude } of reports) {
        try {
          await conclude?.(ending);
        } catch (error) {
          if (!(error instanceof OutputError)) throw error;
          tell(`error: ${error.message}`, 'error');
          isWritten = false;
        }
      }
      return isWritten;
    },
    close: async () => {
      stopListening();
      for (const { close } of reports) await close?.();
    },
  };
}

/** Does something that only reports, in its own name. */
type Unheard = (who: unknown, report: () => void) => void;

/**
 * A run in which money is spent does not end because of what is only said of it. What fails is a bug of ours:
 * it is told once, and whoever it was is not asked again.
 */
function forsaking(tell: Tell): Unheard {
  const forsaken = new Set<unknown>();
  return (who, report) => {
    if (forsaken.has(who)) return;
    try {
      report();
    } catch (error) {
      forsaken.add(who);
      const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
      tell(
        `the run goes on, but not all of it is shown: this is a bug in songbatch, please report it\n${what}`,
        'error',
      );
    }
  };
}

function harmless(traffic: Traffic, unheard: Unheard): Traffic {
  return {
    onCall: (call, outcome) => {
      unheard(traffic, () => {
        traffic.onCall(call, outcome);
      });
    },
    onDownloaded: (bytes) => {
      unheard(traffic, () => {
        traffic.onDownloaded(bytes);
      });
    },
  };
}

/** Milliseconds; ten frames a second look alive. */
const tickInterval = 100;

async function textReport(
  { terminal, environment }: Invocation,
  picture: RunPicture,
  unheard: Unheard,
): Promise<Report> {
  const text = createTextReport(terminal.screen, picture);
  const ticking = setInterval(() => {
    unheard(text, text.tick);
  }, tickInterval).unref();
  const report: Report = {
    see: text.see,
    tell: terminal.tell,
    showStatus: (view) => {
      terminal.tell(runStatusText(view));
    },
    close: () => {
      clearInterval(ticking);
      text.close();
    },
  };
  if (detectCi(environment)?.log !== 'gitlab') return report;
  const { inSection } = await import('./gitlab.ts');
  return inSection(report, terminal.screen);
}

/** What is written where the user says; GitHub says so itself. */
async function fileReports(
  flags: ReportFlags,
  config: Config,
  logFile: string | undefined,
  invocation: Invocation,
): Promise<readonly Report[]> {
  const { environment, workingDirectory } = invocation;
  const junit = flags.junit ?? config.junit;
  const summary = flags.summary ?? config.summary;
  refuseSharedFile(
    { '--log-file': logFile, '--junit': junit, '--summary': summary },
    workingDirectory,
  );
  const stepSummary = isGithub(environment) ? environment['GITHUB_STEP_SUMMARY'] : undefined;
  const reports: Report[] = [];
  if (junit !== undefined) {
    const { junitReport } = await import('./junit-report.ts');
    reports.push(await junitReport(junit, invocation));
  }
  if (summary !== undefined || stepSummary) {
    const { summaryReport } = await import('./summary-report.ts');
    reports.push(await summaryReport(summary, stepSummary, invocation));
  }
  return reports;
}

/** Each is written whole, in place of what is there. */
function refuseSharedFile(
  named: Readonly<Record<string, string | undefined>>,
  workingDirectory: string,
): void {
  const flagOf = new Map<string, string>();
  for (const [flag, path] of Object.entries(named)) {
    if (path === undefined) continue;
    const file = resolve(workingDirectory, path);
    const other = flagOf.get(file);
    if (other !== undefined) {
      throw new UsageError(
        `${other} and ${flag} name one file: ${printable(path)}`,
        'give each a file of its own: one would replace the other',
      );
    }
    flagOf.set(file, flag);
  }
}

/** What is asked for over the network while the run goes on. */
async function monitorReports(
  flags: MetricsFlags,
  config: Config,
  invocation: Invocation,
): Promise<readonly Report[]> {
  const address = chooseMetrics(flags, config);
  if (!address) return [];
  const { metricsReport } = await import('./metrics-report.ts');
  return [metricsReport(address, invocation)];
}

/** Told to the service that runs us, in ways of its own. A log for machines is left as it is. */
async function serviceReports(
  annotates: boolean,
  invocation: Invocation,
): Promise<readonly Report[]> {
  if (!isGithub(invocation.environment)) return [];
  const { githubReport } = await import('./github.ts');
  return [githubReport(invocation, annotates)];
}

function isGithub(environment: NodeJS.ProcessEnv): boolean {
  return detectCi(environment)?.log === 'github';
}
