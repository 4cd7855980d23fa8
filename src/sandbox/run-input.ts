/**
 * The inputs of a Run -> song parameters, with the page's defaults where nothing was sent. An input
 * that the model would not understand is refused, and named.
 */
import vocabulary from '../manifest/tag-vocabulary.json' with { type: 'json' };
import { type TagKind, tagKinds } from '../manifest/parameters.ts';
import type { SongParameters } from './engine/song-parameters.ts';
import type { SentFields } from './task.ts';

export type RunInput =
  | { readonly kind: 'song'; readonly song: SongParameters }
  | { readonly kind: 'missing'; readonly parameter: string }
  | { readonly kind: 'invalid'; readonly why: string };

const defaults: Readonly<Record<TagKind, string>> = {
  genre: 'Pop',
  instrument: 'guitar',
  mood: 'happy',
  gender: 'female',
  timbre: 'bright vocal',
};

const options: Readonly<Record<TagKind, ReadonlySet<string>>> = {
  genre: new Set(vocabulary.genre),
  instrument: new Set(vocabulary.instrument),
  mood: new Set(vocabulary.mood),
  gender: new Set(vocabulary.gender),
  timbre: new Set(vocabulary.timbre),
};

export function optionsOf(kind: TagKind): readonly string[] {
  return [...options[kind]];
}

export function defaultOf(kind: TagKind): string {
  return defaults[kind];
}

/** @param referenceOf names the song behind a URL: its content if it was uploaded here */
export function readRun(sent: SentFields, referenceOf: (url: string) => string): RunInput {
  const lyrics = sent['prompt'] ?? '';
  if (typeof lyrics !== 'string') return invalid('prompt', 'is not a text');
  if (lyrics.trim() === '') return { kind: 'missing', parameter: 'prompt' };

  const url = sent['inputAudioUrl'] ?? '';
  if (typeof url !== 'string') return invalid('inputAudioUrl', 'is not a text');
  const callback = sent['callbackUrl'] ?? '';
  if (typeof callback !== 'string') return invalid('callbackUrl', 'is not a text');

  const clone = readClone(sent['audio_prompt_type'] ?? 'vocal');
  if (!clone) return invalid('audio_prompt_type', 'is not vocal, instrumental or both');
  const seed = sent['seed'] ?? '42';
  if (typeof seed !== 'string' && typeof seed !== 'number') {
    return invalid('seed', 'is neither a text nor a number');
  }

  const tags = { genre: [''], instrument: [''], mood: [''], gender: [''], timbre: [''] };
  for (const kind of tagKinds) {
    const chosen = asList(sent[kind]);
    const unknown = chosen.find((tag) => typeof tag !== 'string' || !options[kind].has(tag));
    if (unknown !== undefined) {
      return invalid(kind, `has no option ${JSON.stringify(unknown).slice(0, 80)}`);
    }
    tags[kind] = chosen.length === 0 ? [defaults[kind]] : chosen.map(String);
  }
  const seedText = String(seed).trim();
  const song = {
    ...tags,
    lyrics,
    reference: url === '' ? '' : referenceOf(url),
    clone,
    seed: seedText === '' ? '42' : seedText,
  };
  return { kind: 'song', song };
}

function invalid(parameter: string, why: string): RunInput {
  return { kind: 'invalid', why: `[${parameter}] ${why}` };
}

/** The page's sample sends a list of one, clients in the field a text. */
function readClone(value: unknown): SongParameters['clone'] | undefined {
  const choice: unknown = Array.isArray(value) && value.length === 1 ? value[0] : value;
  return choice === 'vocal' || choice === 'instrumental' || choice === 'both' ? choice : undefined;
}

/** One option may come as a text. It is never split: an id may have a comma in it. */
function asList(value: unknown): readonly unknown[] {
  if (value === undefined || value === null || value === '') return [];
  return Array.isArray(value) ? value : [value];
}
