/**
 * What songbatch knows of the model it is made for, wiro/text-to-song-with-reference-yue, without asking
 * anybody: its model page, as data. An override beside the manifest takes its place (`model-file.ts`).
 */
import type { ModelDescription, ModelParameter } from './model.ts';
import { tagKinds, type ParameterValue } from './parameters.ts';
import vocabulary from './tag-vocabulary.json' with { type: 'json' };

export const yueModel = 'wiro/text-to-song-with-reference-yue';

const text: Omit<ModelParameter, 'id' | 'label'> = {
  type: 'text',
  required: false,
  default: '',
  options: undefined,
  note: '',
};

/** The page's default for each kind of tag. */
const usualTag = {
  genre: 'Pop',
  instrument: 'guitar',
  mood: 'happy',
  gender: 'female',
  timbre: 'bright vocal',
} as const;

export const yue: ModelDescription = {
  model: yueModel,
  parameters: [
    {
      ...text,
      id: 'prompt',
      type: 'textarea',
      label: 'prompt',
      required: true,
      note: 'The lyrics to sing.',
    },
    { ...text, id: 'inputAudioUrl', label: 'Reference Audio/Song URL', note: 'May be empty.' },
    {
      ...text,
      id: 'audio_prompt_type',
      type: 'select',
      label: 'Reference Song Clone Type',
      default: 'vocal',
      options: vocabulary.audio_prompt_type,
    },
    ...tagKinds.map((kind) => ({
      ...text,
      id: kind,
      type: 'multiselect',
      label: kind,
      default: usualTag[kind],
      options: vocabulary[kind],
    })),
    { ...text, id: 'seed', label: 'seed', default: '42', note: 'The same seed, the same song.' },
  ],
};

/** What the model takes where nothing is sent; '' where there is nothing to take. */
export const yueDefaults: ReadonlyMap<string, ParameterValue> = new Map(
  yue.parameters.map(({ id, type, default: value }) => [
    id,
    type === 'multiselect' ? [value] : value,
  ]),
);
