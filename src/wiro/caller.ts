/**
 * The way from a call to the socket. Three layers lie between them: a bound on requests in flight, a
 * rate limit over all of them, and one connection pool. What may be repeated is repeated here until it
 * is answered; what may not be is sent once.
 */
import pLimit from 'p-limit';
import { Pool } from 'undici';
import { ApiFault } from '../job/api-fault.ts';
import type { ApiCall, Traffic } from '../job/traffic.ts';
import { callOutcome } from './call-outcome.ts';
import type { Clock } from './clock.ts';
import type { Credentials } from './credentials.ts';
import { exchange, type Exchange, type OutgoingRequest } from './exchange.ts';
import { asText, type JsonObject } from './loose-json.ts';
import { createRateLimit } from './rate-limit.ts';
import { classifyRead, type Fault, type ReadAnswer, type Take } from './read-answer.ts';
import { untilAnswered, type RetryLimits } from './retry.ts';
import { oneLine } from './server-words.ts';
import type { UploadForm } from './upload-form.ts';

export interface CallerOptions {
  readonly base: { readonly origin: string; readonly path: string };
  readonly credentials: Credentials;
  readonly clock: Clock;
  readonly random: () => number;
  readonly requestsPerSecond: number | (() => number);
  readonly requestsInFlight: number;
  readonly readRetry: RetryLimits;
  /** Milliseconds. */
  readonly headersTimeout: number;
  readonly bodyTimeout: number;
  readonly onFault: ((call: string, message: string, until: number) => void) | undefined;
  readonly onCall: Traffic['onCall'] | undefined;
}

/** What follows the path: JSON text, or the form of an upload. */
type Content = string | UploadForm;

export interface Caller {
  /**
   * A call that must not be repeated: sent once, and waited for whatever happens. Never rejects.
   *
   * @param signal takes it back while it waits to be sent
   * @param mayLeave asked right before its first byte leaves
   */
  readonly sendOnce: (
    path: string,
    json: string,
    signal: AbortSignal | undefined,
    mayLeave: (() => boolean) | undefined,
  ) => Promise<Exchange>;
  /**
   * A call that does no harm when repeated. Rejects with `ApiFault`, or with the signal's reason.
   *
   * @param question JSON, or what makes a form anew for every try
   */
  readonly ask: <Value>(
    call: ApiCall,
    question: JsonObject | (() => Promise<UploadForm>),
    take: Take<Value>,
    signal: AbortSignal | undefined,
  ) => Promise<ReadAnswer<Value>>;
  /** Redacted, before it is cut, so that no piece of a key is left at the end; one line. */
  readonly presentable: <Answer extends { readonly message: string }>(answer: Answer) => Answer;
  readonly clockSkew: () => number | undefined;
  /**
   * Waits for what must not be repeated, once it was sent; all other calls end with an `ApiFault`, or
   * are not sent.
   */
  readonly close: () => Promise<void>;
}

