/**
 * An event as a row: its time and type are columns, the rest is a JSON list by position. Lists
 * instead of objects, because the names of the fields would be a third of the file. A later layout
 * may add positions at the end; absent values are null. Money is decimal digits in a text.
 *
 *   intended   [uploads, skew, callbackUrl], without what is absent at its end
 *   accepted   [taskId, token, adopted]
 *   withdrawn  [why]
 *   succeeded  [cost, seconds, [[name, url, contentType, bytes], ...]]
 *   failed     [failure, cost]
 *   saved      [[path, bytes, sha256, mediaType, duration], ...]
 *   reopened   []
 *   measured   [Measured, ...] (job/measures.ts), as it is: what a file does not have has no place
 */
import { parameterNames, type ParameterName } from '../manifest/parameters.ts';
import type { Failure } from '../job/failure.ts';
import type { JobEvent, SavedFile } from '../job/history.ts';
import type { Measured } from '../job/measures.ts';
import type { RemoteOutput } from '../job/task.ts';
import { eventTypes } from './schema.ts';
import { amount, fields, finite, flag, list, Malformed, text, whole } from './stored-value.ts';

export interface EventRow {
  readonly at: number;
  /** Position in `eventTypes`. */
  readonly type: number;
  /** JSON. */
  readonly detail: string;
}

export function encodeEvent(event: JobEvent): EventRow {
  // A fraction would come back rounded, and a record from disk would differ from the one answered.
  if (!Number.isSafeInteger(event.at)) {
    throw new TypeError(`an event's time must be whole milliseconds, not ${event.at}`);
  }
  return {
    at: event.at,
    type: eventTypes.indexOf(event.type),
    detail: JSON.stringify(detailOf(event)),
  };
}

function detailOf(event: JobEvent): readonly unknown[] {
  switch (event.type) {
    case 'intended':
      return withoutTail([event.uploads, event.skew, event.callbackUrl]);
    case 'accepted':
      return [event.taskId, event.token, event.adopted];
    case 'withdrawn':
      return [event.why];
    case 'succeeded':
      return [
        event.cost.toString(),
        event.seconds ?? null,
        event.outputs.map(({ name, url, contentType, bytes }) => [
          name,
          url,
          contentType ?? null,
          bytes ?? null,
        ]),
      ];
    case 'failed':
      return [event.failure, event.cost.toString()];
    case 'saved':
      return event.files.map(({ path, bytes, sha256, mediaType, duration }) => [
        path,
        bytes,
        sha256,
        mediaType,
        duration ?? null,
      ]);
    case 'reopened':
      return [];
    case 'measured':
      return event.measured;
  }
}

function withoutTail(values: readonly unknown[]): readonly unknown[] {
  return values.slice(0, values.findLastIndex(isThere) + 1);
}

/** Absent values in the middle of a list come back as null. */
function isThere(value: unknown): boolean {
  return value !== undefined && value !== null;
}

/** @param row `[type, at, detail]`, parsed. Throws `Malformed` when it is no event. */
export function decodeEvent(row: unknown): JobEvent {
  const [code, time, rest] = list(row);
  const type = eventTypes[whole(code)];
  if (type === undefined) throw new Malformed(`an event of an unknown type ${String(code)}`);
  const at = whole(time);
  const detail = list(rest);
  switch (type) {
    case 'intended':
      return {
        type,
        at,
        ...(isThere(detail[0]) && { uploads: decodeUploads(detail[0]) }),
        ...(isThere(detail[1]) && { skew: finite(detail[1]) }),
        ...(isThere(detail[2]) && { callbackUrl: text(detail[2]) }),
      };
    case 'accepted':
      return {
        type,
        at,
        taskId: text(detail[0]),
        token: text(detail[1]),
        adopted: flag(detail[2]),
      };
    case 'withdrawn':
      return { type, at, why: text(detail[0]) };
    case 'succeeded':
      return {
        type,
        at,
        cost: amount(detail[0]),
        ...(detail[1] !== null && { seconds: finite(detail[1]) }),
        outputs: list(detail[2]).map(decodeOutput),
      };
    case 'failed':
      return { type, at, failure: decodeFailure(detail[0]), cost: amount(detail[1]) };
    case 'saved':
      return { type, at, files: detail.map(decodeFile) };
    case 'reopened':
      return { type, at };
    case 'measured':
      return { type, at, measured: detail.map(decodeMeasured) };
  }
}

function decodeUploads(value: unknown): Readonly<Partial<Record<ParameterName, string>>> {
  const urls = fields(value);
  const uploads: Partial<Record<ParameterName, string>> = {};
  for (const name of parameterNames) {
    if (urls[name] !== undefined) uploads[name] = text(urls[name]);
  }
  return uploads;
}

function decodeOutput(value: unknown): RemoteOutput {
  const [name, url, contentType, bytes] = list(value);
  return {
    name: text(name),
    url: text(url),
    ...(contentType !== null && { contentType: text(contentType) }),
    ...(bytes !== null && { bytes: finite(bytes) }),
  };
}

function decodeFile(value: unknown): SavedFile {
  const [path, bytes, sha256, mediaType, duration] = list(value);
  return {
    path: text(path),
    bytes: finite(bytes),
    sha256: text(sha256),
    mediaType: text(mediaType),
    ...(duration !== null && { duration: finite(duration) }),
  };
}

/** What decisions need is looked at; the rest is only shown again. */
function decodeMeasured(value: unknown): Measured {
  const measured = fields(value);
  switch (measured['kind']) {
    case 'measured': {
      const { duration, sampleRate, channels, loudness, silence } = fields(measured['measures']);
      for (const one of [duration, sampleRate, channels, loudness ?? 0]) finite(one);
      finite(fields(silence)['share']);
      break;
    }
    case 'unmeasurable':
      text(measured['why']);
      break;
    default:
      throw new Malformed(`measures of an unknown kind ${String(measured['kind'])}`);
  }
  return value as Measured;
}

function decodeFailure(value: unknown): Failure {
  const failure = fields(value);
  const reason = failure['reason'];
  switch (reason) {
    case 'rejected':
      return { reason, code: finite(failure['code']), message: text(failure['message']) };
    case 'exit-code':
      return { reason, exit: text(failure['exit']), message: text(failure['message']) };
    case 'task-error':
    case 'task-unknown':
    case 'output-unavailable':
    case 'output-invalid':
      return { reason, message: text(failure['message']) };
    case 'no-outputs':
    case 'cancelled':
    case 'stopped':
    case 'timeout':
      return { reason };
    default:
      throw new Malformed(`a failure of an unknown reason ${String(reason)}`);
  }
}
