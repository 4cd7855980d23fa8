/**
 * The books: every task of every account, what became of it and what it cost. Nothing here looks at
 * all tasks at once, so that an account with a million of them is served as fast as an empty one.
 */
import { hash, randomUUID } from 'node:crypto';

import { yueModel } from '../manifest/yue.ts';
import { Accounts, type BookedAccount } from './accounts.ts';
import type { AccountState } from './allowance.ts';
import type { FaultName } from './faults.ts';
import type { BornTask, EndedTask, Entry, Journal } from './journal.ts';
import { hasEnded, type Progress, type TaskStatus } from './lifecycle.ts';
import { costOf, twelveDecimals } from './price.ts';
import { randomText } from './random-text.ts';
import type { SongFormat } from './engine/encode/format.ts';
import type { Output, SentFields, Task, Upload } from './task.ts';

export interface BookedTask {
  readonly id: string;
  /** Seconds since 1970. */
  readonly createtime: number;
  readonly model: string;
  readonly status: TaskStatus;
  readonly parameters: SentFields;
  /** USD, twelve decimals. */
  readonly billed: string;
}

/** What the server has done so far: `GET /sandbox/books`. */
export interface Books {
  /** Tasks that were ever created, of all accounts. */
  readonly created: number;
  readonly statuses: Readonly<Partial<Record<TaskStatus, number>>>;
  /** USD, twelve decimals. */
  readonly billed: string;
  /** Tasks beyond the first of their account with the same parameters (`callbackUrl` aside). */
  readonly duplicates: number;
  /** Requests since the server started, refused ones too. */
  readonly requests: Readonly<Record<string, number>>;
  /** What became of webhooks since the server started. */
  readonly webhooks: Readonly<Record<WebhookEnd, number>>;
  /** How often each fault has struck since the server started. */
  readonly faults: Readonly<Partial<Record<FaultName, number>>>;
  /** Those that have bought something, the first hundred. */
  readonly accounts: readonly BookedAccount[];
  readonly start: number;
  readonly limit: number;
  /** Tasks from the `start`-th on, oldest first, at most `limit`. */
  readonly tasks: readonly BookedTask[];
}

export interface BooksPage {
  /** From 0. */
  readonly start?: number;
  /** 1 to 1000; 100 if left out. */
  readonly limit?: number;
}

export interface Terms {
  /** What every account begins with, in 1e-12 USD; without end if left out. */
  readonly balance?: bigint;
  /** What a song costs, likewise; by the second if left out. */
  readonly price?: bigint;
}

/** How an execution ended. */
export type Outcome =
  | {
      readonly kind: 'song';
      readonly seconds: number;
      readonly bytes: number;
      readonly sha256: string;
      readonly format: SongFormat;
    }
  | { readonly kind: 'failed'; readonly message: string }
  /** Ended well, by its own account, and made nothing. */
  | { readonly kind: 'nothing' };

/** Taken by its receiver; given up; or not to be called, by the rule in `webhooks.ts`. */
export type WebhookEnd = 'delivered' | 'failed' | 'refused';

/** Told of tasks as things happen to them; not of what a journal replays. Must not throw. */
export interface TaskObserver {
  /** The task has come to `task.status`, and the books say so. */
  readonly entered: (task: Task, progress?: Progress) => void;
  /** The model wrote this to stderr. */
  readonly complained: (task: Task, line: string) => void;
}

const newTask = { status: 'task_queue', exit: '0', seconds: 0, cost: 0n, error: '' } as const;

function bornTask(born: BornTask): Task {
  return { ...newTask, model: yueModel, ...born, times: {}, output: undefined };
}

export class Ledger {
  readonly #now: () => number;
  /** What a song costs, in 1e-12 USD; undefined: by the second. */
  readonly price: bigint | undefined;
  readonly #tasks: Task[] = [];
  readonly #byId = new Map<string, Task>();
  readonly #byToken = new Map<string, Task>();
  readonly #byAccessKey = new Map<string, Task>();
  readonly #accounts: Accounts;
  readonly #uploads = new Map<string, Upload>();
  readonly #bought = new Set<string>();
  readonly #statuses = new Map<TaskStatus, number>();
  readonly #requests = new Map<string, number>();
  readonly #faults = new Map<FaultName, number>();
  readonly #webhooks = { delivered: 0, failed: 0, refused: 0 };
  #observer: TaskObserver | undefined;
  #billed = 0n;
  #duplicates = 0;
  #lastId: number;
  #journal: Journal | undefined;
  #fault: string | undefined;