export function createCaller(options: CallerOptions): Caller {
  const { base, credentials, requestsInFlight } = options;
  const closing = new AbortController();
  /** Sleeps are over when the client is closed. */
  const clock: Clock = {
    ...options.clock,
    sleep: (milliseconds, signal) => {
      const signals = signal ? [signal, closing.signal] : [closing.signal];
      return options.clock.sleep(milliseconds, AbortSignal.any(signals));
    },
  };
  const inFlight = pLimit(requestsInFlight);
  const rate = createRateLimit(options.requestsPerSecond, clock);
  const pool = new Pool(base.origin, {
    connections: requestsInFlight,
    pipelining: 1,
    // Over HTTP/2 a client may repeat streams that the server turned away.
    allowH2: false,
    connectTimeout: 10_000,
    headersTimeout: options.headersTimeout,
    bodyTimeout: options.bodyTimeout,
  });
  const unrepeatable = new Set<Promise<Exchange>>();
  let skew: number | undefined;

  /**
   * @param waiting takes the request back until it is sent
   * @param sent also breaks off what was sent
   */
  function send(
    path: string,
    content: Content,
    waiting: AbortSignal | undefined,
    sent: AbortSignal | undefined,
    mayLeave?: () => boolean,
  ): Promise<Exchange> {
    return inFlight(async () => {
      try {
        await rate(waiting);
        waiting?.throwIfAborted();
        closing.signal.throwIfAborted();
      } catch {
        return { kind: 'not-sent', message: 'cancelled before it was sent' };
      }
      const isText = typeof content === 'string';
      const request: OutgoingRequest = {
        path: `${base.path}/${path}`,
        headers: {
          accept: 'application/json',
          ...(isText ? { 'content-type': 'application/json' } : content.headers),
          ...credentials.headers(),
        },
        body: isText ? content : content.body,
      };
      const outcome = await exchange(pool, request, sent, mayLeave);
      if (outcome.kind === 'answered') skew = skewOf(outcome.headers, clock.now()) ?? skew;
      return outcome;
    });
  }

  async function tryOnce<Value>(
    call: ApiCall,
    question: JsonObject | (() => Promise<UploadForm>),
    take: Take<Value>,
    signal: AbortSignal | undefined,
  ): Promise<ReadAnswer<Value> | Fault> {
    const content = typeof question === 'function' ? await question() : JSON.stringify(question);
    const outcome = await send(call, content, signal, signal);
    const fault = typeof content === 'string' ? undefined : content.fault();
    if (fault) throw fault;
    if (outcome.kind !== 'answered') closing.signal.throwIfAborted();
    const isTakenBack = outcome.kind !== 'answered' && signal?.aborted;
    const onCall = isTakenBack ? undefined : options.onCall;
    try {
      const answer = classifyRead(outcome, take, clock.now());
      onCall?.(call, callOutcome(outcome, answer));
      return answer;
    } catch (error) {
      if (error instanceof ApiFault) onCall?.(call, error.reason);
      throw error;
    }
  }

  async function ask<Value>(
    call: ApiCall,
    question: JsonObject | (() => Promise<UploadForm>),
    take: Take<Value>,
    signal: AbortSignal | undefined,
  ): Promise<ReadAnswer<Value>> {
    const surroundings = {
      limits: options.readRetry,
      clock,
      random: options.random,
      onFault: (message: string, until: number) => {
        options.onFault?.(call, presentable({ message }).message, until);
      },
    };
    try {
      const attempt = () => tryOnce(call, question, take, signal);
      const answer = await untilAnswered(call, attempt, surroundings, signal);
      return answer.kind === 'no' ? presentable(answer) : answer;
    } catch (error) {
      throw error instanceof ApiFault ? presentableFault(error) : error;
    }
  }

  function presentable<Answer extends { readonly message: string }>(answer: Answer): Answer {
    return { ...answer, message: oneLine(credentials.redact(answer.message)) };
  }

  function presentableFault({ reason, code, message }: ApiFault): ApiFault {
    const words = presentable({ message }).message;
    return new ApiFault(reason, words, code === undefined ? {} : { code });
  }

  return {
    sendOnce: (path, json, signal, mayLeave) => {
      const sending = send(path, json, signal, undefined, mayLeave);
      unrepeatable.add(sending);
      return sending.finally(() => unrepeatable.delete(sending));
    },
    ask,
    presentable,
    clockSkew: () => skew,
    close: async () => {
      closing.abort(new ApiFault('closed', 'the client was closed before the call was answered'));
      // Of a Run only its answer says what was bought; a read may be broken off.
      await Promise.all(unrepeatable);
      await pool.destroy();
    },
  };
}

/** The header counts whole seconds: this is right to about one. */
export function skewOf(
  headers: Readonly<Record<string, string | string[] | undefined>>,
  now: number,
): number | undefined {
  const skew = now - Date.parse(asText(headers['date']));
  return Number.isNaN(skew) ? undefined : Math.round(skew);
}
