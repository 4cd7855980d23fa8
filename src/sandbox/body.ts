/**
 * What a client sends. Bodies are JSON, whatever the header says (the vendor's own curl samples send
 * JSON as `multipart/form-data` without a boundary, or leave curl's default), or else a form.
 */
import { boundaryOf, type FormPart, readMultipart } from './multipart.ts';
import type { SentFields } from './task.ts';

export type Body =
  | { readonly kind: 'fields'; readonly fields: SentFields; readonly files: readonly FormPart[] }
  | { readonly kind: 'unreadable'; readonly why: string };

export function readBody(bytes: Buffer, contentType: string): Body {
  const text = bytes.toString('latin1', 0, 1024).trimStart();
  if (text === '') return { kind: 'fields', fields: {}, files: [] };
  if (text.startsWith('{')) return readJson(bytes.toString('utf8'));
  if (/^multipart\/form-data/i.test(contentType)) return readForm(bytes, boundaryOf(contentType));
  if (/^application\/x-www-form-urlencoded/i.test(contentType)) {
    return fieldsOf([...new URLSearchParams(bytes.toString('utf8'))], []);
  }
  return { kind: 'unreadable', why: 'the body is neither a JSON object nor a form' };
}

function readJson(text: string): Body {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { kind: 'unreadable', why: 'the body is not JSON' };
  }
  if (typeof value !== 'object' || value === null) {
    return { kind: 'unreadable', why: 'the body is not a JSON object' };
  }
  // Deeper values mean nothing to this API, and a deep enough one could not be written out again.
  const deep = Object.entries(value).find(([, field]) => !isFlat(field));
  if (deep)
    return { kind: 'unreadable', why: `[${deep[0].slice(0, 40)}] is neither a text nor a list` };
  return { kind: 'fields', fields: { ...value }, files: [] };
}

function isFlat(value: unknown): boolean {
  return Array.isArray(value) ? value.every(isScalar) : isScalar(value);
}

function isScalar(value: unknown): boolean {
  return typeof value !== 'object' || value === null;
}

function readForm(bytes: Buffer, boundary: string | undefined): Body {
  const parts = boundary === undefined ? undefined : readMultipart(bytes, boundary);
  if (!parts) return { kind: 'unreadable', why: 'the multipart body is not whole' };
  const texts = parts.filter((part) => part.filename === '');
  return fieldsOf(
    texts.map((part) => [part.name, part.content.toString('utf8')]),
    parts.filter((part) => part.filename !== ''),
  );
}

/** A field that comes more than once is a list. */
function fieldsOf(pairs: readonly (readonly [string, string])[], files: readonly FormPart[]): Body {
  const byName = new Map<string, string | string[]>();
  for (const [name, value] of pairs) {
    const known = byName.get(name);
    if (known === undefined) byName.set(name, value);
    else if (typeof known === 'string') byName.set(name, [known, value]);
    else known.push(value);
  }
  return { kind: 'fields', fields: Object.fromEntries(byName), files };
}
