/**
 * The file of a report: that it can be written is found out before anything is bought, and that nothing else
 * is in its place is looked at again when it is written. By then the run has made files of its own, of which
 * the user may have named one: the state, a song.
 */
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { UsageError } from '../batch/usage-error.ts';
import { prepareFolder } from '../outputs/folders.ts';
import { onDisk, OutputError } from '../outputs/output-error.ts';
import { writeWhole } from '../outputs/whole-file.ts';
import { printable } from '../report/words.ts';
import type { Invocation } from './invocation.ts';

export interface ReportFile {
  /** Takes secrets out of each piece. Throws `OutputError`. */
  readonly write: (pieces: Iterable<string>) => Promise<void>;
}

/**
 * Its folder is made, so that a report may go into an output folder that is still to come.
 *
 * @param flag by which the user names it
 * @param opening what every report of its kind begins with: a file that begins otherwise (a manifest, a
 *   state, a song) is not replaced
 * @throws UsageError
 */
export async function claimReportFile(
  flag: string,
  path: string,
  opening: string,
  { workingDirectory, terminal }: Pick<Invocation, 'workingDirectory' | 'terminal'>,
): Promise<ReportFile> {
  const file = resolve(workingDirectory, path);
  const named = `${flag} ${printable(path)}`;
  const found = usable(named, () => statSync(file, { throwIfNoEntry: false }));
  if (found?.isDirectory()) {
    throw new UsageError(`${named}: it is a folder`, 'name a file in it');
  }
  if (found && !found.isFile()) {
    throw new UsageError(`${named}: it is no regular file`, 'name one: reports are replaced whole');
  }
  if (found && found.size > 0 && !usable(named, () => beginsWith(file, opening))) {
    throw new UsageError(
      `${named}: what is there is no such report, and is not overwritten`,
      'move it away, or name another file',
    );
  }
  try {
    await prepareFolder(dirname(file));
  } catch (error) {
    if (!(error instanceof OutputError)) throw error;
    throw new UsageError(`${named}: ${error.message}`);
  }
  const isOurs = () => {
    const there = statSync(file, { throwIfNoEntry: false });
    if (!there?.isFile()) return true;
    // An empty file that was there before is meant to be replaced (`mktemp`), a lock is not.
    return there.size === 0 ? found !== undefined : beginsWith(file, opening);
  };
  return {
    write: async (pieces) => {
      if (!(await onDisk(file, () => Promise.resolve(isOurs())))) {
        throw new OutputError(
          'disk',
          `${named} is not written: the run has made another file of that name; name another one and run the same command again`,
        );
      }
      await writeWhole(file, Iterator.from(pieces).map(terminal.redact));
    },
  };
}

function usable<Value>(named: string, look: () => Value): Value {
  try {
    return look();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UsageError(`${named} cannot be used: ${printable(why)}`);
  }
}

function beginsWith(file: string, opening: string): boolean {
  const wanted = Buffer.from(opening);
  const start = Buffer.alloc(wanted.length);
  const handle = openSync(file, 'r');
  try {
    readSync(handle, start);
  } finally {
    closeSync(handle);
  }
  return start.equals(wanted);
}
