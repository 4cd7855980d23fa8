import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Failure } from '../../src/job/failure.ts';
import type { Attempt, JobRecord, SavedFile } from '../../src/job/history.ts';
import type { Job } from '../../src/job/job.ts';
import type { StoreReader } from '../../src/job/store.ts';
import { metadataPieces, writeMetadata, type BatchFacts } from '../../src/outputs/metadata.ts';

const facts: BatchFacts = {
  version: '0.1.0',
  manifest: { name: 'midnight-ab', path: 'batches/midnight.yaml', sha256: 'a'.repeat(64) },
  service: 'https://api.wiro.ai/v1',
  writtenAt: Date.UTC(2026, 10, 1, 12),
  missing: new Set(),
  nearDuplicates: new Map(),
  policy: { attempts: 3 },
};

const job: Job = {
  id: '0123456789abcdef0123456789abcdef',
  model: 'wiro/text-to-song-with-reference-yue',
  coordinates: { lyrics: 'fade', reference: 'neon', clone: 'both', seed: '7' },
  parameters: {
    prompt: '[verse]\nNeon </script> "lights"\u2028',
    inputAudioUrl: { file: '/home/someone/private/neon.mp3', sha256: 'b'.repeat(64), bytes: 9 },
    audio_prompt_type: 'both',
    genre: ['Pop', 'rock'],
    mood: ['adventure, emotion'],
    seed: '7',
  },
  output: 'fade/both_s7',
};

const at = Date.UTC(2026, 10, 1, 10);
const accepted = {
  number: 1,
  intendedAt: at,
  taskId: '2221',
  token: 'socket-token-secret',
  acceptedAt: at + 500,
  adopted: true,
};
const ended = { ...accepted, endedAt: at + 60_000, cost: 3_510_000_001n, seconds: 6 };
const file: SavedFile = {
  path: 'fade/both_s7.wav',
  bytes: 100,
  sha256: 'c'.repeat(64),
  mediaType: 'audio/wav',
  duration: 2.5,
};
const outputs = [{ name: 'a.mp3', url: 'https://cdn.example/a.mp3' }];
const failures: Failure[] = [
  { reason: 'rejected', code: 0, message: 'no' },
  { reason: 'task-error', message: '' },
  { reason: 'exit-code', exit: '1', message: 'CUDA' },
  { reason: 'no-outputs' },
  { reason: 'cancelled' },
  { reason: 'timeout' },
  { reason: 'task-unknown', message: 'gone' },
  { reason: 'output-unavailable', message: 'HTTP 404' },
  { reason: 'output-invalid', message: 'empty' },
];
const failed = (failure: Failure, number: number): Attempt => ({
  stage: 'failed',
  number,
  intendedAt: at,
  failure,
  endedAt: at + 1,
  cost: 0n,
});

const records: JobRecord[] = [
  { job, attempts: [] },
  { job, attempts: [{ stage: 'intended', number: 1, intendedAt: at }] },
  { job, attempts: [{ stage: 'running', ...accepted }] },
  { job, attempts: [{ stage: 'succeeded', ...ended, outputs }] },
  {
    job,
    attempts: [
      failed({ reason: 'timeout' }, 1),
      { stage: 'saved', ...ended, number: 2, outputs, files: [file], savedAt: at + 61_000 },
    ],
  },
  ...failures.map((failure) => ({ job, attempts: [failed(failure, 1)] })),
];

function readerOf(all: Iterable<JobRecord>): Pick<StoreReader, 'records'> {
  return { records: () => all };
}

interface Document {
  readonly jobs: readonly Readonly<Record<string, unknown>>[];
  readonly totals: unknown;
}

let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'songbatch-metadata-'));
});

afterEach(async () => {
  await rm(dir, { recursive: true, force: true });
});

async function written(all: Iterable<JobRecord>, missing?: ReadonlySet<string>): Promise<string> {
  await writeMetadata(dir, readerOf(all), { ...facts, ...(missing && { missing }) });
  return readFile(join(dir, 'metadata.json'), 'utf8');
}

async function schemaErrors(document: unknown): Promise<unknown> {
  const path = join(import.meta.dirname, '../../schemas/metadata.schema.json');
  const schema = JSON.parse(await readFile(path, 'utf8')) as object;
  const ajv = new Ajv2020({ strict: true, allErrors: true });
  addFormats.default(ajv);
  const validate = ajv.compile(schema);
  validate(document);
  return validate.errors ?? [];
}

