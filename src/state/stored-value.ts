/**
 * Reading back what was stored without trusting it: a file that was bent by a bad disk or by hand
 * must end in a clear refusal, not in a record with holes.
 */

/** Something in the file is not what songbatch writes there. */
export class Malformed extends Error {
  override readonly name = 'Malformed';
}

export function text(value: unknown): string {
  if (typeof value !== 'string') throw new Malformed(`${show(value)} where a text belongs`);
  return value;
}

export function finite(value: unknown): number {
  if (typeof value !== 'number') throw new Malformed(`${show(value)} where a number belongs`);
  return value;
}

export function whole(value: unknown): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) {
    throw new Malformed(`${show(value)} where a whole number belongs`);
  }
  return value;
}

export function flag(value: unknown): boolean {
  if (typeof value !== 'boolean') throw new Malformed(`${show(value)} where true or false belongs`);
  return value;
}

export function amount(value: unknown): bigint {
  const digits = text(value);
  if (!/^-?\d+$/.test(digits)) throw new Malformed(`${show(value)} where an amount belongs`);
  return BigInt(digits);
}

export function list(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new Malformed(`${show(value)} where a list belongs`);
  return value;
}

export function fields(value: unknown): Readonly<Record<string, unknown>> {
  if (!isObject(value)) throw new Malformed(`${show(value)} where an object belongs`);
  return value;
}

export function json(value: unknown): unknown {
  try {
    return JSON.parse(text(value));
  } catch {
    throw new Malformed(`${show(value)} where JSON belongs`);
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function show(value: unknown): string {
  return (value === undefined ? 'nothing' : JSON.stringify(value)).slice(0, 60);
}

/** Absent values at the end of a list are left out. */
export function withoutTail(values: readonly unknown[]): readonly unknown[] {
  return values.slice(0, values.findLastIndex(isThere) + 1);
}

/** Not null, and not left out. */
export function isThere(value: unknown): boolean {
  return value !== undefined && value !== null;
}
