/**
 * The Wiro API over HTTP: what each call asks and what its answer means. Every call is a POST; bodies
 * and answers are JSON, an upload is a form. How calls get to the socket is `caller.ts`. Reads are
 * repeated until they are answered, a Run never is, by any layer.
 */
import pLimit from 'p-limit';
import { ApiFault, apiReasonOf } from '../job/api-fault.ts';
import type { RunAnswer, SongApi, StopAnswer, TaskPage } from '../job/song-api.ts';
import type { TaskReport } from '../job/task.ts';
import type { ApiCall, Traffic } from '../job/traffic.ts';
import { callOutcome } from './call-outcome.ts';
import { createCaller, skewOf } from './caller.ts';
import { systemClock, type Clock } from './clock.ts';
import { createCredentials } from './credentials.ts';
import { asList, asNumber, asObject, asWebUrl, type JsonObject } from './loose-json.ts';
import { parseTool, type Tool } from './model-description.ts';
import { parsePrice } from './price.ts';
import type { ReadAnswer, Take } from './read-answer.ts';
import { defaultRetryLimits, type RetryLimits } from './retry.ts';
import { classifyRun } from './run-answer.ts';
import { parseTasks } from './task-report.ts';
import { uploadForm } from './upload-form.ts';

/** Whom to ask, as whom, and how patiently. Times are milliseconds. */
export interface WiroOptions {
  /** `https://api.wiro.ai/v1`; http or https, may carry a path. */
  readonly baseUrl: string;
  /** Printable ASCII without spaces. Sent to the base URL's origin and to no other host. */
  readonly key: string;
  /** Present for signed projects only: then every request is signed, with a nonce of its own. */
  readonly secret?: string;
  /**
   * Above 0, may be a fraction; over all calls of this client. After a pause one second's calls may go at once.
   * A function is asked before every call: what others on the account leave.
   */
  readonly requestsPerSecond: number | (() => number);
  /** From 1 on; 32 unless given. As many connections are kept at most. */
  readonly requestsInFlight?: number;
  /** For all calls but `run`: waits from 0 to 500, doubling to 15,000, for 120,000 in all unless given. */
  readonly readRetry?: Partial<RetryLimits>;
  /** Until the head of an answer must be there, counted from the last byte of the request; 30,000 unless given. */
  readonly headersTimeout?: number;
  /** Between two pieces of an answer's body; 30,000 unless given. A whole answer may take 300,000. */
  readonly bodyTimeout?: number;
  /** Told of every read that was not answered and is tried again, see `retry.ts`. */
  readonly onFault?: (call: string, message: string, until: number) => void;
  readonly onCall?: Traffic['onCall'];
  /** The system's unless given. */
  readonly clock?: Clock;
  /** From 0 to below 1; `Math.random` unless given. */
  readonly random?: () => number;
}

/** What became of Task/InputOutputDelete. */
export type DeleteAnswer =
  /** The files are gone, now or from an earlier time. */
  | { readonly kind: 'deleted' }
  /** The task has not ended, or there is no such task. `apiReasonOf(code)` names the code. */
  | { readonly kind: 'refused'; readonly code: number; readonly message: string };

/**
 * The whole API. All calls but `run` reject with `ApiFault` when there is no usable answer, and with the
 * signal's reason when that is aborted.
 */
export interface WiroClient extends SongApi {
  /** @param token `socketaccesstoken`; undefined when the API says that there is no such task */
  readonly taskByToken: (token: string, signal?: AbortSignal) => Promise<TaskReport | undefined>;
  /** For a task that runs. @param token `socketaccesstoken` */
  readonly killByToken: (token: string, signal?: AbortSignal) => Promise<StopAnswer>;
  /**
   * Deletes what an ended task made, and the files that were uploaded for it. The task itself stays.
   * @param token `socketaccesstoken`
   */
  readonly deleteFiles: (token: string, signal?: AbortSignal) => Promise<DeleteAnswer>;
  /**
   * What a model takes and what it costs; undefined when the API says that it has no such model.
   * @param model `owner/name`
   */
  readonly model: (model: string, signal?: AbortSignal) => Promise<Tool | undefined>;
}

/**
 * A client for one account. Its calls share a rate limit and a connection pool: make one and keep it,
 * and close it in the end.
 * @throws ApiFault `misconfigured` for a base URL, `denied` for a key that cannot be used at all
 */
