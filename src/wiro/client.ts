/**
 * The Wiro API over HTTP. Every call is a POST; bodies and answers are JSON. Three layers lie
 * between a call and the socket: a bound on requests in flight, a rate limit over all of them, and
 * one connection pool. Reads are repeated until they are answered, a Run never is, by any layer.
 */
import pLimit from 'p-limit';
import { Pool } from 'undici';
import { ApiFault } from '../job/api-fault.ts';
import type { RunAnswer, SongApi, StopAnswer, TaskPage } from '../job/song-api.ts';
import { systemClock, type Clock } from './clock.ts';
import { createCredentials } from './credentials.ts';
import { exchange, type Exchange, type OutgoingRequest } from './exchange.ts';
import { asList, asNumber, asObject, asText, asWebUrl, type JsonObject } from './loose-json.ts';
import { parsePrice } from './price.ts';
import { createRateLimit } from './rate-limit.ts';
import { classifyRead, type ReadAnswer, type Take } from './read-answer.ts';
import { defaultRetryLimits, untilAnswered, type RetryLimits } from './retry.ts';
import { classifyRun } from './run-answer.ts';
import { parseTasks } from './task-report.ts';
import { uploadForm } from './upload-form.ts';
import { oneLine } from './server-words.ts';
import { codes } from './verdict.ts';

export interface WiroOptions {
  /** `https://api.wiro.ai/v1`; may carry a path. */
  readonly baseUrl: string;
  readonly key: string;
  /** Present for signed projects only. */
  readonly secret?: string;
  readonly requestsPerSecond: number;
  readonly requestsInFlight?: number;
  readonly readRetry?: Partial<RetryLimits>;
  /** Milliseconds until the head of an answer must be there. */
  readonly headersTimeout?: number;
  /** Milliseconds between two pieces of an answer's body. */
  readonly bodyTimeout?: number;
  /** Told of every read that was not answered and is tried again, see `retry.ts`. */
  readonly onFault?: (call: string, message: string, until: number) => void;
  readonly clock?: Clock;
  /** From 0 to below 1. */
  readonly random?: () => number;
}

/**
 * Calls reject with `ApiFault`, or with the signal's reason; `run` never rejects.
 * @throws ApiFault when base URL or key cannot be used at all
 */
