/**
 * The API cannot be used right now. `denied`: credentials are wrong, or not enough (HTTP 401, codes
 * 98 and 99). `refused`: it said no to a read. `unreachable`: retried, and still no usable answer.
 */
export class ApiFault extends Error {
  override readonly name = 'ApiFault';
  readonly kind: 'denied' | 'refused' | 'unreachable';
  /** Wiro's code where it gave one. */
  readonly code: number | undefined;

  constructor(
    kind: ApiFault['kind'],
    message: string,
    options?: { code?: number; cause?: unknown },
  ) {
    super(message, { cause: options?.cause });
    this.kind = kind;
    this.code = options?.code;
  }
}
