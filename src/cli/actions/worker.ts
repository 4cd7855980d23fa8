/** The work of `songbatch worker`. */
import { resolve } from 'node:path';
import { attendSchedules, type Attendance } from '../../batch/engine/attend-schedules.ts';
import { startWorker } from '../../batch/engine/worker.ts';
import { openEngine, sharedService } from '../../batch/engine/engine.ts';
import { loadConfig } from '../../batch/config.ts';
import { chooseMetrics, type MetricsFlags } from '../../batch/metrics-choice.ts';
import { choosePush } from '../../batch/push-choice.ts';
import { chooseService, saidTimeouts } from '../../batch/service.ts';
import type { Tell } from '../../batch/surroundings.ts';
import { parseDuration } from '../../manifest/quantities.ts';
import type { MetricsServer } from '../../metrics/metrics-server.ts';
import { lineOf } from '../../report/text-report.ts';
import { painter, printable } from '../../report/words.ts';
import type { RunEvent } from '../../run/events.ts';
import { engineAddress, type EngineFlags } from '../engine-flags.ts';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import type { Invocation } from '../invocation.ts';
import { openLog, type LogFlags } from '../log.ts';
import { warnOfVariables } from '../warn-on.ts';

export interface WorkerFlags extends EngineFlags, LogFlags, MetricsFlags {
  readonly tasks: number;
  readonly workroom: string;
}

/** Milliseconds for leaving in good order; others take over what is not told by then. */
const longestFarewell = 10_000;

/** Resolves when somebody has ended it. */
export async function work(flags: WorkerFlags, invocation: Invocation): Promise<ExitCode> {
  const { environment, terminal } = invocation;
  const address = engineAddress(flags, environment);
  const config = await loadConfig(invocation);
  const log = await openLog(flags, config, invocation);
  if (log) invocation.keepLog(log);
  warnOfVariables(invocation);
  const service = sharedService(chooseService(false, config, environment));
  const push = choosePush(false, { webhook: 'none' }, config, environment);
  const downloadTimeout = parseDuration(saidTimeouts(config).download.value);
  const workroom = resolve(invocation.workingDirectory, flags.workroom);
  const { tell } = invocation;
  const at = chooseMetrics(flags, config);
  const metrics = at && (await import('../worker-metrics.ts')).countWorker(invocation.version);
  const ended = endOf(tell);

  const show = showEvents(tell, terminal.screen.hasColour && !log, log?.see);

  // More than tasks are worked on at once: each asks only now and then.
  const engine = await openEngine(address, 8, tell);
  try {
    const worker = await startWorker({
      engine,
      service,
      push,
      tasks: flags.tasks,
      config,
      environment,
      workroom,
      tell,
      see: (batch, event) => {
        metrics?.see(batch, event);
        show(batch, event);
      },
      ...(metrics && { traffic: metrics.traffic }),
      ...(config.limits?.requestsPerSecond !== undefined && {
        requestsPerSecond: config.limits.requestsPerSecond,
      }),
      ...(downloadTimeout !== undefined && { downloadTimeout }),
    });
    let server: MetricsServer | undefined;
    let attendance: Attendance | undefined;
    try {
      attendance = await attendSchedules({
        engine,
        service,
        push,
        config,
        environment,
        workroom,
        version: invocation.version,
        tell,
        see: show,
      });
      server = at && (await metrics?.serve(at, worker.status));
      if (server) tell(`metrics are at ${server.url}/metrics`);
      tell(
        `at work for ${service.base.host}, at ${engine.shownAs}: up to ${flags.tasks} jobs at once`,
      );
      return await ended;
    } finally {
      // What waits for a database that is away would wait for as long as that is.
      const givingUp = setTimeout(() => void engine.close(), longestFarewell);
      await Promise.all([attendance?.close(), worker.close()]);
      clearTimeout(givingUp);
      await server?.close();
    }
  } finally {
    await engine.close();
  }
}

/** A line for what is worth one; a batch's tally is not a worker's to tell. */
function showEvents(
  tell: Tell,
  hasColour: boolean,
  log: ((event: RunEvent) => void) | undefined,
): (batch: string, event: RunEvent) => void {
  const paint = painter(hasColour);
  return (batch, event) => {
    log?.(event);
    if (log) return;
    const line = lineOf(event, paint);
    if (line !== undefined) tell(`${printable(batch)}: ${line}`);
  };
}

/** The first signal ends it in good order, the second at once. */
function endOf(tell: Tell): Promise<ExitCode> {
  return new Promise((resolve) => {
    let isEnding = false;
    const end = (which: NodeJS.Signals) => {
      const code = which === 'SIGINT' ? exitCodes.interrupted : exitCodes.done;
      if (isEnding) process.exit(code);
      isEnding = true;
      tell(`${which}: tasks in flight are left to other workers (again: at once)`, 'warn');
      resolve(code);
    };
    process.on('SIGINT', end);
    process.on('SIGTERM', end);
  });
}