  constructor(now: () => number, terms: Terms = {}) {
    this.#now = now;
    this.price = terms.price;
    this.#accounts = new Accounts(terms.balance);
    // A server without a folder must not give out ids again that one before it gave: a client may
    // still hold them and take another's task for its own. So ids begin at the milliseconds of 2026.
    this.#lastId = Math.max(0, Math.floor(now()) - Date.UTC(2026));
  }

  /** From now on everything is written down before it holds. */
  keepIn(journal: Journal): void {
    this.#journal = journal;
  }

  observeWith(observer: TaskObserver): void {
    this.#observer = observer;
  }

  /** Why the books can no longer be kept; a server with such books must not go on. */
  get fault(): string | undefined {
    return this.#fault;
  }

  /** Tasks of all accounts, ended ones too. */
  get created(): number {
    return this.#tasks.length;
  }

  /** All uploads, oldest first, expired ones too: songs that were made with one are made with it again. */
  get uploads(): Upload[] {
    return [...this.#uploads.values()];
  }

  /** Takes in what an earlier server wrote down. Tasks that had not ended are queued again. */
  replay(entry: Entry): void {
    if ('task' in entry) this.#add(bornTask(entry.task));
    else if ('upload' in entry) this.#uploads.set(entry.upload.accessKey, entry.upload);
    else if ('deleted' in entry) this.#dropOutput(this.#byId.get(entry.deleted.id));
    else this.#takeEnd(entry.ended);
  }

  create(account: string, parameters: SentFields, model: string): Task {
    const born = {
      id: String(this.#lastId + 1),
      token: randomText(),
      uuid: randomUUID(),
      account,
      model,
      parameters,
      createdAt: this.#now(),
    };
    this.#write({ task: born });
    return this.#add(bornTask(born));
  }

  /** The account's task with this id or socket token. */
  find(
    account: string,
    key: { readonly id: string } | { readonly token: string },
  ): Task | undefined {
    const task = 'id' in key ? this.#byId.get(key.id) : this.#byToken.get(key.token);
    return task?.account === account ? task : undefined;
  }

  /** Whose ever it is: who has the token may hear of the task. */
  findByToken(token: string): Task | undefined {
    return this.#byToken.get(token);
  }

  /** The tasks of an account, oldest first: of those models whose names have this in them. */
  tasksOf(account: string, modelPart?: string): readonly Task[] {
    return this.#accounts.tasksOf(account, modelPart);
  }

  /** What the account has left, and in flight. */
  stateOf(account: string): AccountState {
    return this.#accounts.stateOf(account);
  }

  /** Tasks that have not ended, oldest first. Looks at all: for the start of the server. */
  unfinished(): Task[] {
    return this.#tasks.filter((task) => !hasEnded(task.status));
  }

  byAccessKey(accessKey: string): { task: Task; output: Output } | undefined {
    const task = this.#byAccessKey.get(accessKey);
    return task?.output ? { task, output: task.output } : undefined;
  }

  upload(accessKey: string): Upload | undefined {
    return this.#uploads.get(accessKey);
  }

  addUpload(upload: Upload): void {
    this.#write({ upload });
    this.#uploads.set(upload.accessKey, upload);
  }

  /** Moves a task on to a status that is not its last. */
  enter(task: Task, status: TaskStatus, progress?: Progress): void {
    task.times[status] = this.#now();
    this.#setStatus(task, status);
    this.#observer?.entered(task, progress);
  }

  /** A line that the model wrote to stderr, which ends nothing. */
  complain(task: Task, line: string): void {
    task.error = line;
    this.#observer?.complained(task, line);
  }

  /** The last status of a task that executed. Only a song is billed. */
  conclude(task: Task, outcome: Outcome): void {
    const now = this.#now();
    const sang = outcome.kind === 'song';
    const message = outcome.kind === 'failed' ? outcome.message : undefined;
    this.#end({
      id: task.id,
      status: 'task_postprocess_end',
      times: { ...task.times, task_postprocess_end: now },
      exit: message === undefined ? '0' : '1',
      seconds: sang ? outcome.seconds : 0,
      cost: String(sang ? (this.price ?? costOf(outcome.seconds)) : 0n),
      error: message ?? '',
      ...(sang && {
        output: {
          accessKey: randomText(),
          bytes: outcome.bytes,
          sha256: outcome.sha256,
          format: outcome.format,
          addedAt: task.times.task_output_full ?? now,
        },
      }),
    });
  }

