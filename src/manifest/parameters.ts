/**
 * What is sent to the model: parameters by Wiro's own names, and where their values come from.
 */

/** The inputs of wiro/text-to-song-with-reference-yue, as its model page names them. */
export const parameterNames = [
  'prompt',
  'inputAudioUrl',
  'audio_prompt_type',
  'genre',
  'instrument',
  'mood',
  'gender',
  'timbre',
  'seed',
] as const;

export type ParameterName = (typeof parameterNames)[number];

/** The five kinds of tag: multiselects whose options `vocabulary.ts` lists. */
export const tagKinds = ['genre', 'instrument', 'mood', 'gender', 'timbre'] as const;

export type TagKind = (typeof tagKinds)[number];

/** A value as it goes over the wire: a text, or the chosen options of a multiselect in order. */
export type ParameterValue = string | readonly string[];

/** A song on this machine that stands for its URL: uploaded once, known by its content. */
export interface LocalFile {
  /** Absolute path. */
  readonly file: string;
  /** Lower-case hex of the content. */
  readonly sha256: string;
  readonly bytes: number;
}

export type ParameterSource = ParameterValue | LocalFile;

/**
 * What a job buys, before local files have got their URLs: YuE's own inputs, and whatever else a
 * manifest passes on under `parameters`.
 */
export type ParameterSources = Readonly<Partial<Record<ParameterName, ParameterSource>>> &
  Readonly<Record<string, ParameterSource>>;

/** What a Run sends. Keys left out are the model's to choose. */
export type SentParameters = Readonly<Record<string, ParameterValue>>;

/**
 * What a manifest may pass on. It begins with a letter, so that no name is one that JavaScript gives a
 * meaning to (`__proto__`), and is a plain word, so that it can be shown, stored and sent as it is.
 */
export function isPlainName(name: string): boolean {
  return /^[A-Za-z][A-Za-z0-9_.-]{0,99}$/.test(name);
}

/** Names that are not YuE's own, in the order that holds wherever one is needed: by code point. */
export function otherNames(parameters: ParameterSources): readonly string[] {
  return Object.keys(parameters)
    .filter((name) => !own.has(name))
    .sort();
}

const own: ReadonlySet<string> = new Set(parameterNames);

export function isLocalFile(source: ParameterSource): source is LocalFile {
  return typeof source === 'object' && 'file' in source;
}
