/**
 * The run as a page of Markdown: `--summary FILE`, and without being asked the page that GitHub keeps for
 * each step of a job, where a script may have written before us.
 */
import { appendFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { shownPath } from '../batch/batch.ts';
import { summaryMarkdown, summaryOpening } from '../report/markdown-summary.ts';
import type { Invocation } from './invocation.ts';
import { claimReportFile } from './report-file.ts';
import type { Report } from './reports.ts';

/** Of a step's whole page; what is larger is not shown at all. */
const largestStepSummary = 1024 * 1024;

/** @param stepSummary GitHub's file, where there is one */
export async function summaryReport(
  path: string | undefined,
  stepSummary: string | undefined,
  invocation: Invocation,
): Promise<Report> {
  const { workingDirectory, version, tell, terminal } = invocation;
  const isAsked = path !== undefined && resolve(workingDirectory, path) !== stepSummary;
  const file = isAsked
    ? await claimReportFile('--summary', path, summaryOpening, invocation)
    : undefined;
  const startedAt = Date.now();
  return {
    see: () => undefined,
    conclude: async (ending) => {
      const { shownAs, manifest } = ending.batch;
      const text = summaryMarkdown({
        ...ending,
        shownAs,
        outputDir: shownPath(manifest.output.dir, workingDirectory),
        elapsed: Date.now() - startedAt,
        version,
      });
      if (stepSummary) append(stepSummary, terminal.redact(text), tell);
      await file?.write([text]);
    },
  };
}

/** Nobody asked for it, so that its want is told and no more. */
function append(file: string, text: string, tell: (text: string) => void): void {
  try {
    const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
    if (size + Buffer.byteLength(text) > largestStepSummary) {
      tell('the step summary is as large as GitHub takes it: this run is not in it');
    } else {
      appendFileSync(file, text);
    }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    tell(`the step summary cannot be written: ${why}`);
  }
}
