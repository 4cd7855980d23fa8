/**
 * Signs requests, and keeps key and secret out of everything that people get to read.
 *
 * A project is signed or key-only. Signed: `x-signature` = hex HMAC-SHA256 with the API key as key
 * over secret + nonce. Path and body are not covered.
 */
import { createHmac, randomInt } from 'node:crypto';
import { ApiFault } from '../job/api-fault.ts';
import { createRedactor, type Redact } from '../job/redaction.ts';

export interface Credentials {
  /** Fresh headers for one request. */
  readonly headers: () => Record<string, string>;
  /** A server's words without key, secret and signatures, should it have echoed them. */
  readonly redact: Redact;
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
  const isSigned = secret !== undefined && secret !== '';
  const redact = createRedactor([key, secret ?? '']);

  return {
    headers: () => {
      if (!isSigned) return { 'x-api-key': key };
      const nonce = nextNonce();
      const signature = createHmac('sha256', key)
        .update(secret + nonce)
        .digest('hex');
      return { 'x-api-key': key, 'x-nonce': nonce, 'x-signature': signature };
    },
    redact: (text) => (isSigned ? redact(text).replaceAll(signatureLike, '***') : redact(text)),
  };
}

/** Which signatures were sent nobody keeps; nothing else in a server's words must look like one. */
const signatureLike = /(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])/gi;

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
