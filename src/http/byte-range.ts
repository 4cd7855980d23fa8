/**
 * The Range header (RFC 9110, 14): one range of bytes. Several ranges, other units and what cannot
 * be read are ignored, as the RFC allows: the answer is then the whole file.
 */
export type ByteRange =
  | { readonly kind: 'whole' }
  /** Both ends included. */
  | { readonly kind: 'part'; readonly first: number; readonly last: number }
  | { readonly kind: 'unsatisfiable' };

/** @param ifRange the If-Range header: a range of another version than `etag` is not wanted */
export function readRange(
  range: string | undefined,
  ifRange: string | undefined,
  size: number,
  etag: string,
): ByteRange {
  const match = /^bytes=(\d*)-(\d*)$/i.exec(range?.trim() ?? '');
  if (!match || (ifRange !== undefined && ifRange.trim() !== etag)) return { kind: 'whole' };
  const [, from = '', to = ''] = match;
  if (from === '' && to === '') return { kind: 'whole' };
  if (from === '') return part(Math.max(0, size - Number(to)), size - 1);
  if (to !== '' && Number(to) < Number(from)) return { kind: 'whole' };
  return part(Number(from), to === '' ? size - 1 : Math.min(Number(to), size - 1));
}

function part(first: number, last: number): ByteRange {
  return first > last ? { kind: 'unsatisfiable' } : { kind: 'part', first, last };
}
