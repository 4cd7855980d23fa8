/** A run for machines that collect logs: one JSON object a line, through pino. */
import type { Logger } from 'pino';
import { describeFailure } from '../job/failure.ts';
import type { Measured } from '../job/measures.ts';
import { exactUsd } from '../job/money.ts';
import type { RunEvent } from '../run/events.ts';
import { printable } from './words.ts';

/** A kilobyte of no use to people who read logs. */
function withoutFingerprint(measured: Measured): Measured {
  if (measured.kind === 'unmeasurable') return measured;
  const { fingerprint: _, ...measures } = measured.measures;
  return { ...measured, measures };
}

export function createLogReport(logger: Logger): (event: RunEvent) => void {
  return (event) => {
    const { spent, ...standing } = event.tally;
    const about = {
      event: event.type,
      ...('job' in event && { job: event.job.id, output: event.job.output }),
      tally: { ...standing, spentUsd: exactUsd(spent) },
    };
    switch (event.type) {
      case 'started':
        logger.info({ ...about, manifest: event.plan.manifest.name }, 'run started');
        break;
      case 'submitted': {
        const { attempt, taskId: task, adopted } = event;
        logger.info(
          { ...about, attempt, task, adopted },
          adopted ? 'task adopted' : 'task accepted',
        );
        break;
      }
      case 'in-doubt':
        logger.warn({ ...about, reason: printable(event.message) }, 'submission in doubt');
        break;
      case 'ended':
        logger.debug({ ...about, costUsd: exactUsd(event.cost) }, 'task ended');
        break;
      case 'retrying': {
        const { attempt, failure } = event;
        const reason = printable(describeFailure(failure));
        logger.warn({ ...about, attempt, failure: failure.reason, reason }, 'attempt failed');
        break;
      }
      case 'saved': {
        const { files, findings, cost } = event;
        const measured = event.measured.map(withoutFingerprint);
        const song = { files, measured, findings, costUsd: exactUsd(cost) };
        logger.info({ ...about, ...song }, 'song saved');
        break;
      }
      case 'failed': {
        const reason = printable(describeFailure(event.failure));
        logger.error({ ...about, failure: event.failure.reason, reason }, 'job failed');
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
      case 'finished':
        logger.info({ ...about, submissions: event.outcome.submissions }, 'run finished');
        break;
    }
  };
}
