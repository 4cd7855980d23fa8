/**
 * Whether a task in the list is the one that a lost Run made: the decision that stands between a lost
 * answer and paying twice.
 *
 * Texts are compared as texts (`42` and `"42"` are one), multiselects whether they come back as an
 * array, as JSON or joined. The server may add parameters of its own accord: what it adds is no
 * difference, but a task without such additions fits better.
 *
 * Where a Run carried a callback URL, its token says more than all parameters: a task that echoes it is
 * of this submission, a task that echoes another is of another one.
 */
import type { ParameterValue, SentParameters } from '../manifest/parameters.ts';
import { parameterNames } from '../manifest/parameters.ts';
import { yueDefaults } from '../manifest/yue.ts';
import { callbackToken } from './callback.ts';
import type { TaskReport } from './task.ts';

export type Match =
  /** Every parameter that was sent, and no other that a job could have sent. */
  | 'exact'
  /** Every parameter that was sent, and others: the server's defaults, or another job's wishes. */
  | 'fits'
  | 'different'
  | 'cannot-tell';

/** @param names of what any job may send: an echo of one that was not sent may be another job's wish */
export function matchParameters(
  sent: SentParameters,
  echoed: Readonly<Record<string, unknown>> | undefined,
  names: readonly string[] = parameterNames,
): Match {
  // A list that echoes nothing answers no question; taking it for "different" would buy twice.
  if (echoed === undefined || Object.keys(echoed).length === 0) return 'cannot-tell';
  let isDoubtful = false;
  for (const [name, value] of Object.entries(sent)) {
    const isEchoed = Object.hasOwn(echoed, name);
    if (isEchoed && isSameValue(value, echoed[name])) continue;
    // Empty values are often dropped on the way; any other missing key cannot be compared.
    if (!isEchoed && value.length === 0) continue;
    if (isEchoed && !isMangled(value, echoed[name])) return 'different';
    isDoubtful = true;
  }
  if (isDoubtful) return 'cannot-tell';
  const added = names.filter(
    (name) =>
      !Object.hasOwn(sent, name) && Object.hasOwn(echoed, name) && !isSameValue('', echoed[name]),
  );
  if (added.length === 0) return 'exact';
  const areDefaults = added.every((name) => isSameValue(yueDefaults.get(name) ?? '', echoed[name]));
  return areDefaults ? 'fits' : 'cannot-tell';
}

/**
 * Whether an echo may be what was sent, changed on its way: in a form that we do not know, or a text
 * most of whose words are there (escaped, cut, re-encoded).
 */
function isMangled(sent: ParameterValue, echoed: unknown): boolean {
  if (typeof echoed === 'object' && echoed !== null && !Array.isArray(echoed)) return true;
  if (typeof sent !== 'string' || typeof echoed !== 'string') return false;
  const words = wordsOf(sent);
  if (words.size < 8) return false;
  const there = wordsOf(echoed);
  const shared = [...words].filter((word) => there.has(word)).length;
  return shared / words.size >= 0.6 || (there.size >= 8 && shared / there.size >= 0.9);
}

function wordsOf(text: string): Set<string> {
  return new Set(
    text
      .normalize('NFC')
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu) ?? [],
  );
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

/** What forms and databases do to a text on its way: its normal form, line ends, white space at ends. */
function normalise(text: string): string {
  return text
    .normalize('NFC')
    .replaceAll(/[^\S\n]*\r?\n/g, '\n')
    .trim();
}

/** A submission whose answer is not known. */
export interface Doubt<Key> {
  readonly key: Key;
  readonly sent: SentParameters;
  /** What it carried as `callbackUrl`, which is no part of `sent`. */
  readonly callbackUrl?: string | undefined;
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
 * Settles doubts against the tasks of a whole listing, one to one. What fits exactly comes first, and
 * the oldest intent before younger ones: a job whose parameters are a part of another's must not take
 * the other's task. A task that was made before the intent was bought by somebody else and is never
 * adopted.
 *
 * @param rivals Runs of ours that are on their way: they get their tasks like doubts, and no verdict
 * @param isClaimed whether a task belongs to a job already
 */
export function settle<Key>(
  doubts: readonly Doubt<Key>[],
  rivals: readonly Doubt<Key>[],
  tasks: readonly TaskReport[],
  isClaimed: (taskId: string) => boolean,
): Map<Key, Verdict> {
  const free = tasks
    .filter((task) => !isClaimed(task.id))
    .sort((a, b) => (a.createdAt ?? 0) - (b.createdAt ?? 0));
  const asking = [...doubts, ...rivals].sort((a, b) => a.intendedAt - b.intendedAt);
  const names = Array.from(
    new Set([...parameterNames, ...asking.flatMap(({ sent }) => Object.keys(sent))]),
  );
  const taken = new Set<string>();
  const given = new Map<Key, TaskReport>();
  const unclear = new Set<Key>();

  for (const wanted of ['marked', 'exact', 'fits', 'cannot-tell'] as const) {
    for (const doubt of asking) {
      const { key } = doubt;
      if (given.has(key)) continue;
      const found = free.find(
        (task) => !taken.has(task.id) && matchTask(doubt, task, names) === wanted,
      );
      if (found === undefined) continue;
      if (wanted === 'cannot-tell') {
        unclear.add(key);
        continue;
      }
      given.set(key, found);
      taken.add(found.id);
    }
  }

  const verdicts = new Map<Key, Verdict>();
  for (const { key } of doubts) {
    const task = given.get(key);
    if (task) verdicts.set(key, { kind: 'adopt', task });
    else verdicts.set(key, { kind: unclear.has(key) ? 'cannot-tell' : 'none' });
  }
  return verdicts;
}

function matchTask(
  { sent, callbackUrl = '', intendedAt }: Doubt<unknown>,
  task: TaskReport,
  names: readonly string[],
): Match | 'marked' {
  const mark = markOf(task);
  // No clock is as sure as that.
  if (mark !== undefined) return mark === callbackToken(callbackUrl) ? 'marked' : 'different';
  // A service may echo no callback at all, so a task without a mark is not thereby another's.
  return isOlder(task, intendedAt) ? 'different' : matchParameters(sent, task.parameters, names);
}

/** It is told in two places, and either may be shortened. */
function markOf({ callbackUrl, parameters }: TaskReport): string | undefined {
  return [callbackUrl, parameters?.['callbackUrl']]
    .map((echoed) => (typeof echoed === 'string' ? callbackToken(echoed) : undefined))
    .find((token) => token !== undefined);
}

/** @param intendedAt milliseconds by the server's clock */
export function isOlder(task: TaskReport, intendedAt: number): boolean {
  return task.createdAt !== undefined && task.createdAt * 1000 < intendedAt - clockTolerance;
}
