/**
 * Unguessable texts: socket tokens and access keys are 30 letters and digits, as Wiro's are.
 */
import { randomFillSync } from 'node:crypto';

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** Drawn in one go for many texts: each draw costs as much as all the rest of a Run. */
const supply = Buffer.alloc(4096);
let used = supply.length;

export function randomText(length = 30): string {
  let text = '';
  while (text.length < length) {
    if (used === supply.length) {
      randomFillSync(supply);
      used = 0;
    }
    const byte = supply[used++] ?? 0;
    // 248 is the last multiple of 62: beyond it some letters would come more often.
    if (byte < 248) text += alphabet.charAt(byte % alphabet.length);
  }
  return text;
}
