/**
 * What one try at a call that may be repeated came to: an answer, a no that is final, or a fault
 * that another try may mend.
 */
import { ApiFault, apiReasonOf } from '../job/api-fault.ts';
import type { Exchange } from './exchange.ts';
import type { JsonObject } from './loose-json.ts';
import { isDenial, readVerdict } from './verdict.ts';

export type ReadAnswer<Value> =
  | { readonly kind: 'yes'; readonly value: Value }
  | { readonly kind: 'no'; readonly code: number; readonly message: string };

/** Reads the value out of a `result: true`; undefined: the answer lacks what it must have. */
export type Take<Value> = (answer: JsonObject, headers: Headers) => Value | undefined;

type Headers = Extract<Exchange, { kind: 'answered' }>['headers'];

export interface Fault {
  readonly kind: 'fault';
  readonly message: string;
  /** Milliseconds for which the server asked to be left alone. */
  readonly retryAfter?: number;
}

/**
 * @param now milliseconds since 1970, for a Retry-After that names a date
 * @throws ApiFault where the credentials are not accepted, or no other try could do better
 */
export function classifyRead<Value>(
  outcome: Exchange,
  take: Take<Value>,
  now: number,
): ReadAnswer<Value> | Fault {
  if (outcome.kind !== 'answered') return { kind: 'fault', message: outcome.message };

  const { status, headers, body } = outcome;
  const verdict = readVerdict(body);
  if (status === 401 || (verdict.kind === 'no' && isDenial(verdict.code))) {
    const words = verdict.kind === 'yes' ? body : verdict.message;
    const code = verdict.kind === 'no' ? verdict.code : status;
    // A 401 comes with code 0, which tells nothing.
    const reason = isDenial(code) ? apiReasonOf(code) : 'denied';
    throw new ApiFault(reason, `the API does not accept these credentials: ${words}`, { code });
  }
  if (status >= 500 || status === 429 || status === 408) {
    const retryAfter = parseRetryAfter(headers['retry-after'], now);
    return {
      kind: 'fault',
      message: `HTTP ${status}${verdict.kind === 'no' ? `: ${verdict.message}` : ''}`,
      ...(retryAfter !== undefined && { retryAfter }),
    };
  }
  if (verdict.kind === 'no') return verdict;
  if (status >= 300) {
    throw new ApiFault(
      'not-the-api',
      `HTTP ${status} from a server that does not answer like the API; check the base URL`,
      { code: status },
    );
  }
  if (verdict.kind === 'unreadable') return { kind: 'fault', message: verdict.message };
  const value = take(verdict.answer, headers);
  return value === undefined
    ? { kind: 'fault', message: 'the answer lacks what it must have' }
    : { kind: 'yes', value };
}

/** Retry-After in milliseconds: it comes as seconds or as an HTTP date. */
export function parseRetryAfter(
  field: string | string[] | undefined,
  now: number,
): number | undefined {
  const text = (Array.isArray(field) ? field[0] : field)?.trim() ?? '';
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
