/**
 * Whether a task in the list is the one that a lost Run made: the decision that stands between a lost
 * answer and paying twice.
 *
 * Only the keys that were sent count: the server may add its defaults. Texts are compared as texts
 * (`42` and `"42"` are one), multiselects whether they come back as an array, as JSON or joined.
 */
import type { ParameterValue, SentParameters } from '../manifest/parameters.ts';
import type { TaskReport } from './task.ts';

export type Match = 'same' | 'different' | 'cannot-tell';

export function matchParameters(
  sent: SentParameters,
  echoed: Readonly<Record<string, unknown>> | undefined,
): Match {
  // A list that echoes nothing answers no question; taking it for "different" would buy twice.
  if (echoed === undefined || Object.keys(echoed).length === 0) return 'cannot-tell';
  let isPartial = false;
  for (const [name, value] of Object.entries(sent)) {
    if (!Object.hasOwn(echoed, name)) {
      // Empty values are often dropped on the way; any other missing key cannot be compared.
      if (value.length > 0) isPartial = true;
    } else if (!isSameValue(value, echoed[name])) {
      return 'different';
    }
  }
  return isPartial ? 'cannot-tell' : 'same';
}

function isSameValue(sent: ParameterValue, echoed: unknown): boolean {
  if (typeof sent === 'string') return scalarForms(echoed).includes(normalise(sent));
  const wanted = sent.map(normalise);
  return (
    arrayForms(echoed).some(
      (form) =>
        form.length === wanted.length && form.every((item, index) => item === wanted[index]),
    ) || joinedForms(wanted).includes(scalarForms(echoed)[0] ?? '\0')
  );
}

/** The texts that a scalar may have been before it was echoed: also as the only item of a list. */
function scalarForms(echoed: unknown): string[] {
  if (echoed === null || echoed === undefined) return [''];
  if (typeof echoed === 'string') return [normalise(echoed)];
  if (typeof echoed === 'number' || typeof echoed === 'boolean') return [String(echoed)];
  if (Array.isArray(echoed) && echoed.length === 1) return scalarForms(echoed[0]);
  return [];
}

function arrayForms(echoed: unknown): string[][] {
  if (Array.isArray(echoed)) return [echoed.map((item) => normalise(String(item)))];
  if (typeof echoed !== 'string') return [];
  try {
    const parsed: unknown = JSON.parse(echoed);
    if (Array.isArray(parsed)) return [parsed.map((item) => normalise(String(item)))];
  } catch {
    // Not JSON: it may still be joined text.
  }
  return [];
}

/** Joined, never split: one option has a comma in it. */
function joinedForms(items: readonly string[]): string[] {
  return [',', ', ', ';', ' '].map((separator) => items.join(separator));
}

/** What forms and databases do to a text on its way: line ends, and white space around it. */
function normalise(text: string): string {
  return text.replaceAll('\r\n', '\n').trim();
}

/** A submission whose answer is not known. */
export interface Doubt<Key> {
  readonly key: Key;
  readonly sent: SentParameters;
  /** Milliseconds since 1970, by the server's clock. */
  readonly intendedAt: number;
}

export type Verdict =
  | { readonly kind: 'adopt'; readonly task: TaskReport }
  | { readonly kind: 'none' }
  | { readonly kind: 'cannot-tell' };

/** Wiro tells times in whole seconds, and clocks are compared through a Date header: allow for both. */
const clockTolerance = 2_500;

/**
 * Settles doubts against the tasks of a whole listing: one to one, the oldest intent gets the oldest
 * task. A task that was made before the intent was bought by somebody else and is never adopted.
 *
 * @param isClaimed whether a task belongs to a job already
 */
export function settle<Key>(
  doubts: readonly Doubt<Key>[],
  tasks: readonly TaskReport[],
  isClaimed: (taskId: string) => boolean,
): Map<Key, Verdict> {
  const free = tasks
    .filter((task) => !isClaimed(task.id))
    .sort((a, b) => (a.createdAt ?? 0) - (b.createdAt ?? 0));
  const taken = new Set<string>();
  const verdicts = new Map<Key, Verdict>();

  for (const doubt of [...doubts].sort((a, b) => a.intendedAt - b.intendedAt)) {
    let verdict: Verdict = { kind: 'none' };
    for (const task of free) {
      if (taken.has(task.id) || isOlder(task, doubt.intendedAt)) continue;
      const match = matchParameters(doubt.sent, task.parameters);
      if (match === 'different') continue;
      if (match === 'same') {
        verdict = { kind: 'adopt', task };
        taken.add(task.id);
        break;
      }
      verdict = { kind: 'cannot-tell' };
    }
    verdicts.set(doubt.key, verdict);
  }
  return verdicts;
}

/** @param intendedAt milliseconds by the server's clock */
export function isOlder(task: TaskReport, intendedAt: number): boolean {
  return task.createdAt !== undefined && task.createdAt * 1000 < intendedAt - clockTolerance;
}
