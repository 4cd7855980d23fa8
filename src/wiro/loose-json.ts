/**
 * Reads values out of answers in which numbers come as strings, strings as numbers, and anything
 * may be missing. Nothing here throws.
 */

export type JsonObject = Readonly<Record<string, unknown>>;

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

export function asObject(value: unknown): JsonObject | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return value as JsonObject;
}

/** An array as it is; anything else as an empty one. */
export function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** A string or a number as text; anything else as the empty text. */
export function asText(value: unknown): string {
  if (typeof value === 'string') return value;
  return typeof value === 'number' ? String(value) : '';
}

/** Ids are shown, stored and sent back: one that is not a plain word is none. "" for none. */
export function asTaskId(value: unknown): string {
  const id = asText(value);
  return /^[\w.:-]{1,200}$/.test(id) ? id : '';
}

/** A finite number, from a number or from decimal text. */
export function asNumber(value: unknown): number | undefined {
  const text = asText(value).trim();
  if (text === '') return undefined;
  const number = Number(text);
  return Number.isFinite(number) ? number : undefined;
}

/** An http or https URL as it was given. */
export function asWebUrl(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  const protocol = URL.parse(value)?.protocol;
  return protocol === 'http:' || protocol === 'https:' ? value : undefined;
}
