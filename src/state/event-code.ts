/**
 * An event as a row: its time and type are columns, the rest is a JSON list by position. Lists
 * instead of objects, because the names of the fields would be a third of the file. A later layout
 * may add positions at the end; absent values are null, and left out at the end.
 *
 *   intended   [skew, {parameter: URL}, callbackUrl]
 *   accepted   [taskId, token, adopted]
 *   withdrawn  [why]
 *   succeeded  [cost, seconds, [common, own part of the URL, bytes], ...]
 *   failed     [failure, cost]
 *   saved      [[bytes, sha256, path, mediaType, duration], ...]
 *   reopened   []
 *   measured   [measured, ...]: see measures-code.ts
 *
 * What repeats itself is said in short:
 *   task ids, money      a number where they are one of up to 15 digits; else a text
 *   common               number of a text: [how the URL begins, how it ends, name, contentType]
 *   uploads              their URLs, which jobs share, are numbers of texts as a whole
 *   a media type         its position in `mediaTypes`, or a text
 *   a hash               SHA-256 in base64url; anything else in a list of its own
 *   a path               what follows `paths`, the job's output when it first came, and 0 where that is
 *                        usual for the media type; one that does not begin with it in a list of its own
 *
 * Layout 1 said all in full, and its rows are still there after an upgrade: uploads before the skew,
 * outputs in a list of lists [name, url, contentType, bytes], files as [path, bytes, sha256, mediaType, duration], measures as objects.
 */
import { parameterNames, type ParameterName } from '../manifest/parameters.ts';
import type { Failure } from '../job/failure.ts';
import type { JobEvent, SavedFile } from '../job/history.ts';
import type { RemoteOutput } from '../job/task.ts';
import { decodeMeasured, encodeMeasured } from './measures-code.ts';
import { eventTypes } from './schema.ts';
import {
  amount,
  fields,
  finite,
  flag,
  isThere,
  list,
  Malformed,
  text,
  whole,
  withoutTail,
} from './stored-value.ts';
import type { Texts } from './texts.ts';

export interface EventRow {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Position in `eventTypes`. */
  readonly type: number;
  /** JSON. */
  readonly detail: string;
}

/** A position is a number in the file: never reorder, add at the end. */
const mediaTypes = ['audio/wav', 'audio/mpeg', 'audio/flac', 'audio/ogg', 'audio/mp4', 'audio/aac'];
/** How paths of these types end, as a rule. */
const extensions = ['.wav', '.mp3', '.flac', '.ogg', '.m4a', '.aac'];

/** @param paths what paths of the job's files are told from */
export function encodeEvent(event: JobEvent, paths: string, texts: Texts): EventRow {
  // A fraction would come back rounded, and a record from disk would differ from the one answered.
  if (!Number.isSafeInteger(event.at)) {
    throw new TypeError(`an event's time must be whole milliseconds, not ${event.at}`);
  }
  return {
    at: event.at,
    type: eventTypes.indexOf(event.type),
    detail: JSON.stringify(detailOf(event, paths, texts)),
  };
}

