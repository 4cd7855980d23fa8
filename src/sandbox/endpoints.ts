/**
 * The calls of the API: what each takes and answers. By the time one gets here its caller is known
 * and its body is read.
 */
import type { ModelDescription } from '../manifest/model.ts';
import { refusalOf } from './allowance.ts';
import { type Answer, invalid, no, noTask, notANumber, required, yes } from './answer.ts';
import { type Bounds, usualBounds } from './bounds.ts';
import type { FaultInjector } from './faults.ts';
import type { Ledger } from './ledger.ts';
import { hasEnded } from './lifecycle.ts';
import type { ListLag } from './list-lag.ts';
import type { FormPart } from './multipart.ts';
import { statedPrice } from './price.ts';
import { readRun } from './run-input.ts';
import { describeTask, describeUpload } from './task-answer.ts';
import type { SentFields, Task } from './task.ts';
import { describeTool } from './tool-answer.ts';
import type { UploadStore } from './uploads.ts';
import type { Workshop } from './workshop.ts';

export interface Call {
  readonly account: string;
  readonly fields: SentFields;
  readonly files: readonly FormPart[];
  /** Where the caller reaches this server: `http://127.0.0.1:4710`. */
  readonly origin: string;
}

/** The models that are served, by their lower-case `owner/model`. */
export type Models = ReadonlyMap<string, ModelDescription>;

export interface Office {
  readonly models: Models;
  readonly ledger: Ledger;
  readonly workshop: Workshop;
  readonly uploads: UploadStore;
  readonly referenceOf: (url: string) => string;
  readonly now: () => number;
  readonly faults: FaultInjector;
  readonly listLag: ListLag;
  readonly bounds?: Bounds;
}

export type Endpoint = (office: Office, call: Call) => Answer | Promise<Answer>;

/** By what follows `/v1/`; Run, whose path holds the model, is apart. */
export const endpoints: ReadonlyMap<string, Endpoint> = new Map<string, Endpoint>([
  ['Task/Detail', detail],
  ['Task/List', list],
  ['Task/Cancel', cancel],
  ['Task/Kill', kill],
  ['Task/InputOutputDelete', deleteFiles],
  ['Tool/Detail', toolDetail],
  ['File/Upload', upload],
]);

const noModel = no(1, 'slug-owner-project-not-exist');

/** @param name `owner/model`, in any case */
export function run(name: string, office: Office, call: Call): Answer {
  const { ledger, workshop, referenceOf, faults, listLag } = office;
  const model = office.models.get(name.toLowerCase());
  if (!model) return noModel;
  const input = readRun(call.fields, referenceOf, model);
  switch (input.kind) {
    case 'missing':
      return required(input.parameter);
    case 'not-a-number':
      return notANumber(input.parameter);
    case 'invalid':
      return invalid(input.why);
    case 'song': {
      const refusal = refuseTask(office, call.account);
      if (refusal) return refusal;
      const task = ledger.create(call.account, call.fields, model.model);
      workshop.enqueue(task);
      const { dice } = faults;
      if (dice?.strikes('list.lag')) listLag.conceal(task, dice.lagSeconds);
      return yes({ taskid: task.id, socketaccesstoken: task.token });
    }
  }
}

/** Asked before every task: it looks at counters only. */
function refuseTask({ ledger, bounds = usualBounds }: Office, account: string): Answer | undefined {
  const refusal = refusalOf(ledger.stateOf(account));
  if (refusal) return no(refusal.code, refusal.message);
  if (ledger.created < bounds.tasks) return undefined;
  return noRoom(`its books hold ${bounds.tasks} tasks`);
}

function detail({ ledger }: Office, call: Call): Answer {
  const task = findTask(ledger, call, 'tasktoken', 'socketaccesstoken');
  if (task === 'unnamed') return no(0, 'taskid or socketaccesstoken is required');
  return task ? yes({ total: '1', ...taskList([task], call) }) : noTask;
}

function list({ ledger, listLag }: Office, call: Call): Answer {
  const { fields } = call;
  const type = textOf(fields['type']) ?? 'model';
  if (type !== 'model') return invalid('[type] is not model');
  const sort = textOf(fields['sort']) ?? 'id';
  if (sort !== 'id' && sort !== 'createtime') return invalid('[sort] is not id or createtime');
  const order = (textOf(fields['order']) ?? 'DESC').toUpperCase();
  if (order !== 'DESC' && order !== 'ASC') return invalid('[order] is not DESC or ASC');
  const start = numberOf(fields, 'start', 0, 0, Number.MAX_SAFE_INTEGER);
  if (typeof start !== 'number') return start;
  const limit = numberOf(fields, 'limit', 100, 1, 100);
  if (typeof limit !== 'number') return limit;

  // Tasks are kept in the order of their ids, which is that of their times too.
  // Clients name a model with or without its owner, or by a part of its name.
  const model = textOf(fields['modelName'])?.toLowerCase();
  const tasks = listLag.visible(ledger.tasksOf(call.account, model));
  const page =
    order === 'ASC'
      ? tasks.slice(start, start + limit)
      : tasks
          .slice(Math.max(0, tasks.length - start - limit), Math.max(0, tasks.length - start))
          .reverse();
  return yes({ total: String(tasks.length), ...taskList(page, call) });
}

