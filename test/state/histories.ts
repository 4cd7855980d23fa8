/** Jobs and their histories as fast-check makes them: everything the types allow. */
import fc from '../fast-check.ts';
import type { Failure } from '../../src/job/failure.ts';
import type { Measured } from '../../src/job/measures.ts';
import type { JobEvent, JobRecord, SavedFile } from '../../src/job/history.ts';
import type { Job } from '../../src/job/job.ts';
import type { RemoteOutput } from '../../src/job/task.ts';
import type { ParameterSource } from '../../src/manifest/parameters.ts';

/** Any UTF-16, lone surrogates and NUL included: labels and servers say what they like. */
const anyUnit = fc.nat({ max: 0xffff }).map((code) => String.fromCharCode(code));
const words = fc.oneof(fc.string({ maxLength: 20 }), fc.string({ unit: anyUnit, maxLength: 9 }));
const longWords = fc.oneof(words, fc.string({ minLength: 60, maxLength: 300 }));
const time = fc.integer({ min: 0, max: 4_000_000_000_000 });
const money = fc.oneof(fc.bigInt({ min: 0n, max: 10n ** 13n }), fc.constant(10n ** 25n));
const size = fc.nat();
const seconds = fc.double({ min: 0, max: 1e6, noNaN: true }).map((value) => value + 0);

const source: fc.Arbitrary<ParameterSource> = fc.oneof(
  longWords,
  fc.array(words, { maxLength: 3 }),
  fc.record({ file: words, sha256: fc.constant('ab'.repeat(32)), bytes: size }),
);

export const job: fc.Arbitrary<Job> = fc.record({
  id: fc.stringMatching(/^[0-9a-f]{32}$/),
  model: fc.constantFrom('wiro/text-to-song-with-reference-yue', 'wiro/other'),
  coordinates: fc.record(
    { lyrics: words, clone: words, tags: words, parameters: words, seed: words },
    { requiredKeys: [] },
  ),
  parameters: fc.record(
    {
      prompt: source,
      inputAudioUrl: source,
      genre: source,
      seed: source,
      steps: source,
      constructor: source,
      'a.b-c': source,
    },
    { requiredKeys: [] },
  ),
  output: words,
});

const failure: fc.Arbitrary<Failure> = fc.oneof(
  fc.record({ reason: fc.constant('rejected' as const), code: size, message: words }),
  fc.record({ reason: fc.constant('exit-code' as const), exit: words, message: words }),
  fc.record({
    reason: fc.constantFrom(
      'task-error' as const,
      'task-unknown' as const,
      'output-unavailable' as const,
      'output-invalid' as const,
    ),
    message: words,
  }),
  fc.record({
    reason: fc.constantFrom(
      'no-outputs' as const,
      'cancelled' as const,
      'stopped' as const,
      'timeout' as const,
    ),
  }),
);

const output: fc.Arbitrary<RemoteOutput> = fc.record(
  { name: words, url: longWords, contentType: words, bytes: size },
  { requiredKeys: ['name', 'url'] },
);

const file: fc.Arbitrary<SavedFile> = fc.record(
  { path: words, bytes: size, sha256: words, mediaType: words, duration: seconds },
  { requiredKeys: ['path', 'bytes', 'sha256', 'mediaType'] },
);

const measured: fc.Arbitrary<Measured> = fc.oneof(
  fc.record({ kind: fc.constant('unmeasurable' as const), cause: fc.constant('file'), why: words }),
  fc.record({
    kind: fc.constant('measured' as const),
    measures: fc.record(
      {
        format: fc.constant('wav'),
        duration: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1e5 })),
        sampleRate: fc.constant(44_100),
        channels: fc.constantFrom(1, 2),
        loudness: fc.double({ min: -70, max: 5 }),
        clipping: fc.constantFrom({ runs: 0, samples: 0 }, { runs: 1, samples: 4 }),
        silence: fc.constantFrom(
          { leading: 0, trailing: 0, total: 0, share: 0 },
          { leading: 0, trailing: 0.5, total: 0.5, share: 0.1 },
        ),
        fingerprint: fc.base64String({ maxLength: 900 }),
      },
      {
        requiredKeys: ['format', 'duration', 'sampleRate', 'channels', 'clipping', 'silence'],
      },
    ),
  }),
);

type EventOf<Type extends JobEvent['type']> = Extract<JobEvent, { type: Type }>;

/** One event of each type; which of them can follow is for `possible` to say. */
export type Handful = { readonly [Type in JobEvent['type']]: EventOf<Type> };

export const handful: fc.Arbitrary<Handful> = fc.record({
  intended: fc.record(
    {
      type: fc.constant('intended' as const),
      at: time,
      uploads: fc.record({ inputAudioUrl: longWords }, { requiredKeys: [] }),
      skew: fc.integer({ min: -1e7, max: 1e7 }),
      callbackUrl: longWords,
    },
    { requiredKeys: ['type', 'at'] },
  ),
  accepted: fc.record({
    type: fc.constant('accepted' as const),
    at: time,
    taskId: fc.oneof(fc.stringMatching(/^[0-9a-f]{1,8}$/), fc.stringMatching(/^[0-9]{14,17}$/)),
    token: words,
    adopted: fc.boolean(),
  }),
  withdrawn: fc.record({ type: fc.constant('withdrawn' as const), at: time, why: words }),
  succeeded: fc.record(
    {
      type: fc.constant('succeeded' as const),
      at: time,
      cost: money,
      seconds,
      outputs: fc.array(output, { maxLength: 2 }),
    },
    { requiredKeys: ['type', 'at', 'cost', 'outputs'] },
  ),
  failed: fc.record({ type: fc.constant('failed' as const), at: time, failure, cost: money }),
  saved: fc.record({
    type: fc.constant('saved' as const),
    at: time,
    files: fc.array(file, { maxLength: 2 }),
  }),
  measured: fc.record({
    type: fc.constant('measured' as const),
    at: time,
    measured: fc.array(measured, { maxLength: 2 }),
  }),
  reopened: fc.record({ type: fc.constant('reopened' as const), at: time }),
});

/** Types of event that can follow, by where the job stands. */
export function possible(record: JobRecord): readonly JobEvent['type'][] {
  const last = record.attempts.at(-1);
  switch (last?.stage) {
    case undefined:
      return ['intended'];
    case 'failed':
      return last.reopened ? ['intended'] : ['intended', 'reopened'];
    case 'intended':
      return ['accepted', 'withdrawn', 'failed'];
    case 'running':
      return ['succeeded', 'failed'];
    case 'succeeded':
      return ['saved', 'failed'];
    case 'saved':
      return ['saved', 'measured'];
  }
}
