/**
 * What faults do to calls of the API: in place of carrying one out, or to its answer once it was
 * carried out. What they do to tasks is in `workshop.ts`, to downloads in `downloads.ts`.
 */
import { type Answer, yes } from './answer.ts';
import type { Dice, FaultName } from './faults.ts';

/** What goes over the wire in place of an answer of the API. */
export type Mishap =
  | { readonly kind: 'cut' }
  | { readonly kind: 'silence' }
  | { readonly kind: 'page'; readonly status: number; readonly html: string }
  | { readonly kind: 'garbage' };

/** In the order in which they are looked at; of several that strike, the first has its way. */
const byEndpoint = {
  Run: [
    'run.dropBefore',
    'run.500',
    'run.502html',
    'run.dropAfter',
    'run.500after',
    'run.garbage',
    'run.hang',
  ],
  'Task/Detail': ['detail.drop', 'detail.500', 'detail.502html', 'detail.garbage', 'detail.empty'],
  'Task/List': [
    'list.drop',
    'list.500',
    'list.502html',
    'list.garbage',
    'list.empty',
    'list.noParameters',
  ],
} as const satisfies Readonly<Record<string, readonly FaultName[]>>;

type CallFault = (typeof byEndpoint)[keyof typeof byEndpoint][number];

/** @param carryOut the call itself */
export async function troubled(
  dice: Dice,
  endpoint: string,
  carryOut: () => Answer | Promise<Answer>,
): Promise<Answer | Mishap> {
  const names: readonly CallFault[] = isFaulty(endpoint) ? byEndpoint[endpoint] : [];
  const fault = dice.first(names);
  switch (fault) {
    case undefined:
      return carryOut();
    case 'run.dropBefore':
    case 'detail.drop':
    case 'list.drop':
      return { kind: 'cut' };
    case 'run.500':
    case 'detail.500':
    case 'list.500':
      return serverError;
    case 'run.502html':
    case 'detail.502html':
    case 'list.502html':
      return badGateway;
    case 'detail.garbage':
    case 'list.garbage':
      return { kind: 'garbage' };
    case 'detail.empty':
    case 'list.empty':
      return yes({ total: '0', tasklist: [] });
    case 'list.noParameters':
      return withoutParameters(await carryOut());
    case 'run.dropAfter':
      return after(await carryOut(), { kind: 'cut' });
    case 'run.500after':
      return after(await carryOut(), serverError);
    case 'run.garbage':
      return after(await carryOut(), { kind: 'garbage' });
    case 'run.hang':
      return after(await carryOut(), { kind: 'silence' });
  }
}

const serverError: Answer = {
  status: 500,
  body: { errors: [{ code: 0, message: 'Internal server error.' }], result: false },
};

const badGateway: Mishap = {
  kind: 'page',
  status: 502,
  html: '<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n',
};

function isFaulty(endpoint: string): endpoint is keyof typeof byEndpoint {
  return Object.hasOwn(byEndpoint, endpoint);
}

/** A Run that was refused made no task: whoever called hears why, as ever. */
function after(answer: Answer, mishap: Answer | Mishap): Answer | Mishap {
  return 'taskid' in answer.body ? mishap : answer;
}

function withoutParameters(answer: Answer): Answer {
  const { body } = answer;
  if (!('tasklist' in body) || !Array.isArray(body.tasklist)) return answer;
  const tasklist = body.tasklist.map((task: object) => ({ ...task, parameters: undefined }));
  return { ...answer, body: { ...body, tasklist } };
}