  cancel(task: Task): void {
    const times = { ...task.times, task_cancel: this.#now() };
    const { id, exit, seconds, error } = task;
    this.#end({ id, status: 'task_cancel', times, exit, seconds, cost: '0', error });
  }

  /** The task comes to nothing before it is executed. */
  breakDown(task: Task, error: string): void {
    const { id, times, seconds } = task;
    this.#end({ id, status: 'task_error', times, exit: '1', seconds, cost: '0', error });
  }

  deleteOutput(task: Task): void {
    if (!task.output) return;
    this.#write({ deleted: { id: task.id } });
    this.#dropOutput(task);
  }

  countRequest(endpoint: string): void {
    this.#requests.set(endpoint, (this.#requests.get(endpoint) ?? 0) + 1);
  }

  countFault(name: FaultName): void {
    this.#faults.set(name, (this.#faults.get(name) ?? 0) + 1);
  }

  countWebhook(end: WebhookEnd): void {
    this.#webhooks[end]++;
  }

  books(page: BooksPage = {}): Books {
    const start = Math.max(0, page.start ?? 0);
    const limit = Math.min(1000, Math.max(1, page.limit ?? 100));
    return {
      created: this.created,
      statuses: Object.fromEntries([...this.#statuses].filter(([, count]) => count > 0)),
      billed: twelveDecimals(this.#billed),
      duplicates: this.#duplicates,
      requests: Object.fromEntries(this.#requests),
      webhooks: { ...this.#webhooks },
      faults: Object.fromEntries(this.#faults),
      accounts: this.#accounts.books(),
      start,
      limit,
      tasks: this.#tasks.slice(start, start + limit).map((task) => ({
        id: task.id,
        createtime: Math.floor(task.createdAt / 1000),
        model: task.model,
        status: task.status,
        parameters: task.parameters,
        billed: twelveDecimals(task.cost),
      })),
    };
  }

  #write(entry: Entry): void {
    try {
      this.#journal?.append(entry);
    } catch (error) {
      this.#fault = error instanceof Error ? error.message : String(error);
      throw error;
    }
  }

  #add(task: Task): Task {
    this.#tasks.push(task);
    this.#byId.set(task.id, task);
    this.#byToken.set(task.token, task);
    this.#accounts.add(task);
    this.#lastId = Math.max(this.#lastId, Number(task.id));
    this.#statuses.set(task.status, (this.#statuses.get(task.status) ?? 0) + 1);
    const bought = `${task.account} ${task.model} ${digest(task.parameters)}`;
    if (this.#bought.has(bought)) this.#duplicates++;
    else this.#bought.add(bought);
    return task;
  }

  #end(ended: EndedTask): void {
    this.#write({ ended });
    const task = this.#takeEnd(ended);
    if (task) this.#observer?.entered(task);
  }

  #takeEnd(ended: EndedTask): Task | undefined {
    const task = this.#byId.get(ended.id);
    if (!task || hasEnded(task.status)) return undefined;
    this.#setStatus(task, ended.status);
    task.times = ended.times;
    task.exit = ended.exit;
    task.seconds = ended.seconds;
    task.cost = BigInt(ended.cost);
    task.error = ended.error;
    task.output = ended.output;
    this.#billed += task.cost;
    this.#accounts.settle(task, task.cost);
    if (task.output) this.#byAccessKey.set(task.output.accessKey, task);
    return task;
  }

  #setStatus(task: Task, status: TaskStatus): void {
    this.#statuses.set(task.status, (this.#statuses.get(task.status) ?? 0) - 1);
    this.#statuses.set(status, (this.#statuses.get(status) ?? 0) + 1);
    task.status = status;
  }

  #dropOutput(task: Task | undefined): void {
    if (!task?.output) return;
    this.#byAccessKey.delete(task.output.accessKey);
    task.output = undefined;
  }
}

/** The same for equal parameters in whatever order; where the client wants to be called is not one. */
function digest(parameters: SentFields): string {
  const bought = Object.entries(parameters).filter(([name]) => name !== 'callbackUrl');
  const sorted = bought.toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return hash('sha256', JSON.stringify(sorted), 'base64');
}