export function createWiroClient(options: WiroOptions): WiroClient {
  const clock = options.clock ?? systemClock;
  const credentials = createCredentials(options.key, options.secret);
  const { sendOnce, ask, presentable, clockSkew, close } = createCaller({
    base: parseBaseUrl(options.baseUrl),
    credentials,
    clock,
    random: options.random ?? Math.random,
    requestsPerSecond: options.requestsPerSecond,
    requestsInFlight: options.requestsInFlight ?? 32,
    readRetry: { ...defaultRetryLimits, ...options.readRetry },
    headersTimeout: options.headersTimeout ?? 30_000,
    bodyTimeout: options.bodyTimeout ?? 30_000,
    onFault: options.onFault,
    onCall: options.onCall,
  });
  // They take long; most connections are for the calls on which money hangs.
  const uploads = pLimit(2);

  /** An answer without the task is not "no such task", which would write off a paid one. */
  async function askForTask(
    question: JsonObject,
    isMeant: (task: TaskReport) => boolean,
    signal: AbortSignal | undefined,
  ): Promise<TaskReport | undefined> {
    const take = (answer: JsonObject) => parseTasks(answer, credentials.redact)?.find(isMeant);
    const answer = await ask('Task/Detail', question, take, signal);
    if (answer.kind === 'no' && apiReasonOf(answer.code) === 'not-found') return undefined;
    return valueOf('Task/Detail', answer);
  }

  async function askToStop(
    call: ApiCall,
    question: JsonObject,
    signal: AbortSignal | undefined,
  ): Promise<StopAnswer> {
    const answer = await ask(call, question, () => true, signal);
    return answer.kind === 'yes' ? { kind: 'stopped' } : refusal(answer);
  }

  function askAboutModel<Value>(
    model: string,
    take: Take<Value>,
    signal: AbortSignal | undefined,
  ): Promise<ReadAnswer<Value>> {
    const [slugowner, slugproject] = model.split('/');
    return ask('Tool/Detail', { slugowner, slugproject }, take, signal);
  }

  return {
    run: async (model, parameters, signal, mayLeave): Promise<RunAnswer> => {
      const body = JSON.stringify(parameters);
      const outcome = await sendOnce(`Run/${pathOf(model)}`, body, signal, mayLeave);
      const answer = classifyRun(outcome, clock.now());
      const isTakenBack = outcome.kind === 'not-sent' && signal?.aborted;
      if (!isTakenBack) options.onCall?.('Run', callOutcome(outcome, answer));
      return answer.kind === 'accepted' ? answer : presentable(answer);
    },

    task: (taskId, signal) => askForTask({ taskid: taskId }, ({ id }) => id === taskId, signal),
    taskByToken: (token, signal) =>
      askForTask({ tasktoken: token }, (task) => task.token === token, signal),

    tasks: async (model, { start, limit }, signal) => {
      const question = {
        type: 'model',
        sort: 'id',
        order: 'DESC',
        start: String(start),
        limit: String(limit),
        modelName: model,
      };
      const take: Take<TaskPage> = (answer, headers) => {
        const tasks = parseTasks(answer, credentials.redact);
        if (!tasks) return undefined;
        const skew = skewOf(headers, clock.now());
        return {
          total: asNumber(answer['total']) ?? tasks.length,
          tasks,
          ...(skew !== undefined && { clockSkew: skew }),
        };
      };
      return valueOf('Task/List', await ask('Task/List', question, take, signal));
    },

    cancel: (taskId, signal) => askToStop('Task/Cancel', { taskid: taskId }, signal),
    kill: (taskId, signal) => askToStop('Task/Kill', { taskid: taskId }, signal),
    killByToken: (token, signal) => askToStop('Task/Kill', { socketaccesstoken: token }, signal),

    deleteFiles: async (token, signal) => {
      const call = 'Task/InputOutputDelete';
      const answer = await ask(call, { tasktoken: token }, () => true, signal);
      return answer.kind === 'yes' ? { kind: 'deleted' } : refusal(answer);
    },

    price: async (model, signal) =>
      valueOf('Tool/Detail', await askAboutModel(model, parsePrice, signal)),

    model: async (model, signal) => {
      const take = (answer: JsonObject) => {
        const tool = parseTool(answer, model);
        // A list with nothing in it says that there is none.
        return tool ?? (Array.isArray(answer['tool']) ? 'none' : undefined);
      };
      const answer = await askAboutModel(model, take, signal);
      // The code is that of a model which exists but may not be used, too: that is for the user to read.
      if (answer.kind === 'no' && answer.message.includes('not-exist')) return undefined;
      const tool = valueOf('Tool/Detail', answer);
      return tool === 'none' ? undefined : tool;
    },

    upload: (file, signal) =>
      uploads(async () => {
        const take = (answer: JsonObject) => asWebUrl(asObject(asList(answer['list'])[0])?.['url']);
        const form = () => uploadForm(file);
        return valueOf('File/Upload', await ask('File/Upload', form, take, signal));
      }),

    clockSkew,
    close,
  };
}

function parseBaseUrl(text: string): { origin: string; path: string } {
  const url = URL.parse(asWebUrl(text) ?? '');
  if (!url) {
    throw new ApiFault('misconfigured', `the base URL "${text}" is not an http or https URL`);
  }
  return { origin: url.origin, path: url.pathname.replace(/\/+$/, '') };
}

/** `owner/model`, each a piece of a path of its own. */
function pathOf(model: string): string {
  return model.split('/').map(encodeURIComponent).join('/');
}

type No = Extract<ReadAnswer<unknown>, { kind: 'no' }>;

function refusal({ code, message }: No): {
  readonly kind: 'refused';
  readonly code: number;
  readonly message: string;
} {
  return { kind: 'refused', code, message };
}

function valueOf<Value>(call: string, answer: ReadAnswer<Value>): Value {
  if (answer.kind === 'yes') return answer.value;
  const { code, message } = answer;
  throw new ApiFault(apiReasonOf(code), `${call}: ${message} (code ${code})`, { code });
}
