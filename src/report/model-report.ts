/** What `songbatch schema --refresh` shows: how the model of today differs from the one that is known. */
import { exactUsd, showUsd, type Picodollars } from '../job/money.ts';
import { isSame, type ModelChanges, type ParameterChange } from '../manifest/model-changes.ts';
import type { ModelParameter } from '../manifest/model.ts';
import { count, printable } from './words.ts';

export interface ModelFacts {
  readonly model: string;
  /** Who was asked: a base URL. */
  readonly service: string;
  /** What the answer is compared with: a file, what ships with songbatch, or nothing. */
  readonly known:
    | { readonly from: 'file'; readonly path: string; readonly readAt?: string }
    | { readonly from: 'songbatch' }
    | { readonly from: 'nothing' };
  readonly changes: ModelChanges;
  /** USD a task; `was` only where a file tells, absent where no price was stated. */
  readonly price: { readonly was?: Picodollars; readonly now?: Picodollars };
  /** The file that was written. */
  readonly written?: string;
}

/** Whether there is anything new, the price included. */
export function isUnchanged({ changes, price, known }: ModelFacts): boolean {
  return isSame(changes) && (known.from !== 'file' || price.was === price.now);
}

export function modelJson(facts: ModelFacts): object {
  const { model, service, known, changes, price, written } = facts;
  return {
    model,
    service,
    comparedWith: known,
    unchanged: isUnchanged(facts),
    parameters: changes,
    priceUsd: { was: usd(price.was), now: usd(price.now) },
    written: written ?? null,
  };
}

function usd(amount: Picodollars | undefined): string | null {
  return amount === undefined ? null : exactUsd(amount);
}

export function modelText(facts: ModelFacts): string {
  const { model, service, known, changes, written } = facts;
  const lines = [
    `${model}, as ${service} describes it, against ${knownText(known)}`,
    ...changes.new.map((each) => `  + ${newText(each)}`),
    ...changes.gone.map(({ id }) => `  - ${quoted(id)}: the model does not take it any more`),
    ...changes.changed.flatMap(changeTexts),
    ...(isSame(changes) ? ['  the parameters are the same'] : []),
    `  ${priceText(facts)}`,
  ];
  if (written !== undefined) {
    lines.push(
      `written: ${written} (it holds for manifests in the folder of .songbatch and below)`,
    );
  } else if (!isUnchanged(facts)) {
    lines.push('with --write it is kept, and manifests are checked against it');
  }
  return lines.join('\n');
}

function knownText(known: ModelFacts['known']): string {
  switch (known.from) {
    case 'file': {
      const day = known.readAt === undefined ? '' : ` of ${printable(known.readAt, 40)}`;
      return `${printable(known.path)}${day}`;
    }
    case 'songbatch':
      return 'what ships with songbatch';
    case 'nothing':
      return 'nothing: this model was not known so far';
  }
}

function newText({ id, type, required, default: usual, options }: ModelParameter): string {
  const words = [
    printable(type, 40),
    ...(required ? ['required'] : []),
    ...(usual === '' ? [] : [`default ${quoted(usual)}`]),
    ...(options ? [`${count(options.length, 'option')}: ${listText(options)}`] : []),
  ];
  return `${quoted(id)}: ${words.join(', ')}`;
}

function changeTexts(change: ParameterChange): readonly string[] {
  const { type, required, default: usual, options } = change;
  const parts = [
    ...(type ? [`its type is ${quoted(type.now)}, not ${quoted(type.was)} any more`] : []),
    ...(required ? [required.now ? 'it is required now' : 'it is not required any more'] : []),
    ...(usual ? [`its default is ${quoted(usual.now)}, not ${quoted(usual.was)} any more`] : []),
    ...optionTexts('new', options?.new ?? []),
    ...optionTexts('gone', options?.gone ?? []),
  ];
  return parts.map((part) => `  ~ ${quoted(change.id)}: ${part}`);
}

function optionTexts(what: 'new' | 'gone', options: readonly string[]): readonly string[] {
  if (options.length === 0) return [];
  return [`${count(options.length, 'option')} ${what}: ${listText(options)}`];
}

/** A model may get a hundred options at once; JSON has them all. */
const mostListed = 12;

function listText(options: readonly string[]): string {
  const shown = options.slice(0, mostListed).map(quoted).join(', ');
  const more = options.length - mostListed;
  return more > 0 ? `${shown} and ${more} more` : shown;
}

function priceText({ price: { was, now }, known }: ModelFacts): string {
  const stated =
    now === undefined ? 'no price is stated' : `a task is said to cost ${showUsd(now)}`;
  if (known.from !== 'file' || was === now) return stated;
  return `${stated}; before ${was === undefined ? 'none was stated' : `it was ${showUsd(was)}`}`;
}

function quoted(text: string): string {
  return `"${printable(text, 60)}"`;
}
