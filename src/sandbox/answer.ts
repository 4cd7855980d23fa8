/**
 * Envelopes. Saying no is HTTP 200 with `result: false`, but for a wrong path, wrong credentials, a
 * body that is too large and trouble of the server's own.
 */
export interface Answer {
  readonly status: number;
  readonly body: object;
}

/** Wiro's codes: 0 general, 1 not found or not allowed, 96 too many tasks, 97 no balance. */
export type Code = 0 | 1 | 96 | 97;

export function yes(fields: object): Answer {
  return { status: 200, body: { ...fields, errors: [], result: true } };
}

export function no(code: Code, message: string, status = 200): Answer {
  return { status, body: { errors: [{ code, message }], result: false } };
}

export function required(parameter: string): Answer {
  return no(0, `Request parameter [${parameter}] required`);
}

export function notANumber(parameter: string): Answer {
  return no(0, `Request parameter [${parameter}] must be integer or float`);
}

export function invalid(why: string): Answer {
  return no(0, `Request parameters are invalid. ${why}`);
}

export const wrongPath = no(0, 'Error parsing url.', 404);
export const noTask = no(1, 'There is no task yet.');