test('writes a document that its schema accepts, for jobs at every stage', async () => {
  const document = JSON.parse(await written(records)) as Document;
  expect(await schemaErrors(document)).toEqual([]);
  expect(document.jobs.map(({ status }) => status)).toEqual([
    ...['waiting', 'in-doubt', 'running', 'ended', 'done'],
    ...failures.map(() => 'failed'),
  ]);
  expect(document.totals).toEqual({
    jobs: { waiting: 1, 'in-doubt': 1, running: 1, ended: 1, done: 1, failed: failures.length },
    costUsd: '0.007020000002',
    songs: 1,
    bytes: 100,
    seconds: 2.5,
  });
  expect(await readdir(dir)).toEqual(['metadata.json']);
});

test('is refused by its schema with a key too many', async () => {
  const document = JSON.parse(await written(records)) as Document;
  const [first] = document.jobs;
  expect(await schemaErrors({ ...document, jobs: [{ ...first, token: 'x' }] })).not.toEqual([]);
});

test('describes every property in its schema', async () => {
  const path = join(import.meta.dirname, '../../schemas/metadata.schema.json');
  const undescribed: string[] = [];
  const walk = (node: unknown, where: string): void => {
    if (typeof node !== 'object' || node === null) return;
    for (const [key, value] of Object.entries(node)) {
      if (key === 'properties') {
        for (const [name, property] of Object.entries(value as object)) {
          if (!('description' in (property as object))) undescribed.push(`${where}/${name}`);
        }
      }
      walk(value, `${where}/${key}`);
    }
  };
  walk(JSON.parse(await readFile(path, 'utf8')), '');
  expect(undescribed).toEqual([]);
});

test('tells of a job what was sent, what it cost and which files came of it', async () => {
  const document = JSON.parse(await written(records.slice(4, 5))) as Document;
  expect(document.jobs[0]).toEqual({
    id: job.id,
    status: 'done',
    model: job.model,
    coordinates: job.coordinates,
    parameters: {
      ...job.parameters,
      inputAudioUrl: { file: 'neon.mp3', sha256: 'b'.repeat(64) },
    },
    output: 'fade/both_s7',
    costUsd: '0.003510000001',
    attempts: [
      {
        number: 1,
        intendedAt: '2026-11-01T10:00:00.000Z',
        endedAt: '2026-11-01T10:00:00.001Z',
        costUsd: '0',
        failure: { reason: 'timeout', message: 'the task did not end in time and was killed' },
      },
      {
        number: 2,
        taskId: '2221',
        adopted: true,
        intendedAt: '2026-11-01T10:00:00.000Z',
        acceptedAt: '2026-11-01T10:00:00.500Z',
        endedAt: '2026-11-01T10:01:00.000Z',
        savedAt: '2026-11-01T10:01:01.000Z',
        costUsd: '0.003510000001',
        seconds: 6,
      },
    ],
    outputs: [file],
  });
});

test('marks a song that is not there any more, and does not count it', async () => {
  const document = JSON.parse(await written(records, new Set([file.path]))) as Document;
  expect(await schemaErrors(document)).toEqual([]);
  expect(document.jobs[4]).toMatchObject({ status: 'done', outputs: [{ ...file, missing: true }] });
  expect(document.totals).toMatchObject({ songs: 0, bytes: 0, seconds: 0 });
});

test('keeps tokens, passwords and private folders out', async () => {
  const parameters = { inputAudioUrl: 'https://me:hunter2@example.com/song.mp3?x=1' };
  const text = await written([...records, { job: { ...job, parameters }, attempts: [] }]);
  expect(text).not.toContain('socket-token-secret');
  expect(text).not.toContain('hunter2');
  expect(text).not.toContain('/home/someone');
  expect(text).toContain('https://example.com/song.mp3?x=1');
});

test('writes a batch without jobs', async () => {
  const document = JSON.parse(await written([])) as Document;
  expect(document.jobs).toEqual([]);
  expect(await schemaErrors(document)).toEqual([]);
});

test('takes one job at a time from the store', () => {
  let taken = 0;
  const endless = function* (): Generator<JobRecord> {
    for (;;) {
      taken += 1;
      yield { job, attempts: [] };
    }
  };
  const pieces = metadataPieces(readerOf(endless()), facts);
  for (let n = 0; n < 10; n += 1) pieces.next();
  expect(taken).toBeLessThanOrEqual(10);
});

test('leaves the earlier document alone when the store breaks off', async () => {
  await writeFile(join(dir, 'metadata.json'), 'the earlier one');
  const broken = function* (): Generator<JobRecord> {
    yield { job, attempts: [] };
    throw new Error('the store broke off');
  };
  await expect(written(broken())).rejects.toThrow('the store broke off');
  expect(await readFile(join(dir, 'metadata.json'), 'utf8')).toBe('the earlier one');
  expect(await readdir(dir)).toEqual(['metadata.json']);
});
