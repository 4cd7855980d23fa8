/**
 * The books on disk: `journal.jsonl` in the sandbox's folder, to which every task and every end of a
 * task is appended before anybody is told. A line each, written in one piece:
 *
 *   {"format":"songbatch sandbox journal","version":1}
 *   {"task":{"id","token","uuid","account","model","parameters","createdAt"}}
 *   {"ended":{"id","status","times","exit","seconds","cost","error","output"}}
 *   {"deleted":{"id"}}                                  the task's output files
 *   {"upload":{"accessKey","account","name","contentType","bytes","sha256","addedAt"}}
 *
 * It is not synced: it survives the end of the process, not a power cut. A line without its newline
 * was torn by a crash; nobody was told of it, and it is dropped. Any other damage is refused.
 */
import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  openSync,
  readSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';

import { SandboxError } from './sandbox-error.ts';
import type { Output, Task, Upload } from './task.ts';

/** Without a model it is YuE's: there was a time when no other was served. */
export type BornTask = Pick<
  Task,
  'id' | 'token' | 'uuid' | 'account' | 'parameters' | 'createdAt'
> &
  Partial<Pick<Task, 'model'>>;

export interface EndedTask extends Pick<
  Task,
  'id' | 'status' | 'times' | 'exit' | 'seconds' | 'error'
> {
  readonly cost: string;
  readonly output?: Output;
}

export type Entry =
  | { readonly task: BornTask }
  | { readonly ended: EndedTask }
  | { readonly deleted: { readonly id: string } }
  | { readonly upload: Upload };

export interface Journal {
  /** Throws when the disk does not take it; after that nothing more is taken. */
  readonly append: (entry: Entry) => void;
  readonly close: () => void;
}

const head = '{"format":"songbatch sandbox journal","version":1}';

/** Opens the journal of a folder, having told `replay` of every entry in order. */
export function openJournal(folder: string, replay: (entry: Entry) => void): Journal {
  const path = join(folder, 'journal.jsonl');
  const file = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600);
  let end: number;
  try {
    end = readAll(file, path, replay);
    ftruncateSync(file, end);
  } catch (error) {
    closeSync(file);
    throw error;
  }
  let broken: Error | undefined;
  const write = (text: string): void => {
    if (broken !== undefined) throw broken;
    const line = Buffer.from(`${text}\n`);
    try {
      if (writeSync(file, line, 0, line.length, end) !== line.length) {
        throw new SandboxError(`the disk took only part of a line of ${path}`);
      }
    } catch (error) {
      broken = error instanceof Error ? error : new Error(String(error));
      throw broken;
    }
    end += line.length;
  };
  if (end === 0) write(head);
  return {
    append: (entry) => {
      write(JSON.stringify(entry));
    },
    close: () => {
      broken ??= new SandboxError(`${path} is closed`);
      closeSync(file);
    },
  };
}

/** Reads in pieces, since a journal may be longer than a string; answers where the last line ends. */
function readAll(file: number, path: string, replay: (entry: Entry) => void): number {
  const size = fstatSync(file).size;
  const piece = Buffer.alloc(1 << 20);
  let rest = Buffer.alloc(0);
  let lineNumber = 0;
  let end = 0;
  for (let at = 0; at < size;) {
    const count = readSync(file, piece, 0, piece.length, at);
    if (count === 0) break;
    at += count;
    rest = Buffer.concat([rest, piece.subarray(0, count)]);
    let from = 0;
    for (let to = rest.indexOf(10); to >= 0; to = rest.indexOf(10, from)) {
      lineNumber++;
      readLine(rest.toString('utf8', from, to), path, lineNumber, replay);
      end += to + 1 - from;
      from = to + 1;
    }
    rest = Buffer.from(rest.subarray(from));
  }
  // Only the torn beginning of our own first line may be written over.
  if (end === 0 && !head.startsWith(rest.toString())) throw refusal(path, 1, foreign);
  return end;
}

const foreign = 'this is not a journal of this version of the sandbox';

function refusal(path: string, line: number, what: string): SandboxError {
  return new SandboxError(`${path}, line ${line}: ${what}; move the folder away or choose another`);
}

function readLine(
  line: string,
  path: string,
  number: number,
  replay: (entry: Entry) => void,
): void {
  if (number === 1) {
    if (line !== head) throw refusal(path, 1, foreign);
    return;
  }
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw refusal(path, number, 'this is not JSON');
  }
  if (!isEntry(value)) throw refusal(path, number, 'this is not an entry of a journal');
  replay(value);
}

/** Looks at what the ledger depends on; the rest is only told again. */
function isEntry(value: unknown): value is Entry {
  if (typeof value !== 'object' || value === null) return false;
  if ('task' in value) return has(value.task, task) && namesModel(value.task);
  if ('ended' in value) return has(value.ended, ended);
  if ('deleted' in value) return has(value.deleted, { id: 'string' });
  return 'upload' in value && has(value.upload, upload);
}

/** Older journals name none. */
function namesModel(task: unknown): boolean {
  return has({ model: '', ...(task as object) }, { model: 'string' });
}

const task = {
  id: 'string',
  token: 'string',
  uuid: 'string',
  account: 'string',
  parameters: 'object',
  createdAt: 'number',
};
const ended = {
  id: 'string',
  status: 'string',
  times: 'object',
  exit: 'string',
  seconds: 'number',
  cost: 'string',
  error: 'string',
};
const upload = { accessKey: 'string', name: 'string', bytes: 'number', sha256: 'string' };

function has(value: unknown, fields: Readonly<Record<string, string>>): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const found = new Map<string, unknown>(Object.entries(value));
  return Object.entries(fields).every(([name, type]) => {
    const field = found.get(name);
    return typeof field === type && field !== null;
  });
}
