/** A queue whose server is away for a while: what tells so, and how long it is waited for. */
import { setTimeout as delay } from 'node:timers/promises';
import { QueueError } from './queue-error.ts';

/** Milliseconds that a server may be away without anybody being told. */
const longestOutage = 60_000;
/** Milliseconds between two attempts. */
const pause = 1000;

/**
 * Does something that may be done twice, again and again while the server is away.
 * Rejects with `QueueError` after a minute of that or where this user may not, and at once with what is no outage.
 */
export async function sitOut<T>(server: string, attempt: () => Promise<T>): Promise<T> {
  const end = performance.now() + longestOutage;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (isForbidden(error)) throw forbidden(server, error);
      if (!isOutage(error)) throw error;
      if (performance.now() > end) {
        throw unusable(server, error, 'it was waited for; when it is back, start again');
      }
    }
    await delay(pause);
  }
}

export function unusable(server: string, error: unknown, hint: string): QueueError {
  return new QueueError(`${server} cannot be used: ${reasonOf(error)}`, hint, { cause: error });
}

/** BullMQ makes a schema of its own, and a temporary table for orders that come together. */
export function isForbidden(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '42501';
}

export function forbidden(server: string, error: unknown): QueueError {
  const hint =
    'let this user own the database, or GRANT CREATE, TEMPORARY ON DATABASE <database> TO <user>';
  const message = `${server} does not let this user do what is needed: ${reasonOf(error)}`;
  return new QueueError(message, hint, { cause: error });
}

/** The first reason, where there are several: a name that stands for several addresses fails at each. */
export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0]);
  return error instanceof Error ? error.message : String(error);
}

/** By what the operating system, PostgreSQL, its driver and Redis's say where no answer came. */
export function isOutage(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.every(isOutage);
  if (!(error instanceof Error)) return false;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return systemCodes.test(code) || postgresCodes.test(code) || sayings.test(error.message);
}

const systemCodes =
  /^(ECONN(REFUSED|RESET|ABORTED)|EPIPE|ETIMEDOUT|E(HOST|NET)(UNREACH|DOWN)|ENOTFOUND|EAI_AGAIN)$/;

/**
 * https://www.postgresql.org/docs/current/errcodes-appendix.html: connection exception, too many
 * connections, read-only transaction (a replica that was not promoted yet), operator intervention.
 */
const postgresCodes = /^(08...|53300|25006|57P0[1-3])$/;

const sayings =
  /^(Connection terminated|Connection is closed|timeout exceeded when trying to connect|timeout expired|Query read timeout|Client has encountered a connection error|Reached the max retries per request|Stream isn't writeable|(LOADING|MASTERDOWN|READONLY|TRYAGAIN|CLUSTERDOWN) )/i;
