import { describe, expect, test } from 'vitest';
import fc from '../fast-check.ts';
import type { Failure } from '../../src/job/failure.ts';
import type { JobEvent, JobRecord } from '../../src/job/history.ts';
import { apply, costOf } from '../../src/job/history.ts';
import type { Job } from '../../src/job/job.ts';
import { nextStep, standingOf } from '../../src/job/next-step.ts';

const job: Job = {
  id: 'ab'.repeat(16),
  model: 'wiro/test',
  coordinates: {},
  parameters: { seed: '1' },
  output: 'song',
};
const policy = { attempts: 3 };
const output = { name: '0.wav', url: 'https://cdn.example/0.wav' };
const file = { path: 'song.wav', bytes: 1, sha256: 'cd'.repeat(32), mediaType: 'audio/wav' };
const events = {
  intended: { type: 'intended', at: 1 },
  accepted: { type: 'accepted', at: 2, taskId: '7', token: 't', adopted: false },
  withdrawn: { type: 'withdrawn', at: 2, why: 'not sent' },
  succeeded: { type: 'succeeded', at: 3, cost: 5n, outputs: [output] },
  saved: { type: 'saved', at: 4, files: [file] },
} as const satisfies Record<string, JobEvent>;
const failed = (failure: Failure, cost = 0n): JobEvent => ({
  type: 'failed',
  at: 3,
  failure,
  cost,
});

const after = (...happened: JobEvent[]): JobRecord => happened.reduce(apply, { job, attempts: [] });
const standing = (...happened: JobEvent[]) => standingOf(nextStep(after(...happened), policy));

describe('what is next for a job', () => {
  test.each<[string, JobEvent[]]>([
    ['waiting', []],
    ['doubt', [events.intended]],
    ['waiting', [events.intended, events.withdrawn]],
    ['running', [events.intended, events.accepted]],
    ['fetching', [events.intended, events.accepted, events.succeeded]],
    ['done', [events.intended, events.accepted, events.succeeded, events.saved]],
  ])('it is %s', (expected, happened) => {
    expect(standing(...happened)).toBe(expected);
  });

  test('an unbilled failure is tried again, as often as the policy says', () => {
    const attempt = [
      events.intended,
      events.accepted,
      failed({ reason: 'exit-code', exit: '1', message: '' }),
    ];
    expect(standing(...attempt)).toBe('waiting');
    expect(standing(...attempt, ...attempt, ...attempt)).toBe('failed');
  });

  test('what was billed is never bought again', () => {
    const billed = failed({ reason: 'exit-code', exit: '1', message: '' }, 5n);
    expect(standing(events.intended, events.accepted, billed)).toBe('failed');
    const gone = failed({ reason: 'output-unavailable', message: '404' });
    const record = after(events.intended, events.accepted, events.succeeded, gone);
    expect(standingOf(nextStep(record, policy))).toBe('failed');
    expect(costOf(record)).toBe(5n);
  });

  test('a request that the API finds wrong is not repeated, a fault of the server is', () => {
    const rejected = (code: number, message: string) =>
      standing(events.intended, failed({ reason: 'rejected', code, message }));
    expect(rejected(0, 'Request parameter [prompt] required')).toBe('failed');
    expect(rejected(1, 'slug-owner-project-not-exist')).toBe('failed');
    expect(rejected(0, 'Something went wrong')).toBe('waiting');
  });

  test('what the user cancelled stays so until it is reopened', () => {
    const stopped = [events.intended, events.accepted, failed({ reason: 'stopped' })];
    expect(standing(...stopped)).toBe('failed');
    expect(standing(...stopped, { type: 'reopened', at: 9 })).toBe('waiting');
  });

  test('reopening what was paid for looks at its task again, and the bill is not counted twice', () => {
    const gone = failed({ reason: 'output-unavailable', message: '404' });
    const paid = [events.intended, events.accepted, events.succeeded];
    const reopened = after(...paid, gone, { type: 'reopened', at: 9 });
    expect(standingOf(nextStep(reopened, policy))).toBe('running');
    expect(costOf(apply(reopened, events.succeeded))).toBe(5n);
  });

  test('an event that cannot follow is a bug, and says so', () => {
    expect(() => after(events.accepted)).toThrow('"accepted" cannot follow stage "none"');
    expect(() => after(events.intended, events.intended)).toThrow('cannot follow');
  });
});

test('a job is never submitted while a task of it lives or was billed, whatever happens', () => {
  const failure = fc.constantFrom<Failure>(
    { reason: 'task-error', message: '' },
    { reason: 'timeout' },
    { reason: 'cancelled' },
    { reason: 'task-unknown', message: '' },
    { reason: 'output-invalid', message: '' },
  );
  const anyEvent = fc.oneof(
    fc.constantFrom<JobEvent>(...Object.values(events)),
    fc.tuple(failure, fc.constantFrom(0n, 5n)).map(([why, cost]) => failed(why, cost)),
  );
  fc.assert(
    fc.property(fc.array(anyEvent, { maxLength: 30 }), (proposed) => {
      let record: JobRecord = { job, attempts: [] };
      for (const event of proposed) {
        // As the run does: an intent only where the decision says "submit".
        if (event.type === 'intended' && nextStep(record, policy).do !== 'submit') continue;
        try {
          record = apply(record, event);
        } catch {
          continue;
        }
        if (nextStep(record, policy).do !== 'submit') continue;
        expect(costOf(record)).toBe(0n);
        expect(record.attempts.every(({ stage }) => stage === 'failed')).toBe(true);
        expect(record.attempts.length).toBeLessThan(policy.attempts);
      }
    }),
    { numRuns: 1000 },
  );
});
