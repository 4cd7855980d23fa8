/**
 * Jobs and events as rows that stand by themselves: what the state file says once for all of them
 * (texts.ts) is written out behind the row that needs it, so that any process can read any row.
 *
 *   spec    [shape, [values], [texts]]: see job-code.ts
 *   detail  [[values], [texts]]: see event-code.ts
 */
import type { JobEvent } from '../../job/history.ts';
import type { Job, JobId } from '../../job/job.ts';
import { decodeEvent, encodeEvent, type EventRow } from '../event-code.ts';
import { decodeJob, encodeJob, type DecodedJob } from '../job-code.ts';
import { json, list, Malformed, whole } from '../stored-value.ts';
import type { Texts } from '../texts.ts';

export function encodeJobRow(job: Job, paths: string): string {
  const texts = newTexts();
  const { shape, spec } = encodeJob(job, paths, texts);
  return `[${shape},${spec},${texts.written()}]`;
}

/** Throws `Malformed`. */
export function decodeJobRow(id: JobId, written: string): DecodedJob {
  const [shape, spec, texts] = list(json(written));
  return decodeJob(id, { shape: whole(shape), spec: JSON.stringify(spec) }, textsOf(list(texts)));
}

export function encodeEventRow(event: JobEvent, paths: string): EventRow {
  const texts = newTexts();
  const row = encodeEvent(event, paths, texts);
  return { ...row, detail: `[${row.detail},${texts.written()}]` };
}

/** Throws `Malformed`. */
export function decodeEventRow({ at, type, detail }: EventRow, paths: string): JobEvent {
  const [values, texts] = list(json(detail));
  return decodeEvent(type, at, list(values), paths, textsOf(list(texts)));
}

function newTexts(): Texts & { readonly written: () => string } {
  const written: string[] = [];
  return {
    ...textsOf([]),
    // From 1: a 0 has a meaning of its own in a job's row.
    numberOf: (text) => {
      const known = written.indexOf(text);
      return known === -1 ? written.push(text) : known + 1;
    },
    written: () => `[${written.join(',')}]`,
  };
}

function textsOf(values: readonly unknown[]): Texts {
  return {
    numberOf: () => {
      throw new Error('these texts are only read');
    },
    valueOf: (number) => {
      if (number < 1 || number > values.length) {
        throw new Malformed(`a row refers to its text ${number}, which is not there`);
      }
      return values[number - 1];
    },
    forget: () => undefined,
  };
}

/** As the driver takes it. */
export function bytesOf(id: JobId): Buffer {
  return Buffer.from(id, 'hex');
}

/** Throws `Malformed`. */
export function idOf(bytes: unknown): JobId {
  if (!Buffer.isBuffer(bytes)) throw new Malformed('no bytes where the id of a job belongs');
  return bytes.toString('hex');
}

/** `bigint` columns come as text. Throws `Malformed`. */
export function wholeOf(value: unknown): number {
  return whole(typeof value === 'string' ? Number(value) : value);
}
