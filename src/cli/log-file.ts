/**
 * The file that a log goes to. Lines are appended, each in one write, so that runs may share a file. One that
 * has grown large is rotated off before a run begins: FILE becomes FILE.1, FILE.1 becomes FILE.2, FILE.2
 * becomes FILE.3, and what was FILE.3 is gone. A run that still writes to it goes on in FILE.1.
 *
 * Writing is synchronous: what was logged before a crash is there, and nothing piles up in memory. It
 * waits for no disk, only for the system's memory of it.
 */
import {
  closeSync,
  existsSync,
  fstatSync,
  openSync,
  readSync,
  realpathSync,
  renameSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { UsageError } from '../batch/usage-error.ts';

/** Bytes from which on a file is rotated off. */
const large = 10_000_000;
/** Files that are kept beside the current one. */
const kept = 3;
/** Bytes within which a log's first line ends. */
const longestFirstLine = 65_536;

export interface LogFile {
  readonly write: (line: string) => void;
}

/**
 * Throws `UsageError` where it cannot be written to.
 *
 * @param path absolute
 * @param shown the same as the user wrote it
 * @param onLoss told once, when lines are lost
 */
export function openLogFile(
  path: string,
  shown: string,
  onLoss: (message: string) => void,
): LogFile {
  const file = explained(shown, () => (existsSync(path) ? realpathSync(path) : path));
  if (!existsSync(dirname(file))) {
    throw new UsageError(
      `the log cannot be written to ${shown}: its folder does not exist`,
      'make the folder, or name another file with --log-file',
    );
  }
  refuseForeign(file, shown);
  explained(shown, () => {
    rotate(file);
  });
  const descriptor = explained(shown, () => openSync(file, 'a+'));
  let isTorn = explained(shown, () => endsInMidLine(descriptor));
  let hasLost = false;

  return {
    write: (line) => {
      const bytes = Buffer.from(isTorn ? `\n${line}` : line);
      let written = 0;
      try {
        while (written < bytes.length) written += writeSync(descriptor, bytes, written);
        isTorn = false;
      } catch (error) {
        // A full disk takes the beginning of a line; the next one that it takes is not to be glued to that.
        isTorn ||= written > 0;
        if (hasLost) return;
        hasLost = true;
        onLoss(
          `the log ${shown} cannot be written to (${messageOf(error)}): lines are missing from here on, the work goes on`,
        );
      }
    },
  };
}

/** What is no log must not be appended to, or moved away: a state file by a slip of the pen. */
function refuseForeign(file: string, shown: string): void {
  const found = explained(shown, () => statSync(file, { throwIfNoEntry: false }));
  if (!found || found.isCharacterDevice()) return;
  const what = found.isDirectory() ? 'a folder' : !found.isFile() ? 'a pipe or socket' : undefined;
  if (what !== undefined) {
    throw new UsageError(
      `the log cannot be written to ${shown}: it is ${what}`,
      'name a file; for a program that reads along, --log-format json writes to stderr',
    );
  }
  if (found.size > 0 && !explained(shown, () => beginsLikeLog(file))) {
    throw new UsageError(
      `nothing is appended to ${shown}: it is no log, its first line is not a JSON object with level and time`,
      'name another file with --log-file',
    );
  }
}

function beginsLikeLog(file: string): boolean {
  const descriptor = openSync(file, 'r');
  try {
    const bytes = Buffer.alloc(longestFirstLine);
    const [line = ''] = bytes.toString('utf8', 0, readSync(descriptor, bytes)).split('\n');
    const first: unknown = JSON.parse(line);
    // A manifest may be JSON in one line as well.
    return typeof first === 'object' && first !== null && 'level' in first && 'time' in first;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  } finally {
    closeSync(descriptor);
  }
}

function rotate(file: string): void {
  const isLarge = () => (statSync(file, { throwIfNoEntry: false })?.size ?? 0) > large;
  if (!isLarge()) return;
  for (let number = kept; number > 1; number--) {
    const earlier = `${file}.${number - 1}`;
    if (existsSync(earlier)) renameSync(earlier, `${file}.${number}`);
  }
  // Another run may have been about the same, and this is its new file.
  if (isLarge()) renameSync(file, `${file}.1`);
}

function endsInMidLine(descriptor: number): boolean {
  const { size } = fstatSync(descriptor);
  if (size === 0) return false;
  const last = Buffer.alloc(1);
  readSync(descriptor, last, 0, 1, size - 1);
  return last.toString() !== '\n';
}

function explained<Value>(shown: string, work: () => Value): Value {
  try {
    return work();
  } catch (error) {
    throw new UsageError(
      `the log cannot be written to ${shown}: ${messageOf(error)}`,
      'name another file with --log-file',
    );
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
