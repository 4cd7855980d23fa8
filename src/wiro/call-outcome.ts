/** What became of a request, in a word: for whoever counts requests. */
import type { CallOutcome } from '../job/traffic.ts';
import { apiReasonOf } from '../job/api-fault.ts';
import type { RunAnswer } from '../job/song-api.ts';
import type { Exchange } from './exchange.ts';
import type { Fault, ReadAnswer } from './read-answer.ts';

/** @param answer what was read out of it */
export function callOutcome(
  exchange: Exchange,
  answer: ReadAnswer<unknown> | Fault | RunAnswer,
): CallOutcome {
  if (exchange.kind !== 'answered') return exchange.kind;
  switch (answer.kind) {
    case 'yes':
    case 'accepted':
      return 'ok';
    case 'no':
    case 'refused':
      return apiReasonOf(answer.code);
    case 'fault':
    case 'unknown':
    case 'not-sent':
      return exchange.status === 429 ? 'too-many-requests' : 'unusable';
  }
}
