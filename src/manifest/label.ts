/**
 * Labels: what exclude and include call a value, and what stands in file names. So they are safe in
 * paths of Linux, macOS and Windows, and two that a file system could confuse are one.
 *
 * Allowed are letters (with their combining marks) and digits of any script and `. _ + & -`, at most
 * 80 bytes of UTF-8 in normal form C; neither "." (hidden files, Windows) nor "-" (an
 * option) at the ends, no "..", no name that Windows keeps for devices.
 */
import { createHash } from 'node:crypto';

/** UTF-8 bytes. A file name of several labels still fits into 255. */
const longest = 80;

const trailing = /[.-]+$/;

const reserved = /^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)/i;

/** An explicit id as a label, or undefined when it breaks the rules. */
export function labelOf(id: string): string | undefined {
  const label = id.normalize('NFC');
  return label !== '' && safeLabel(label) === label ? label : undefined;
}

/** A label made from anything: a file's name, tags, a URL. Text without a letter gets a hash. */
export function safeLabel(text: string): string {
  const label = text
    .normalize('NFC')
    .replaceAll(/[^\p{L}\p{M}\p{Nd}._+&-]+/gu, '-')
    .replaceAll(/\.{2,}/g, '.')
    .replace(/^[.\p{M}-]+/u, '')
    .replace(trailing, '');
  if (label === '') return `x${shortHash(text)}`;
  return cutToBytes(reserved.test(label) ? `x${label}` : label, longest).replace(trailing, '');
}

/** Two labels with one key are one name to a file system that ignores case. */
export function labelKey(label: string): string {
  return label.normalize('NFC').toUpperCase();
}

/** Eight hex digits that stand for a text. */
export function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}

function cutToBytes(text: string, bytes: number): string {
  let left = bytes;
  let end = 0;
  for (const point of text) {
    left -= Buffer.byteLength(point);
    if (left < 0) break;
    end += point.length;
  }
  return text.slice(0, end);
}
