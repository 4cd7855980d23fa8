/** That the API, or a call of it, cannot be had right now, and why: for programs as well as for people. */

/**
 * Why a call came to nothing. The first seven are Wiro's own codes and stand in the order in which a
 * program is likely to care about them.
 */
export type ApiReason =
  /** Code 96: as many tasks are in flight as the balance allows. Passes when one of them ends. */
  | 'concurrency-limit'
  /** Code 97: nothing more is accepted until somebody pays; tasks in flight go on. */
  | 'insufficient-balance'
  /** Code 98: the model is for signed-in users. */
  | 'sign-in-required'
  /** Code 99: a bearer token is missing, wrong or expired. */
  | 'bearer-token'
  /** Code 1: there is no such thing, or this account may not see it. */
  | 'not-found'
  /** Code 0, and codes that are not documented: only the message tells. */
  | 'general'
  /** HTTP 401, whatever code comes with it, or a key that cannot be one: check the credentials. */
  | 'denied'
  /** HTTP 429: too many requests in too little time. */
  | 'too-many-requests'
  /** Whatever answers does not answer like the API: the base URL is likely wrong. */
  | 'not-the-api'
  /** Tried again and again, and still no usable answer. */
  | 'unreachable'
  /** The client was closed before the call was answered. */
  | 'closed'
  /** A local file is not there, too large, no audio, or not what it was when it was hashed. */
  | 'unfit-file'
  /** The base URL cannot be used at all. */
  | 'misconfigured';

/**
 * `denied`: credentials are wrong, or not enough. `refused`: a no that trying again will not change.
 * `unreachable`: retried, and still no usable answer.
 */
export type ApiFaultKind = 'denied' | 'refused' | 'unreachable';

/**
 * Thrown by every call of the client but `run`, whose outcome is a value. The message is fit to be
 * shown: one line, without credentials, in the words of the server where it had any.
 */
export class ApiFault extends Error {
  override readonly name = 'ApiFault';
  readonly reason: ApiReason;
  /** What to do about it, roughly: follows from `reason`. */
  readonly kind: ApiFaultKind;
  /** Wiro's code, or the HTTP status where there was none; absent where nobody answered. */
  readonly code: number | undefined;

  constructor(reason: ApiReason, message: string, options?: { code?: number; cause?: unknown }) {
    super(message, { cause: options?.cause });
    this.reason = reason;
    this.kind = kindOf(reason);
    this.code = options?.code;
  }
}

/**
 * What a refusal's code says, where there is no `ApiFault`: in `RunAnswer` and `StopAnswer`.
 * @param code Wiro's, or an HTTP status where the API was not asked at all
 */
export function apiReasonOf(code: number): ApiReason {
  switch (code) {
    case 1:
      return 'not-found';
    case 96:
      return 'concurrency-limit';
    case 97:
      return 'insufficient-balance';
    case 98:
      return 'sign-in-required';
    case 99:
      return 'bearer-token';
    case 401:
      return 'denied';
    case 429:
      return 'too-many-requests';
    default:
      return 'general';
  }
}

function kindOf(reason: ApiReason): ApiFaultKind {
  switch (reason) {
    case 'denied':
    case 'sign-in-required':
    case 'bearer-token':
      return 'denied';
    case 'unreachable':
    case 'closed':
    case 'too-many-requests':
      return 'unreachable';
    case 'concurrency-limit':
    case 'insufficient-balance':
    case 'not-found':
    case 'general':
    case 'not-the-api':
    case 'unfit-file':
    case 'misconfigured':
      return 'refused';
  }
}
