/**
 * Tool/Detail: what the model takes and what it costs.
 */
import { tagKinds } from '../manifest/parameters.ts';
import { statedCost, statedRate } from './price.ts';
import { defaultOf, optionsOf } from './run-input.ts';
import { modelCategories, modelDescription, modelOwner, modelProject } from './task-answer.ts';

const clones = ['vocal', 'instrumental', 'both'];

export const describedTool = {
  id: '1',
  slugowner: modelOwner,
  slugproject: modelProject,
  cleanslugowner: modelOwner,
  cleanslugproject: modelProject,
  title: 'text-to-song-with-reference-YuE (sandbox)',
  description: modelDescription,
  categories: modelCategories,
  tags: [],
  cps: statedRate,
  approximatelycost: statedCost,
  parameters: [
    {
      title: 'Lyrics and reference',
      items: [
        item('prompt', 'textarea', 'prompt', { required: true, note: 'The lyrics to sing.' }),
        item('inputAudioUrl', 'text', 'Reference Audio/Song URL', { note: 'May be empty.' }),
        item('audio_prompt_type', 'select', 'Reference Song Clone Type', {
          default: 'vocal',
          options: clones,
        }),
      ],
    },
    {
      title: 'Tags',
      items: tagKinds.map((kind) =>
        item(kind, 'multiselect', kind, { default: defaultOf(kind), options: optionsOf(kind) }),
      ),
    },
    {
      title: 'Chance',
      items: [
        item('seed', 'text', 'seed', { default: '42', note: 'The same seed, the same song.' }),
      ],
    },
  ],
};

function item(
  id: string,
  type: string,
  label: string,
  more: {
    readonly required?: boolean;
    readonly default?: string;
    readonly options?: readonly string[];
    readonly note?: string;
  },
): object {
  return {
    id,
    type,
    label,
    required: more.required ?? false,
    default: more.default ?? '',
    options: more.options?.map((option) => ({ label: option, value: option })) ?? null,
    note: more.note ?? '',
  };
}
