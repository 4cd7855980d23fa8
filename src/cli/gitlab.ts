/**
 * In GitLab's log the lines about jobs are a section that is folded up; the failures among them are told
 * again below it. A section is what stands between two marks, which the log's viewer does not show:
 * `ESC[0Ksection_start:<seconds since 1970>:<name>[collapsed=true] CR ESC[0K<title>`, and `section_end`.
 */
import { describeFailure } from '../job/failure.ts';
import type { Screen } from '../report/text-report.ts';
import { failedJobs } from '../report/verdicts.ts';
import { count, printable } from '../report/words.ts';
import type { Report } from './reports.ts';

/** Failures that are told again. */
const shownFailures = 10;

/** @param inside the report whose lines are folded up */
export function inSection(inside: Report, screen: Screen): Report {
  let name: string | undefined;
  const mark = (which: 'start' | 'end', text: string) => {
    const seconds = Math.floor(screen.now() / 1000);
    screen.write(`\x1b[0Ksection_${which}:${seconds}:${text}`);
  };
  const end = () => {
    if (name !== undefined) mark('end', `${name}\r\x1b[0K\n`);
    name = undefined;
  };
  return {
    ...inside,
    see: (event) => {
      if (event.type === 'started') {
        const batch = event.plan.manifest.name;
        // Two sections of one log must not share a name.
        name = `songbatch_${batch}_${screen.now()}`;
        const title = `${count(event.tally.jobs, 'job')} of ${batch}`;
        mark('start', `${name}[collapsed=true]\r\x1b[0K${title}\n`);
      }
      inside.see(event);
      if (event.type === 'finished') end();
    },
    conclude: async (ending) => {
      await inside.conclude?.(ending);
      const { failed } = ending.outcome.tally;
      for (const { job, failure } of failedJobs(ending).take(shownFailures)) {
        inside.tell?.(`✗ ${job.output}: ${printable(describeFailure(failure))}`);
      }
      if (failed > shownFailures) inside.tell?.(`… and ${failed - shownFailures} more failed`);
    },
    close: async () => {
      end();
      await inside.close?.();
    },
  };
}
