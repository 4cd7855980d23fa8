/**
 * Which outlook a history has. States keep outlooks and go by them without reading the histories again, so
 * whoever changes a line of these tables, or has a new reason to, raises `rules` in src/job/outlook.ts: then
 * every state is judged anew. The first test is there to be changed with them.
 */
import { describe, expect, test } from 'vitest';
import type { Failure } from '../../src/job/failure.ts';
import type { JobEvent, JobRecord } from '../../src/job/history.ts';
import { apply } from '../../src/job/history.ts';
import type { Measured, Measures } from '../../src/job/measures.ts';
import type { JobPolicy } from '../../src/job/next-step.ts';
import { judgementKey, outlookOf, type Outlook } from '../../src/job/outlook.ts';
import type { Checks } from '../../src/manifest/manifest.ts';

const rules = 1;

const job = { id: 'ab'.repeat(16), model: 'm', coordinates: {}, parameters: {}, output: 'song' };
const after = (events: readonly JobEvent[]): JobRecord =>
  events.reduce<JobRecord>(apply, { job, attempts: [] });

const intended: JobEvent = { type: 'intended', at: 1 };
const accepted: JobEvent = { type: 'accepted', at: 2, taskId: '7', token: 't', adopted: false };
const withdrawn: JobEvent = { type: 'withdrawn', at: 2, why: 'not sent' };
const succeeded: JobEvent = { type: 'succeeded', at: 3, cost: 5n, outputs: [] };
const saved: JobEvent = {
  type: 'saved',
  at: 4,
  files: [{ path: 'song.wav', bytes: 1, sha256: 'cd'.repeat(32), mediaType: 'audio/wav' }],
};
const reopened: JobEvent = { type: 'reopened', at: 9 };
const failed = (failure: Failure, cost = 0n): JobEvent => ({
  type: 'failed',
  at: 3,
  failure,
  cost,
});
const timedOut = [intended, accepted, failed({ reason: 'timeout' })];
const bought = [intended, accepted, succeeded];

const policyWith = (checks: Partial<Checks> | undefined): JobPolicy => ({
  attempts: 3,
  ...(checks && { checks: { warn: false, ...checks } }),
});

test('the rules have this number', () => {
  expect(judgementKey({ attempts: 3 })).toBe(`[${rules},3,null]`);
});

describe('with three attempts and no checks, a job is', () => {
  test.each<[Outlook, string, readonly JobEvent[]]>([
    ['waiting', 'new', []],
    ['waiting', 'withdrawn', [intended, withdrawn]],
    ['intended', 'in doubt', [intended]],
    ['running', 'accepted', [intended, accepted]],
    ['succeeded', 'to be fetched', bought],
    ['unmeasured', 'saved', [...bought, saved]],
    ['done', 'measured', [...bought, saved, { type: 'measured', at: 5, measured: [] }]],
    [
      'unmeasured',
      'saved once more',
      [...bought, saved, { type: 'measured', at: 5, measured: [] }, saved],
    ],
    ['retriable', 'failed once', timedOut],
    ['retriable', 'failed twice', [...timedOut, ...timedOut]],
    ['retriable', 'withdrawn after it failed', [...timedOut, intended, withdrawn]],
    ['intended', 'in doubt after it failed', [...timedOut, intended]],
    ['failed', 'failed three times', [...timedOut, ...timedOut, ...timedOut]],
    ['retriable', 'reopened', [...timedOut, ...timedOut, ...timedOut, reopened]],
    [
      'failed',
      'billed and failed',
      [intended, accepted, failed({ reason: 'exit-code', exit: '1', message: '' }, 5n)],
    ],
    ['failed', 'stopped', [intended, accepted, failed({ reason: 'stopped' })]],
    [
      'retriable',
      'stopped and reopened',
      [intended, accepted, failed({ reason: 'stopped' }), reopened],
    ],
    [
      'lost',
      'paid, and not to be had',
      [...bought, failed({ reason: 'output-invalid', message: '' })],
    ],
    [
      'running',
      'paid, not to be had and reopened',
      [...bought, failed({ reason: 'output-invalid', message: '' }), reopened],
    ],
  ])('%s when it is %s', (outlook, _, events) => {
    expect(outlookOf(after(events), { attempts: 3 })).toBe(outlook);
  });
});

