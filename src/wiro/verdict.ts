/**
 * The envelope of every answer: `{result: true, ...}`, or `{result: false, errors: [{code, message}]}`
 * under HTTP 200 as well. What has no `result` did not come from the API. Messages hold the server's
 * words as they came: `client.ts` makes them presentable.
 */
import { apiReasonOf } from '../job/api-fault.ts';
import { asList, asNumber, asObject, asText, parseJson, type JsonObject } from './loose-json.ts';

export type Verdict =
  | { readonly kind: 'yes'; readonly answer: JsonObject }
  | { readonly kind: 'no'; readonly code: number; readonly message: string }
  | { readonly kind: 'unreadable'; readonly message: string };

export function readVerdict(body: string): Verdict {
  const answer = asObject(parseJson(body));
  if (answer?.['result'] === true) return { kind: 'yes', answer };
  if (answer?.['result'] === false) return refusal(answer['errors']);
  return { kind: 'unreadable', message: describe(body, answer !== undefined) };
}

export function isDenial(code: number): boolean {
  return ['denied', 'sign-in-required', 'bearer-token'].includes(apiReasonOf(code));
}

function refusal(errors: unknown): Verdict {
  const first = asList(errors)[0];
  const error = asObject(first);
  const message = asText(error ? error['message'] : first);
  return {
    kind: 'no',
    code: asNumber(error?.['code']) ?? 0,
    message: message.trim() === '' ? 'the API gave no reason' : message,
  };
}

function describe(body: string, isObject: boolean): string {
  if (body.trim() === '') return 'the answer is empty';
  if (isObject) return 'the answer has no "result"';
  const what = /^\s*</.test(body) ? 'a page of HTML' : 'no JSON';
  return `the answer is ${what}: ${body}`;
}
