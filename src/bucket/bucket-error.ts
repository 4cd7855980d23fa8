/**
 * What a bucket says against what is asked of it, in words for people. The SDK's errors carry the server's:
 * they are named, and quoted where nobody knows better.
 */
export class BucketError extends Error {
  override readonly name = 'BucketError';
  readonly kind: BucketTrouble;

  constructor(kind: BucketTrouble, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.kind = kind;
  }
}

export type BucketTrouble =
  /** It does not answer, or not now: a later try may do. */
  | 'unreachable'
  /** Credentials, permissions, the bucket itself: nothing helps but mending that. */
  | 'refused'
  /** Both names of a song belong to something else. */
  | 'taken'
  /** What is to be sent, or was read back, is not what it is said to be. */
  | 'altered';

/** @param doing `s3://bucket/key cannot be written` */
export function bucketError(error: unknown, doing: string): BucketError {
  if (error instanceof BucketError) return error;
  const { kind, why } = troubleIn(error);
  return new BucketError(kind, `${doing}: ${why}`, { cause: error });
}

interface Trouble {
  readonly kind: BucketTrouble;
  readonly why: string;
}

function troubleIn(error: unknown): Trouble {
  const { name, message, status } = factsOf(error);
  switch (name) {
    case 'CredentialsProviderError':
    case 'TokenProviderError':
      return refused(
        'there are no AWS credentials; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE',
      );
    case 'InvalidAccessKeyId':
      return refused('the server does not know this access key; check AWS_ACCESS_KEY_ID');
    case 'SignatureDoesNotMatch':
      return refused('the secret key does not fit the access key; check AWS_SECRET_ACCESS_KEY');
    case 'ExpiredToken':
    case 'ExpiredTokenException':
    case 'InvalidToken':
      return refused('the credentials have expired; get fresh ones (AWS_SESSION_TOKEN)');
    case 'NoSuchBucket':
      return refused('there is no such bucket; make it, or choose another');
    case 'RequestTimeTooSkewed':
      return refused("this machine's clock is wrong: the server refuses the time of the request");
    case 'PermanentRedirect':
    case 'AuthorizationHeaderMalformed':
      return refused(`the bucket is in another region (${message}); set AWS_REGION`);
    case 'QuotaExceeded':
    case 'XMinioStorageFull':
    case 'InsufficientCapacity':
      return refused(`there is no room for it (${message})`);
  }
  if (status === 403) return refused(`it is not permitted (${saidBy(name, message)})`);
  if (status === 401)
    return refused(`the server wants other credentials (${saidBy(name, message)})`);
  const why = saidBy(name, message);
  return { kind: isPassing(status) ? 'unreachable' : 'refused', why };
}

/** 409: another upload of that name is on its way, and may win. 501: it will never know how. */
function isPassing(status: number | undefined): boolean {
  if (status === undefined) return true;
  return [408, 409, 429].includes(status) || (status >= 500 && status !== 501);
}

function refused(why: string): Trouble {
  return { kind: 'refused', why };
}

/** The HTTP status of an answer; undefined where there was none. */
export function statusOf(error: unknown): number | undefined {
  return factsOf(error).status;
}

function factsOf(error: unknown) {
  if (!(error instanceof Error)) return { name: '', message: String(error), status: undefined };
  const { $metadata: metadata, code } = error as {
    readonly $metadata?: { readonly httpStatusCode?: number };
    readonly code?: unknown;
  };
  const status = metadata?.httpStatusCode;
  const name = typeof code === 'string' && status === undefined ? code : error.name;
  // A connection that fails at all addresses of a host says so in its parts only.
  const parts = error instanceof AggregateError ? error.errors.map(String).join('; ') : '';
  return { name, message: error.message || parts, status };
}

/** One line, and not a page of HTML. */
function saidBy(name: string, message: string): string {
  const words = message.replace(/\s+/g, ' ').trim().slice(0, 200);
  const isNamed = ['Error', 'AggregateError'].includes(name) || words.includes(name);
  return isNamed ? words || name : [name, words].filter((part) => part !== '').join(': ');
}