describe('a first attempt that fails is', () => {
  test.each<[Outlook, Failure]>([
    ['retriable', { reason: 'task-error', message: '' }],
    ['retriable', { reason: 'exit-code', exit: '1', message: '' }],
    ['retriable', { reason: 'no-outputs' }],
    ['retriable', { reason: 'cancelled' }],
    ['retriable', { reason: 'timeout' }],
    ['retriable', { reason: 'rejected', code: 0, message: 'Something went wrong' }],
    ['failed', { reason: 'rejected', code: 0, message: 'Request parameter [prompt] required' }],
    ['failed', { reason: 'rejected', code: 0, message: 'seed must be a number' }],
    ['failed', { reason: 'rejected', code: 0, message: 'Invalid file' }],
    ['failed', { reason: 'rejected', code: 1, message: 'Something went wrong' }],
    ['failed', { reason: 'stopped' }],
    ['lost', { reason: 'task-unknown', message: '' }],
    ['lost', { reason: 'output-unavailable', message: '' }],
    ['lost', { reason: 'output-invalid', message: '' }],
  ])('%s after %o', (outlook, failure) => {
    const record = after([intended, accepted, failed(failure)]);
    expect(outlookOf(record, { attempts: 2 })).toBe(outlook);
    // With no other attempt left, nothing is tried again.
    const last = outlook === 'retriable' ? 'failed' : outlook;
    expect(outlookOf(record, { attempts: 1 })).toBe(last);
  });
});

describe('a song that was measured is', () => {
  const measures: Measures = {
    format: 'wav',
    duration: 30,
    sampleRate: 44_100,
    channels: 2,
    loudness: -14,
    clipping: { runs: 9, samples: 99 },
    silence: { leading: 0, trailing: 9, total: 12, share: 0.4 },
  };
  const heard = (changes: Partial<Measures> = {}): Measured => ({
    kind: 'measured',
    measures: { ...measures, ...changes },
  });
  const { loudness: _, ...silence } = measures;
  const silent: Measured = { kind: 'measured', measures: silence };
  const broken: Measured = { kind: 'unmeasurable', cause: 'file', why: 'no audio' };
  const unheard: Measured = { kind: 'unmeasurable', cause: 'machine', why: 'no ffmpeg' };
  const stated: Measured = { ...unheard, stated: { format: 'm4a', duration: 19.9 } };
  const loudness = { from: -14, to: -10 };

  test.each<[Outlook, string, Partial<Checks> | undefined, Measured]>([
    ['done', 'no checks, whatever it is', undefined, broken],
    ['done', 'the least length', { minSeconds: 30 }, heard()],
    ['rejected', 'less', { minSeconds: 30.001 }, heard()],
    ['done', 'the most silence', { maxSilence: 0.4 }, heard()],
    ['rejected', 'more', { maxSilence: 0.399 }, heard()],
    ['done', 'the least loudness', { loudness }, heard()],
    ['done', 'the most', { loudness }, heard({ loudness: -10 })],
    ['rejected', 'less', { loudness }, heard({ loudness: -14.01 })],
    ['rejected', 'more', { loudness }, heard({ loudness: -9.99 })],
    ['rejected', 'none', { loudness }, silent],
    ['rejected', 'an end too early', {}, heard({ damage: [{ kind: 'ends-early' }] })],
    ['rejected', 'a hole', {}, heard({ damage: [{ kind: 'undecodable', stretches: 1 }] })],
    ['rejected', 'no numbers', {}, heard({ damage: [{ kind: 'not-numbers', samples: 1 }] })],
    ['done', 'bytes too many', {}, heard({ damage: [{ kind: 'surplus', bytes: 1 }] })],
    ['done', 'two formats', {}, heard({ damage: [{ kind: 'format-change' }] })],
    ['done', 'too much of it', {}, heard({ damage: [{ kind: 'too-long', measured: 1 }] })],
    ['rejected', 'no sound', {}, broken],
    ['done', 'what this machine cannot tell', { minSeconds: 20 }, unheard],
    ['rejected', 'a header that says less', { minSeconds: 20 }, stated],
    ['done', 'checks that only warn', { minSeconds: 99, warn: true }, heard()],
  ])('%s with %s', (outlook, _, checks, measured) => {
    const record = after([...bought, saved, { type: 'measured', at: 5, measured: [measured] }]);
    const policy = policyWith(checks);
    expect(outlookOf(record, policy)).toBe(outlook);
    expect(outlookOf(record, { ...policy, hasEars: true })).toBe(outlook);
  });
});

test('policies have one key where no history can have two outlooks', () => {
  const keys = [
    policyWith(undefined),
    { attempts: 4 },
    policyWith({}),
    policyWith({ minSeconds: 0 }),
    policyWith({ maxSilence: 0 }),
    policyWith({ loudness: { from: -14, to: -10 } }),
    policyWith({ loudness: { from: -14, to: -9 } }),
  ].map(judgementKey);
  expect(new Set(keys).size).toBe(keys.length);
  expect(judgementKey(policyWith({ minSeconds: 20, warn: true }))).toBe(keys[0]);
  expect(judgementKey({ attempts: 3, hasEars: true })).toBe(keys[0]);
});
