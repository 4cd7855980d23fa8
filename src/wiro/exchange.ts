/**
 * One HTTP request and what became of it, with the one distinction on which money hangs: was it
 * never sent, or sent and lost?
 *
 * undici calls `onRequestStart` right before it writes the first byte of a request. What fails
 * before that (DNS, connect, TLS, an abort in the queue) certainly reached nobody; a list of error
 * codes would say so less surely. What fails after it may have been carried out.
 */
import { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';

export interface OutgoingRequest {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /**
   * Text, or pieces that are asked for no faster than the server takes them. Where the pieces throw, the
   * request is broken off; with a `content-length` the server then knows that it has not all of it.
   */
  readonly body: string | AsyncIterable<Uint8Array>;
}

export type Exchange =
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly headers: Readonly<Record<string, string | string[] | undefined>>;
      readonly body: string;
    }
  | { readonly kind: 'not-sent'; readonly message: string }
  /** Written, wholly or in part, but no whole answer came back. */
  | { readonly kind: 'lost'; readonly message: string };

/** Bytes. A full page of a hundred tasks with their lyrics and logs is far below it. */
const largestAnswer = 16 * 1024 * 1024;

/** Milliseconds for one that trickles in, piece by piece, always just in time. */
const longestAnswer = 300_000;

/**
 * Never rejects, never sends twice, follows no redirect.
 *
 * @param mayLeave asked right before the first byte is written; false: it is not
 */
export function exchange(
  dispatcher: Dispatcher,
  request: OutgoingRequest,
  signal?: AbortSignal,
  mayLeave: () => boolean = () => true,
): Promise<Exchange> {
  return new Promise((resolve) => {
    let sending: Dispatcher.DispatchController | undefined;
    let status = 0;
    let headers: Extract<Exchange, { kind: 'answered' }>['headers'] = {};
    const chunks: Buffer[] = [];
    let bytes = 0;
    let answeredAt = 0;

    const settle = (outcome: Exchange) => {
      signal?.removeEventListener('abort', cancel);
      resolve(outcome);
    };
    const cancel = () => {
      const stop = new Error('cancelled');
      if (sending) sending.abort(stop);
      // Still in a queue: do not wait for the connection. `onRequestStart` will stop it for good.
      else settle({ kind: 'not-sent', message: 'cancelled before it was sent' });
    };

    if (signal?.aborted) {
      cancel();
      return;
    }
    signal?.addEventListener('abort', cancel);

    dispatcher.dispatch(
      {
        method: 'POST',
        path: request.path,
        headers: { ...request.headers },
        body:
          typeof request.body === 'string'
            ? request.body
            : Readable.from(request.body, { objectMode: false }),
        idempotent: false,
      },
      {
        onRequestStart: (controller) => {
          if (signal?.aborted) {
            controller.abort(new Error('cancelled'));
          } else if (sending) {
            // A client that requeued it after a broken connection would buy twice.
            controller.abort(new Error('refused to send the same request twice'));
          } else if (!mayLeave()) {
            controller.abort(new Error('held back: others may have taken it over'));
          } else {
            sending = controller;
          }
        },
        onResponseStart: (_controller, code, fields) => {
          status = code;
          headers = fields;
          answeredAt = performance.now();
        },
        onResponseData: (controller, chunk) => {
          bytes += chunk.length;
          if (bytes > largestAnswer) {
            controller.abort(new Error(`the answer is longer than ${largestAnswer} bytes`));
          } else if (performance.now() - answeredAt > longestAnswer) {
            controller.abort(new Error(`the answer takes more than ${longestAnswer / 1000} s`));
          } else {
            chunks.push(chunk);
          }
        },
        onResponseEnd: () => {
          settle({ kind: 'answered', status, headers, body: Buffer.concat(chunks).toString() });
        },
        onResponseError: (_controller, error) => {
          settle({ kind: sending ? 'lost' : 'not-sent', message: describe(error) });
        },
      },
    );
  });
}

/** Several addresses that all fail make an AggregateError, whose own message is empty. */
export function describe(error: Error): string {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const first = error instanceof AggregateError ? (error.errors as unknown[])[0] : undefined;
  const message = error.message === '' && first instanceof Error ? first.message : error.message;
  return message.includes(code) ? message : `${message} (${code})`;
}
