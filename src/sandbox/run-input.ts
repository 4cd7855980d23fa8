/**
 * The inputs of a Run, held against what the model says it takes, and the song that the engine makes of
 * them. An input that the model would not understand is refused, and named; one that it does not know is
 * taken as it is.
 */
import { namesOf, type ModelDescription, type ModelParameter } from '../manifest/model.ts';
import { parameterNames, type TagKind, tagKinds } from '../manifest/parameters.ts';
import { yue } from '../manifest/yue.ts';
import type { SongParameters } from './engine/song-parameters.ts';
import type { SentFields } from './task.ts';

export type RunInput =
  | { readonly kind: 'song'; readonly song: SongParameters }
  | { readonly kind: 'missing'; readonly parameter: string }
  | { readonly kind: 'not-a-number'; readonly parameter: string }
  | { readonly kind: 'invalid'; readonly why: string };

/** @param referenceOf names the song behind a URL: its content if it was uploaded here */
export function readRun(
  sent: SentFields,
  referenceOf: (url: string) => string,
  model: ModelDescription = yue,
): RunInput {
  const callback = sent['callbackUrl'] ?? '';
  if (typeof callback !== 'string') return invalid('callbackUrl', 'is not a text');
  for (const parameter of model.parameters) {
    const given = namesOf(parameter)
      .map((name) => (Object.hasOwn(sent, name) ? sent[name] : undefined))
      .find((value) => !isAbsent(value));
    const refusal = given === undefined ? refuseAbsent(parameter) : refuse(parameter, given);
    if (refusal) return refusal;
  }
  return { kind: 'song', song: songOf(sent, referenceOf) };
}

function isAbsent(value: unknown): boolean {
  if (value === undefined || value === null) return true;
  return typeof value === 'string' ? value.trim() === '' : Array.isArray(value) && value.length < 1;
}

function refuseAbsent({ id, required, default: usual }: ModelParameter): RunInput | undefined {
  return required && usual === '' ? { kind: 'missing', parameter: id } : undefined;
}

function refuse({ id, type, options }: ModelParameter, value: unknown): RunInput | undefined {
  const items = asList(value);
  if (options) {
    const unknown = items.find((item) => !options.some((option) => option === item));
    if (unknown !== undefined) {
      return invalid(id, `has no option ${JSON.stringify(unknown).slice(0, 80)}`);
    }
  }
  switch (type) {
    case 'select':
      // The page's sample sends a list of one, clients in the field a text.
      return items.length > 1 ? invalid(id, 'takes one option') : undefined;
    case 'textarea':
      return typeof value === 'string' ? undefined : invalid(id, 'is not a text');
    case 'text':
      return typeof value === 'string' || typeof value === 'number'
        ? undefined
        : invalid(id, 'is neither a text nor a number');
    case 'range':
    case 'number':
      return Number.isFinite(Number(value)) ? undefined : { kind: 'not-a-number', parameter: id };
    default:
      return undefined;
  }
}

function invalid(parameter: string, why: string): RunInput {
  return { kind: 'invalid', why: `[${parameter}] ${why}` };
}

/** The page's defaults, which hold where nothing was sent. */
const usualTag = Object.fromEntries(yue.parameters.map((each) => [each.id, each.default]));

/**
 * The song of whatever there is among the inputs that the engine knows. Others are left to chance: another
 * value, another song.
 */
export function songOf(sent: SentFields, referenceOf: (url: string) => string): SongParameters {
  const url = textOf(sent['inputAudioUrl']);
  const clone = textOf(sent['audio_prompt_type']);
  const seed = textOf(sent['seed']).trim();
  const tagsOf = (kind: TagKind): readonly string[] => {
    const chosen = asList(sent[kind]).map(String);
    return chosen.length === 0 ? [usualTag[kind] ?? ''] : chosen;
  };
  const [genre, instrument, mood, gender, timbre] = tagKinds.map(tagsOf);
  return {
    genre: genre ?? [],
    instrument: instrument ?? [],
    mood: mood ?? [],
    gender: gender ?? [],
    timbre: timbre ?? [],
    lyrics: textOf(sent['prompt']),
    reference: url === '' ? '' : referenceOf(url),
    clone: clone === 'instrumental' || clone === 'both' ? clone : 'vocal',
    seed: (seed === '' ? '42' : seed) + otherInputs(sent),
  };
}

/** What the engine knows nothing of, in an order of its own; '' for nothing. */
function otherInputs(sent: SentFields): string {
  const known: readonly string[] = [...parameterNames, 'callbackUrl'];
  const others = Object.entries(sent)
    .filter(([name]) => !known.includes(name))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return others.length === 0 ? '' : JSON.stringify(others);
}

function textOf(value: unknown): string {
  const [first] = asList(value);
  return typeof first === 'string' || typeof first === 'number' ? String(first) : '';
}

/** One option may come as a text. It is never split: an id may have a comma in it. */
function asList(value: unknown): readonly unknown[] {
  if (value === undefined || value === null || value === '') return [];
  return Array.isArray(value) ? value : [value];
}
