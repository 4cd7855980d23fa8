/**
 * A task as it comes in Task/Detail and Task/List -> TaskReport. Pure, and it never throws: in these
 * answers numbers are strings, any field may be missing, and statuses may be new.
 */
import { parseUsd } from '../job/money.ts';
import { createRedactor, type Redact } from '../job/redaction.ts';
import type { RemoteOutput, TaskReport, TaskState } from '../job/task.ts';
import {
  asList,
  asNumber,
  asObject,
  asTaskId,
  asText,
  asWebUrl,
  parseJson,
  type JsonObject,
} from './loose-json.ts';
import { lastWords } from './server-words.ts';

/**
 * Undefined for what has no id, and so can be nobody's task.
 *
 * @param redact takes secrets out of its logs; its own token is taken out in any case
 */
export function parseTask(raw: unknown, redact: Redact = String): TaskReport | undefined {
  const task = asObject(raw);
  const id = asTaskId(task?.['id']);
  if (!task || id === '') return undefined;

  const createdAt = positive(task['createtime']);
  const seconds = positive(task['elapsedseconds']);
  const parameters = parseParameters(task['parameters']);
  const callbackUrl = asText(task['callbackurl']);
  return {
    id,
    token: asText(task['socketaccesstoken']),
    status: asText(task['status']),
    state: parseState(task, redact),
    cost: parseUsd(asText(task['totalcost'])) ?? 0n,
    ...(createdAt !== undefined && { createdAt }),
    ...(seconds !== undefined && { seconds }),
    ...(parameters && { parameters }),
    ...(callbackUrl !== '' && { callbackUrl }),
  };
}

/** The tasks of a `tasklist`; undefined when there is none, which an empty one is not. */
export function parseTasks(
  answer: JsonObject,
  redact: Redact = String,
): readonly TaskReport[] | undefined {
  const list = answer['tasklist'];
  if (!Array.isArray(list)) return undefined;
  return list.map((raw) => parseTask(raw, redact)).filter((task) => task !== undefined);
}

function parseState(task: JsonObject, redact: Redact): TaskState {
  switch (asText(task['status'])) {
    case 'task_queue':
      return { kind: 'queued' };
    case 'task_postprocess_end':
      return parseEnd(task, redact);
    case 'task_cancel':
      return failed(task, 'cancelled', redact);
    // Here it is an end; on the WebSocket the same word is only a line of stderr.
    case 'task_error':
      return failed(task, 'task-error', redact);
    default:
      return { kind: 'running' };
  }
}

/** `task_postprocess_end` comes after failures as well; `pexit` and the outputs tell which it is. */
function parseEnd(task: JsonObject, redact: Redact): TaskState {
  const exit = exitOf(task);
  if (exit !== '' && exit !== '0') return failed(task, 'exit-code', redact);
  const named = asList(task['outputs'])
    .map(parseOutput)
    .filter((output) => output !== undefined);
  const usable = named.filter(({ url }) => asWebUrl(url) !== undefined);
  // A song that nobody can fetch was made and billed all the same: it is no reason to buy another.
  const outputs = usable.length > 0 ? usable : named;
  // A Detail without `pexit` is documented: then the outputs alone decide.
  return outputs.length > 0 ? { kind: 'succeeded', outputs } : failed(task, 'no-outputs', redact);
}

function failed(
  task: JsonObject,
  reason: Extract<TaskState, { kind: 'failed' }>['reason'],
  redact: Redact,
): TaskState {
  const withoutToken = createRedactor([asText(task['socketaccesstoken'])]);
  const clean = (text: string) => redact(withoutToken(text));
  const logs = [task['debugerror'], task['debugoutput']];
  const words = logs.map((log) => lastWords(clean(asText(log))));
  const message = words.find((text) => text !== '') ?? '';
  return { kind: 'failed', reason, exit: lastWords(clean(exitOf(task)), 40), message };
}

function exitOf(task: JsonObject): string {
  return asText(task['pexit']).trim();
}

function parseOutput(raw: unknown): RemoteOutput | undefined {
  const output = asObject(raw);
  if (!output) return undefined;
  const url = asText(output['url']);
  const contentType = asText(output['contenttype']);
  const bytes = positive(output['size']);
  return {
    name: asText(output['name']),
    url,
    ...(contentType !== '' && { contentType }),
    ...(bytes !== undefined && Number.isSafeInteger(bytes) && { bytes }),
  };
}

/** As sent, or as JSON text of what was sent. */
function parseParameters(raw: unknown): JsonObject | undefined {
  return asObject(typeof raw === 'string' ? parseJson(raw) : raw);
}

/** "0" stands for "not yet" in times, sizes and durations. */
function positive(value: unknown): number | undefined {
  const number = asNumber(value);
  return number !== undefined && number > 0 ? number : undefined;
}