export function createWiroClient(options: WiroOptions): SongApi {
  const base = parseBaseUrl(options.baseUrl);
  const credentials = createCredentials(options.key, options.secret);
  const clock = options.clock ?? systemClock;
  const requestsInFlight = options.requestsInFlight ?? 32;
  const inFlight = pLimit(requestsInFlight);
  // Each holds its file in memory.
  const uploads = pLimit(2);
  const rate = createRateLimit(options.requestsPerSecond, clock);
  const surroundings = {
    limits: { ...defaultRetryLimits, ...options.readRetry },
    clock,
    random: options.random ?? Math.random,
  };
  const pool = new Pool(base.origin, {
    connections: requestsInFlight,
    pipelining: 1,
    // Over HTTP/2 a client may repeat streams that the server turned away.
    allowH2: false,
    connectTimeout: 10_000,
    headersTimeout: options.headersTimeout ?? 30_000,
    bodyTimeout: options.bodyTimeout ?? 30_000,
  });

  let skew: number | undefined;

  /**
   * The one way to the socket. Never rejects.
   *
   * @param waiting takes it back until it is sent
   * @param sent also breaks off what was sent
   */
  function send(
    path: string,
    body: OutgoingRequest['body'],
    waiting: AbortSignal | undefined,
    sent = waiting,
  ): Promise<Exchange> {
    return inFlight(async () => {
      try {
        await rate(waiting);
        waiting?.throwIfAborted();
      } catch {
        return { kind: 'not-sent', message: 'cancelled before it was sent' };
      }
      const headers = {
        accept: 'application/json',
        // A form brings its own, with its boundary.
        ...(typeof body === 'string' && { 'content-type': 'application/json' }),
        ...credentials.headers(),
      };
      const outcome = await exchange(pool, { path: `${base.path}/${path}`, headers, body }, sent);
      if (outcome.kind === 'answered') skew = skewOf(outcome.headers, clock.now()) ?? skew;
      return outcome;
    });
  }

  /** A call that does no harm when repeated. */
  async function ask<Value>(
    call: string,
    body: JsonObject | (() => Promise<OutgoingRequest['body']>),
    take: Take<Value>,
    signal: AbortSignal | undefined,
  ): Promise<ReadAnswer<Value>> {
    try {
      const attempt = async () => {
        const outgoing = typeof body === 'function' ? await body() : JSON.stringify(body);
        return classifyRead(await send(call, outgoing, signal), take, clock.now());
      };
      const onFault = (message: string, until: number) => {
        options.onFault?.(call, presentable({ message }).message, until);
      };
      const answer = await untilAnswered(call, attempt, { ...surroundings, onFault }, signal);
      return answer.kind === 'no' ? presentable(answer) : answer;
    } catch (error) {
      throw error instanceof ApiFault ? presentableFault(error) : error;
    }
  }

  async function askToStop(
    call: string,
    taskId: string,
    signal: AbortSignal | undefined,
  ): Promise<StopAnswer> {
    const answer = await ask(call, { taskid: taskId }, () => true, signal);
    if (answer.kind === 'yes') return { kind: 'stopped' };
    return { kind: 'refused', code: answer.code, message: answer.message };
  }

  /** Redacted before it is cut, so that no piece of a key is left at the end. */
  function presentable<Answer extends { readonly message: string }>(answer: Answer): Answer {
    return { ...answer, message: oneLine(credentials.redact(answer.message)) };
  }

  function presentableFault({ kind, code, message }: ApiFault): ApiFault {
    const words = presentable({ message }).message;
    return new ApiFault(kind, words, code === undefined ? {} : { code });
  }

  return {
    run: async (model, parameters, signal): Promise<RunAnswer> => {
      const never = new AbortController().signal;
      const body = JSON.stringify(parameters);
      const outcome = await send(`Run/${pathOf(model)}`, body, signal, never);
      const answer = classifyRun(outcome, clock.now());
      return answer.kind === 'accepted' ? answer : presentable(answer);
    },

    task: async (taskId, signal) => {
      // An answer without the task is not "no such task", which would write off a paid one.
      const take = (answer: JsonObject) =>
        parseTasks(answer, credentials.redact)?.find(({ id }) => id === taskId);
      const answer = await ask('Task/Detail', { taskid: taskId }, take, signal);
      if (answer.kind === 'no' && answer.code === codes.notFound) return undefined;
      return valueOf('Task/Detail', answer);
    },

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
        const clockSkew = skewOf(headers, clock.now());
        return {
          total: asNumber(answer['total']) ?? tasks.length,
          tasks,
          ...(clockSkew !== undefined && { clockSkew }),
        };
      };
      return valueOf('Task/List', await ask('Task/List', question, take, signal));
    },

    cancel: (taskId, signal) => askToStop('Task/Cancel', taskId, signal),
    kill: (taskId, signal) => askToStop('Task/Kill', taskId, signal),

    price: async (model, signal) => {
      const [slugowner, slugproject] = model.split('/');
      const answer = await ask('Tool/Detail', { slugowner, slugproject }, parsePrice, signal);
      return valueOf('Tool/Detail', answer);
    },

    upload: (file, signal) =>
      uploads(async () => {
        const take = (answer: JsonObject) => asWebUrl(asObject(asList(answer['list'])[0])?.['url']);
        const form = () => uploadForm(file);
        return valueOf('File/Upload', await ask('File/Upload', form, take, signal));
      }),

    clockSkew: () => skew,
    close: () => pool.close(),
  };
}

/** The header counts whole seconds: this is right to about one. */
function skewOf(
  headers: Readonly<Record<string, string | string[] | undefined>>,
  now: number,
): number | undefined {
  const skew = now - Date.parse(asText(headers['date']));
  return Number.isNaN(skew) ? undefined : Math.round(skew);
}

function parseBaseUrl(text: string): { origin: string; path: string } {
  const url = URL.parse(asWebUrl(text) ?? '');
  if (!url) {
    throw new ApiFault('refused', `the base URL "${text}" is not an http or https URL`);
  }
  return { origin: url.origin, path: url.pathname.replace(/\/+$/, '') };
}

/** `owner/model`, each a piece of a path of its own. */
function pathOf(model: string): string {
  return model.split('/').map(encodeURIComponent).join('/');
}

function valueOf<Value>(call: string, answer: ReadAnswer<Value>): Value {
  if (answer.kind === 'yes') return answer.value;
  throw new ApiFault('refused', `${call}: ${answer.message} (code ${answer.code})`, {
    code: answer.code,
  });
}
