/**
 * What a run notes of its stock in the state, so that the next one need not walk through the whole plan to
 * learn the same again. The walk stays the truth: a note counts only for the same plan, selection and policy,
 * and where anything does not add up the plan is walked through. A job that is fed is looked up in any case,
 * so that no note can buy it twice.
 *
 * While the note stands, every job of the state is a selected job of the plan, or it is final. Whoever makes
 * something else of a job forgets the note (`forgetStock`), or takes stock anew before (`keepStock`).
 */
import { createHash } from 'node:crypto';
import type { JobPolicy } from '../job/next-step.ts';
import { judgementKey, type Outlook } from '../job/outlook.ts';
import type { Store, StoreReader } from '../job/store.ts';
import { isLocalFile, type ParameterSources } from '../manifest/parameters.ts';
import type { Manifest } from '../manifest/manifest.ts';
import type { Plan } from '../plan/plan.ts';
import type { Selection } from '../plan/selection.ts';

/** JSON: a `StockNote`, or nothing. */
export const stockFact = 'stock';

/** How many jobs of the state are no selected jobs of the plan. All are final. */
export type Outside = Readonly<Record<Final, number>>;
type Final = Extract<Outlook, 'done' | 'rejected' | 'failed'>;

/** What holds until the plan changes, but for `before`, which grows. */
export interface Mark {
  /** Selected jobs of the plan. */
  readonly selected: number;
  /** Jobs of the state that the plan does not have. */
  readonly gone: number;
  readonly outside: Outside;
  /** So many jobs of the plan, from its first, are in the state or not selected. */
  readonly before: number;
}

interface StockNote extends Mark {
  readonly key: string;
}

/** What a mark depends on. Local files, too: what is sent of them is found by their paths. */
export function stockKey(plan: Plan, selection: Selection, policy: JobPolicy): string {
  const hash = createHash('sha256');
  hash.update(JSON.stringify([plan.digest(), selection, judgementKey(policy)]));
  for (const parameters of parametersOf(plan.manifest)) {
    for (const source of Object.values(parameters)) {
      if (isLocalFile(source)) hash.update(`\n${source.file}`);
    }
  }
  return hash.digest('hex').slice(0, 32);
}

function* parametersOf({ defaults, axes, include }: Manifest): Generator<ParameterSources> {
  yield defaults;
  for (const { name, size, at } of axes) {
    if (name === 'seed') continue;
    for (let index = 0; index < size; index++) yield at(index).parameters;
  }
  for (const { values } of include) for (const { parameters } of values.values()) yield parameters;
}

/** Undefined where there is none that counts. */
export function readMark(store: StoreReader, key: string): Mark | undefined {
  try {
    const note: unknown = JSON.parse(store.fact(stockFact) ?? 'null');
    if (!isNote(note) || note.key !== key) return undefined;
    const { key: _, ...mark } = note;
    return mark;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

export async function writeMark(store: Store, key: string, mark: Mark | undefined): Promise<void> {
  const { selected, gone, outside, before } = mark ?? nothing;
  const note = mark ? JSON.stringify({ key, selected, gone, outside, before }) : '';
  if ((store.fact(stockFact) ?? '') !== note) await store.setFact(stockFact, note);
}

/** To be called before a job is changed that may be no job of the plan. */
export async function forgetStock(store: Store): Promise<void> {
  await writeMark(store, '', undefined);
}

const nothing: Mark = {
  selected: 0,
  gone: 0,
  outside: { done: 0, rejected: 0, failed: 0 },
  before: 0,
};

/** A state is data. */
function isNote(note: unknown): note is StockNote {
  if (!isObject(note) || !isObject(note['outside'])) return false;
  const { done, rejected, failed } = note['outside'];
  const numbers = [note['selected'], note['gone'], note['before'], done, rejected, failed];
  return typeof note['key'] === 'string' && numbers.every(isCount);
}

function isCount(value: unknown): boolean {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
