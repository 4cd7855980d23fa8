/**
 * Signs requests, and keeps key and secret out of everything that people get to read.
 *
 * A project is signed or key-only. Signed: `x-signature` = hex HMAC-SHA256 with the API key as key
 * over secret + nonce. Path and body are not covered.
 */
import { createHmac, randomInt } from 'node:crypto';
import { ApiFault } from '../job/api-fault.ts';

export interface Credentials {
  /** Fresh headers for one request. */
  readonly headers: () => Record<string, string>;
  /** The text without key and secret, should a server have echoed them. */
  readonly redact: (text: string) => string;
}

/** @throws ApiFault `denied` when the key cannot stand in a header */
export function createCredentials(key: string, secret: string | undefined): Credentials {
  if (!/^[\x21-\x7e]+$/.test(key)) {
    throw new ApiFault(
      'denied',
      'the API key is empty or has characters that no key has (a space, a line break?); check WIRO_API_KEY',
    );
  }
  const nextNonce = createNonces();
  // A shorter word is no secret, and taking it out would tear holes into ordinary text.
  const confidential = [key, secret ?? ''].filter((word) => word.length >= 8);

  return {
    headers: () => {
      if (secret === undefined || secret === '') return { 'x-api-key': key };
      const nonce = nextNonce();
      const signature = createHmac('sha256', key)
        .update(secret + nonce)
        .digest('hex');
      return { 'x-api-key': key, 'x-nonce': nonce, 'x-signature': signature };
    },
    redact: (text) => confidential.reduce((rest, word) => rest.replaceAll(word, '***'), text),
  };
}

/**
 * Decimal integers that never come twice: the time in microseconds, made to grow with every call,
 * tells the calls of one process apart; nine random digits behind it tell processes apart that
 * call in the same microsecond. Wiro wants "unix time or any random integer".
 */
export function createNonces(): () => string {
  let last = 0;
  return () => {
    const microseconds = Math.round((performance.timeOrigin + performance.now()) * 1000);
    last = Math.max(last + 1, microseconds);
    return `${last}${randomInt(1e9).toString().padStart(9, '0')}`;
  };
}
