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

/** What a job buys, before local files have got their URLs. */
export type ParameterSources = Readonly<Partial<Record<ParameterName, ParameterSource>>>;

/** What a Run sends. Keys left out are the model's to choose. */
export type SentParameters = Readonly<Record<string, ParameterValue>>;

export function isLocalFile(source: ParameterSource): source is LocalFile {
  return typeof source === 'object' && 'file' in source;
}
