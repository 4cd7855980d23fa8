/** `--junit FILE`: the run as JUnit XML, written when it is over, however it ended. */
import { hostname } from 'node:os';
import { shownPath } from '../batch/batch.ts';
import { junitPieces } from '../report/junit.ts';
import { detectCi } from './ci.ts';
import type { Invocation } from './invocation.ts';
import { claimReportFile } from './report-file.ts';
import type { Report } from './reports.ts';

export async function junitReport(path: string, invocation: Invocation): Promise<Report> {
  const { environment, workingDirectory, version } = invocation;
  const file = await claimReportFile('--junit', path, '<?xml', invocation);
  const startedAt = Date.now();
  const ci = detectCi(environment);
  return {
    see: () => undefined,
    conclude: async (ending) => {
      const { shownAs, manifest } = ending.batch;
      const facts = {
        ...ending,
        shownAs,
        outputDir: shownPath(manifest.output.dir, workingDirectory),
        startedAt,
        endedAt: Date.now(),
        version,
        hostname: hostname() || 'localhost',
        ...(ci && { ci: ci.name }),
      };
      await file.write(junitPieces(facts));
    },
  };
}