function cancel({ ledger }: Office, call: Call): Answer {
  const task = findTask(ledger, call, 'tasktoken');
  if (task === 'unnamed') return required('taskid');
  if (!task) return noTask;
  if (task.status !== 'task_queue') return no(1, 'Task is not in a cancellable state.');
  ledger.cancel(task);
  return yes(taskList([task], call));
}

function kill({ ledger, workshop }: Office, call: Call): Answer {
  const task = findTask(ledger, call, 'tasktoken', 'socketaccesstoken');
  if (task === 'unnamed') return required('taskid');
  if (!task) return noTask;
  if (task.status === 'task_queue') {
    return no(1, 'Task could not be killed: it is still in the queue.');
  }
  if (hasEnded(task.status)) return no(1, 'Task could not be killed: it has ended.');
  ledger.cancel(task);
  workshop.leave(task);
  return yes(taskList([task], call));
}

/**
 * Deletes the song. What was uploaded as a reference stays: it belongs to the account and may serve
 * other tasks.
 */
function deleteFiles({ ledger }: Office, call: Call): Answer {
  const token = textOf(call.fields['tasktoken']);
  if (token === undefined) return required('tasktoken');
  const task = ledger.find(call.account, { token });
  if (!task) return no(1, 'task-not-exist');
  if (!hasEnded(task.status)) {
    return no(1, 'Task must be completed or cancelled before deleting files');
  }
  ledger.deleteOutput(task);
  return yes({});
}

function toolDetail({ models, ledger: { price } }: Office, call: Call): Answer {
  const owner = textOf(call.fields['slugowner']);
  const project = textOf(call.fields['slugproject']);
  if (owner === undefined) return required('slugowner');
  if (project === undefined) return required('slugproject');
  const model = models.get(`${owner}/${project}`.toLowerCase());
  if (!model) return noModel;
  const dynamicprice = price === undefined ? null : statedPrice(price);
  return yes({ tool: [{ ...describeTool(model), dynamicprice }] });
}

async function upload({ ledger, uploads, now }: Office, call: Call): Promise<Answer> {
  const part = call.files.find(({ name }) => name === 'file');
  if (!part) return no(0, 'Request files [file] required');
  const kept = await uploads.keep(part, call.account, now());
  switch (kept.kind) {
    case 'wrong-type':
      return invalid('[file] is not mp3, wav or m4a');
    case 'no-room':
      return noRoom(kept.why);
    case 'kept':
      ledger.addUpload(kept.upload);
      return yes({ list: [describeUpload(kept.upload, call.origin)] });
  }
}

function noRoom(why: string): Answer {
  return no(0, `The sandbox has no room left: ${why}. Start another one.`);
}

function taskList(tasks: readonly Task[], call: Call): { tasklist: object[] } {
  return { tasklist: tasks.map((task) => describeTask(task, call.origin)) };
}

/** The task that a call names by id or by its socket token, which goes by several names. */
function findTask(
  ledger: Ledger,
  { account, fields }: Call,
  ...tokenNames: readonly ('tasktoken' | 'socketaccesstoken')[]
): Task | 'unnamed' | undefined {
  const id = textOf(fields['taskid']);
  if (id !== undefined) return ledger.find(account, { id });
  const token = tokenNames.map((name) => textOf(fields[name])).find((text) => text !== undefined);
  return token === undefined ? 'unnamed' : ledger.find(account, { token });
}

/** A text that is not empty; numbers pass as their digits. */
function textOf(value: unknown): string | undefined {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function numberOf(
  fields: SentFields,
  name: string,
  absent: number,
  min: number,
  max: number,
): number | Answer {
  const text = textOf(fields[name]);
  if (text === undefined) return absent;
  if (!/^-?\d+(\.\d+)?$/.test(text)) return notANumber(name);
  const value = Math.trunc(Number(text));
  if (value >= min && value <= max) return value;
  return no(0, `Request parameter [${name}] must be between ${min} and ${max}`);
}