function detailOf(event: JobEvent, paths: string, texts: Texts): readonly unknown[] {
  switch (event.type) {
    case 'intended':
      return withoutTail([
        event.skew ?? null,
        event.uploads ? encodeUploads(event.uploads, texts) : null,
        event.callbackUrl,
      ]);
    case 'accepted':
      return withoutTail([encodeTask(event.taskId), event.token, event.adopted || undefined]);
    case 'withdrawn':
      return [event.why];
    case 'succeeded':
      return [
        shortened(event.cost.toString()),
        event.seconds ?? null,
        ...event.outputs.map((output) => encodeOutput(output, texts)),
      ];
    case 'failed':
      return [event.failure, shortened(event.cost.toString())];
    case 'saved':
      return event.files.map((file) => encodeFile(file, paths));
    case 'reopened':
      return [];
    case 'measured':
      return event.measured.map((one) => encodeMeasured(one, texts));
  }
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

/** As it is asked for: SQLite tells numbers from texts. */
export function encodeTask(taskId: string): number | string {
  return shortened(taskId);
}

function shortened(digits: string): number | string {
  return /^(0|[1-9]\d{0,14})$/.test(digits) ? Number(digits) : digits;
}

function digitsOf(value: unknown): string {
  return typeof value === 'number' ? String(whole(value)) : text(value);
}

type Uploads = Readonly<Partial<Record<ParameterName, string>>>;

function encodeUploads(uploads: Uploads, texts: Texts): Readonly<Record<string, number>> {
  return Object.fromEntries(
    Object.entries(uploads).map(([name, url]) => [name, texts.numberOf(JSON.stringify(url))]),
  );
}

/** The server, and folders whose names are words: behind them begins what tells one song from another. */
const commonHead = /^https?:\/\/[^/]{1,80}\/(?:[a-z]{1,12}\/)*/;
/** A name that many songs have: of words, and a number in a list. */
const commonName = /^[a-z_-]{0,12}\d{0,2}\.[a-z0-9]{1,5}$/;

function encodeOutput(output: RemoteOutput, texts: Texts): readonly unknown[] {
  const { name, url, contentType = null, bytes } = output;
  const head = commonHead.exec(url)?.[0] ?? '';
  const rest = url.slice(head.length);
  const isCommon = commonName.test(name);
  const tail = isCommon && rest.endsWith(`/${name}`) ? `/${name}` : '';
  const common = [head, tail, isCommon ? name : null, contentType];
  const own = rest.slice(0, rest.length - tail.length);
  return withoutTail([
    texts.numberOf(JSON.stringify(common)),
    own,
    bytes ?? null,
    isCommon ? null : name,
  ]);
}

function encodeMediaType(type: string): number | string {
  const position = mediaTypes.indexOf(type);
  return position === -1 ? type : position;
}

function encodeFile(file: SavedFile, paths: string): readonly unknown[] {
  const { path, bytes, sha256, mediaType, duration } = file;
  return withoutTail([
    bytes,
    /^[0-9a-f]{64}$/.test(sha256) ? Buffer.from(sha256, 'hex').toString('base64url') : [sha256],
    encodePath(path, mediaType, paths),
    encodeMediaType(mediaType),
    duration,
  ]);
}

function encodePath(path: string, mediaType: string, paths: string): unknown {
  if (!path.startsWith(paths)) return [path];
  const rest = path.slice(paths.length);
  return rest === extensions[mediaTypes.indexOf(mediaType)] ? 0 : rest;
}

/** @param code position in `eventTypes`. Throws `Malformed` when it is no event. */
export function decodeEvent(
  code: number,
  at: number,
  detail: readonly unknown[],
  paths: string,
  texts: Texts,
): JobEvent {
  const type = eventTypes[code];
  if (type === undefined) throw new Malformed(`an event of an unknown type ${code}`);
  switch (type) {
    case 'intended': {
      const isInFull = isObject(detail[0]) || typeof detail[1] === 'number';
      const [skew, uploads] = isInFull ? [detail[1], detail[0]] : detail;
      const callbackUrl = detail[2];
      return {
        type,
        at,
        ...(isThere(uploads) && { uploads: decodeUploads(uploads, texts) }),
        ...(isThere(skew) && { skew: finite(skew) }),
        ...(isThere(callbackUrl) && { callbackUrl: text(callbackUrl) }),
      };
    }
    case 'accepted': {
      const [taskId, token, adopted = false] = detail;
      return { type, at, taskId: digitsOf(taskId), token: text(token), adopted: flag(adopted) };
    }
    case 'withdrawn':
      return { type, at, why: text(detail[0]) };
    case 'succeeded':
      return {
        type,
        at,
        cost: amount(digitsOf(detail[0])),
        ...(detail[1] !== null && { seconds: finite(detail[1]) }),
        outputs: outputsIn(detail).map((output) => decodeOutput(list(output), texts)),
      };
    case 'failed':
      return { type, at, failure: decodeFailure(detail[0]), cost: amount(digitsOf(detail[1])) };
    case 'saved':
      return { type, at, files: decodeFiles(detail, paths) };
    case 'reopened':
      return { type, at };
    case 'measured':
      return {
        type,
        at,
        measured: detail.map((one) => decodeMeasured(one, texts)),
      };
  }
}

function decodeUploads(value: unknown, texts: Texts): Uploads {
  const urls = fields(value);
  const uploads: Partial<Record<ParameterName, string>> = {};
  for (const name of parameterNames) {
    const url = urls[name];
    if (url === undefined) continue;
    uploads[name] = text(typeof url === 'number' ? texts.valueOf(url) : url);
  }
  return uploads;
}

/** Of a `succeeded`; in layout 1 they had a list of their own. */
function outputsIn([, , first, ...others]: readonly unknown[]): readonly unknown[] {
  if (first === undefined) return [];
  const outputs = list(first);
  return outputs.length === 0 || Array.isArray(outputs[0]) ? outputs : [first, ...others];
}

function decodeOutput(value: readonly unknown[], texts: Texts): RemoteOutput {
  if (typeof value[0] !== 'number') {
    const [name, url, contentType, bytes] = value;
    return { name: text(name), url: text(url), ...decodeAbout(contentType, bytes) };
  }
  const [common, own, bytes, ownName] = value;
  const [head, tail, name, contentType] = list(texts.valueOf(whole(common)));
  return {
    name: text(name ?? ownName),
    url: text(head) + text(own) + text(tail),
    ...decodeAbout(contentType, bytes),
  };
}

function decodeAbout(
  contentType: unknown,
  bytes: unknown,
): Pick<RemoteOutput, 'contentType' | 'bytes'> {
  return {
    ...(isThere(contentType) && { contentType: text(contentType) }),
    ...(isThere(bytes) && { bytes: finite(bytes) }),
  };
}

function decodeMediaType(value: unknown): string {
  return text(typeof value === 'number' ? mediaTypes[value] : value);
}

/** Of the detail of a `saved`. */
export function decodeFiles(detail: readonly unknown[], paths: string): readonly SavedFile[] {
  return detail.map((file) => decodeFile(list(file), paths));
}

function decodeFile(value: readonly unknown[], paths: string): SavedFile {
  const isInFull = typeof value[0] === 'string';
  const [path, bytes, sha256, mediaType, duration] = isInFull
    ? value
    : [decodePath(value, paths), value[0], decodeHash(value[1]), ...value.slice(3)];
  return {
    path: text(path),
    bytes: finite(bytes),
    sha256: text(sha256),
    mediaType: decodeMediaType(mediaType),
    ...(isThere(duration) && { duration: finite(duration) }),
  };
}

function decodePath([, , path, mediaType]: readonly unknown[], paths: string): string {
  if (Array.isArray(path)) return text(path[0]);
  return paths + text(path === 0 ? extensions[whole(mediaType)] : path);
}

function decodeHash(value: unknown): string {
  return Array.isArray(value)
    ? text(value[0])
    : Buffer.from(text(value), 'base64url').toString('hex');
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
