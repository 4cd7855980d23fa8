/** Saved plans on disk: `plan --save` writes them, `run --plan` reads them. */
import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import { resolve } from 'node:path';
import { OutputError } from '../outputs/output-error.ts';
import { writeWhole } from '../outputs/whole-file.ts';
import type { ListedJob } from '../plan/drift.ts';
import { readBytes } from './disk-sources.ts';
import type { AxesShown, SavedPlan } from './plan-format.ts';
import {
  looksLikePlan,
  planPieces,
  PlanTextError,
  readPlanHead,
  readPlanJobs,
} from './plan-format.ts';
import { UsageError } from './usage-error.ts';

/** Bytes: some millions of jobs. */
const largestPlan = 512 * 1024 * 1024;

export interface PlanFile {
  readonly plan: SavedPlan;
  /** Its path as it was typed. */
  readonly shownAs: string;
  /** In the order in which they were planned. Throws `UsageError` where the file is damaged. */
  readonly jobs: () => Iterable<ListedJob>;
}

/**
 * Throws `UsageError` where it is no plan that can be run. It is read once: what is looked at first and what
 * is bought later are one plan, whatever happens to the file.
 */
export function readPlanFile(path: string, workingDirectory: string): PlanFile {
  const bytes = readBytes(resolve(workingDirectory, path), largestPlan);
  if ('unreadable' in bytes) {
    throw new UsageError(`cannot read the plan ${path}: ${bytes.unreadable}`);
  }
  const lines = (from: number) =>
    linesOf(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), from);
  const head = explained(path, () => readPlanHead(lines(0)));
  return {
    plan: head.plan,
    shownAs: path,
    *jobs() {
      const jobs = readPlanJobs(lines(head.jobsLine), head);
      for (;;) {
        const next = explained(path, () => jobs.next());
        if (next.done) return;
        yield next.value;
      }
    },
  };
}

/** @param from how many lines to leave out */
function* linesOf(bytes: Buffer, from: number): Generator<string> {
  let start = 0;
  for (let number = 0; start < bytes.length; number++) {
    const end = bytes.indexOf('\n', start);
    const next = end < 0 ? bytes.length : end;
    // A checkout on Windows may have given it other line ends.
    if (number >= from) yield bytes.toString('utf8', start, next).replace(/\r$/, '');
    start = next + 1;
  }
}

function explained<Value>(path: string, read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof PlanTextError)) throw error;
    const place = error.line === undefined ? path : `${path}:${error.line}`;
    throw new UsageError(
      `${place}: ${error.message}`,
      'save the plan anew: songbatch plan <manifest> --save <file>',
    );
  }
}

/** @param path as typed. Throws `UsageError` where it cannot be written, or something else lies there. */
export async function writePlanFile(
  path: string,
  workingDirectory: string,
  plan: SavedPlan,
  axes: AxesShown,
  jobs: Iterable<ListedJob>,
): Promise<void> {
  const file = resolve(workingDirectory, path);
  refuseOtherFile(file, path);
  try {
    await writeWhole(file, planPieces(plan, axes, jobs));
  } catch (error) {
    if (!(error instanceof OutputError) || error.kind === 'full') throw error;
    throw new UsageError(error.message, 'choose another file with --save');
  }
}

/** A slip of the pen must not cost a manifest. */
function refuseOtherFile(file: string, path: string): void {
  if (!existsSync(file) || looksLikePlan(startOf(file))) return;
  throw new UsageError(
    `${path} is there already, and is no saved plan`,
    'choose another file with --save, or remove that one',
  );
}

/** Enough to see what a file is; nothing where it is none that can be read. */
function startOf(file: string): string {
  try {
    const descriptor = openSync(file, 'r');
    try {
      const start = Buffer.alloc(200);
      return start.toString('utf8', 0, readSync(descriptor, start));
    } finally {
      closeSync(descriptor);
    }
  } catch {
    return '';
  }
}
