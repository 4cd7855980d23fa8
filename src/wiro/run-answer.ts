/**
 * What one POST Run came to. Only two things are certain to have bought nothing: a request that was
 * never sent, and a plain no from the API itself. All else stays in doubt until the task list has
 * been looked through.
 */
import type { RunAnswer } from '../job/song-api.ts';
import type { Exchange } from './exchange.ts';
import { asTaskId, asText } from './loose-json.ts';
import { parseRetryAfter } from './read-answer.ts';
import { readVerdict } from './verdict.ts';

type Answered = Extract<Exchange, { kind: 'answered' }>;

/** @param now milliseconds since 1970, for a Retry-After that names a date */
export function classifyRun(outcome: Exchange, now: number): RunAnswer {
  switch (outcome.kind) {
    case 'not-sent':
      return outcome;
    case 'lost':
      return { kind: 'unknown', message: outcome.message };
    case 'answered':
      return classifyAnswer(outcome, now);
  }
}

function classifyAnswer({ status, headers, body }: Answered, now: number): RunAnswer {
  const verdict = readVerdict(body);
  const words = verdict.kind === 'yes' ? body : verdict.message;

  // Both are said before a request is looked at, by the API or by a proxy in front of it.
  if (status === 401) return { kind: 'refused', code: status, message: words };
  if (status === 429) {
    const retryAfter = parseRetryAfter(headers['retry-after'], now);
    const wait = retryAfter !== undefined && { retryAfter };
    return { kind: 'refused', code: 429, message: words, ...wait };
  }

  const isPlainAnswer = status >= 200 && status < 300;
  const isRefusal = isPlainAnswer || (status >= 400 && status < 500);
  if (verdict.kind === 'no' && isRefusal) {
    return { kind: 'refused', code: verdict.code, message: verdict.message };
  }
  if (verdict.kind === 'yes' && isPlainAnswer) {
    const taskId = asTaskId(verdict.answer['taskid']);
    if (taskId !== '') {
      return { kind: 'accepted', taskId, token: asText(verdict.answer['socketaccesstoken']) };
    }
    return { kind: 'unknown', message: 'the answer names no task' };
  }
  return { kind: 'unknown', message: `HTTP ${status}: ${words}` };
}
