/** A run for machines that collect logs: one JSON object a line, through pino (schemas/log.schema.json). */
import type { Logger } from 'pino';
import { describeFinding } from '../job/checks.ts';
import { describeFailure } from '../job/failure.ts';
import { plainMeasures, withoutFingerprint } from '../job/measures.ts';
import { exactUsd } from '../job/money.ts';
import type { AboutJob, RunEvent } from '../run/events.ts';
import { printable } from './words.ts';

export function createLogReport(logger: Logger): (event: RunEvent) => void {
  return (event) => {
    const { spent, ...standing } = event.tally;
    const about = {
      event: event.type,
      ...('job' in event && whichJob(event)),
      tally: { ...standing, spentUsd: exactUsd(spent) },
    };
    switch (event.type) {
      case 'started': {
        const price = event.price === undefined ? {} : { priceUsd: exactUsd(event.price) };
        logger.info({ ...about, ...price }, 'run started');
        break;
      }
      case 'submitted': {
        const { adopted } = event;
        logger.info({ ...about, adopted }, adopted ? 'task adopted' : 'task accepted');
        break;
      }
      case 'in-doubt':
        logger.warn({ ...about, reason: printable(event.message) }, 'submission in doubt');
        break;
      case 'ended':
        logger.debug({ ...about, costUsd: exactUsd(event.cost) }, 'task ended');
        break;
      case 'retrying': {
        const reason = printable(describeFailure(event.failure));
        logger.warn({ ...about, failure: event.failure.reason, reason }, 'attempt failed');
        break;
      }
      case 'saved': {
        const { files, findings, cost } = event;
        const song = {
          files,
          measures: event.measured.map((one) => plainMeasures(withoutFingerprint(one))),
          findings: findings.map((one) => ({ check: one.check, message: describeFinding(one) })),
          costUsd: exactUsd(cost),
        };
        logger.info({ ...about, ...song }, 'song saved');
        break;
      }
      case 'failed': {
        const { failure, cost } = event;
        const reason = printable(describeFailure(failure));
        const facts = { failure: failure.reason, reason, costUsd: exactUsd(cost) };
        logger.error({ ...about, ...facts }, 'job failed');
        break;
      }
      case 'throttled': {
        const { limit, message } = event;
        logger.warn({ ...about, limit, reason: printable(message) }, 'fewer tasks at once');
        break;
      }
      case 'raised':
        logger.info({ ...about, limit: event.limit }, 'one task more at once');
        break;
      case 'held':
        logger.info(about, 'waiting for bills: the budget has no room for another song until then');
        break;
      case 'paused': {
        const { pause, message } = event;
        logger.warn({ ...about, pauseMs: pause, reason: printable(message) }, 'submitting pauses');
        break;
      }
      case 'trouble':
        logger.warn({ ...about, reason: printable(event.message) }, 'trouble outside');
        break;
      case 'stopping': {
        const { kind, message } = event.reason;
        logger.warn({ ...about, stop: kind, reason: printable(message) }, 'no more submissions');
        break;
      }
      case 'finished': {
        const { inDoubt, submissions } = event.outcome;
        for (const { job, message } of inDoubt) {
          const open = { event: 'left-in-doubt', job: job.id, output: job.output };
          logger.warn(
            { ...open, reason: printable(message) },
            'nobody knows whether it was bought',
          );
        }
        logger.info({ ...about, submissions }, 'run finished');
        break;
      }
    }
  };
}

function whichJob({ job, attempt, taskId }: Partial<AboutJob>): object {
  return {
    job: job?.id,
    output: job?.output,
    attempt,
    ...(taskId !== undefined && { task: taskId }),
  };
}
