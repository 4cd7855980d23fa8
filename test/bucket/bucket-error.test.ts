/** What servers and the SDK say becomes words, and a decision: wait, or stop. */
import { expect, test } from 'vitest';
import { bucketError } from '../../src/bucket/bucket-error.ts';

function thrown(name: string, status?: number, message = name): Error {
  const error = Object.assign(new Error(message), {
    $metadata: status === undefined ? {} : { httpStatusCode: status },
  });
  error.name = name;
  return error;
}

test.each([
  [thrown('SlowDown', 503, 'Please reduce your request rate.'), 'SlowDown: Please reduce'],
  [thrown('InternalError', 500), 'InternalError'],
  [thrown('ConditionalRequestConflict', 409), 'ConditionalRequestConflict'],
  [thrown('TooManyRequests', 429), 'TooManyRequests'],
  [Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }), 'read ECONNRESET'],
  [
    Object.assign(new Error('getaddrinfo EAI_AGAIN s3'), { code: 'EAI_AGAIN' }),
    'getaddrinfo EAI_AGAIN s3',
  ],
  [new AggregateError([new Error('connect ECONNREFUSED ::1')]), 'Error: connect ECONNREFUSED ::1'],
  [thrown('TimeoutError', undefined, 'Connection timed out'), 'TimeoutError: Connection timed out'],
])('what may pass is waited for: %s', (error, why) => {
  const made = bucketError(error, 's3://songs/a cannot be written');
  expect(made).toMatchObject({ kind: 'unreachable', cause: error });
  expect(made.message).toContain(`s3://songs/a cannot be written: ${why}`);
});

test.each([
  [thrown('CredentialsProviderError'), 'there are no AWS credentials'],
  [thrown('InvalidAccessKeyId', 403), 'check AWS_ACCESS_KEY_ID'],
  [thrown('SignatureDoesNotMatch', 403), 'check AWS_SECRET_ACCESS_KEY'],
  [thrown('ExpiredToken', 400), 'the credentials have expired'],
  [
    thrown('AccessDenied', 403, 'Access Denied'),
    'it is not permitted (AccessDenied: Access Denied)',
  ],
  [thrown('NoSuchBucket', 404), 'there is no such bucket'],
  [thrown('RequestTimeTooSkewed', 403), 'clock is wrong'],
  [thrown('PermanentRedirect', 301, 'use eu-west-3'), 'in another region (use eu-west-3)'],
  [thrown('NotImplemented', 501), 'NotImplemented'],
  [thrown('BadDigest', 400, 'The SHA256 you specified'), 'BadDigest: The SHA256'],
  [thrown('QuotaExceeded', 403), 'no room'],
])('what will not pass ends the run: %s', (error, why) => {
  const made = bucketError(error, 'it cannot be written');
  expect(made.kind).toBe('refused');
  expect(made.message).toContain(why);
});

test('a page of HTML is cut to a line', () => {
  const page = thrown('Unknown', 502, `<html>\n${'<p>Bad gateway</p>\n'.repeat(100)}`);
  const { message } = bucketError(page, 'x');
  expect(message).not.toContain('\n');
  expect(message.length).toBeLessThan(250);
});
