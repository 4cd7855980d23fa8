/**
 * Tool/Detail: what a model takes and what it costs.
 */
import type { ModelDescription, ModelParameter } from '../manifest/model.ts';
import { yueModel } from '../manifest/yue.ts';
import { statedCost, statedRate } from './price.ts';
import { modelCategories, modelDescription } from './task-answer.ts';

export function describeTool({ model, parameters }: ModelDescription): object {
  const [slugowner, slugproject] = model.split('/');
  const name = model === yueModel ? 'text-to-song-with-reference-YuE' : slugproject;
  return {
    id: '1',
    slugowner,
    slugproject,
    cleanslugowner: slugowner,
    cleanslugproject: slugproject,
    title: `${name ?? ''} (sandbox)`,
    description: modelDescription,
    categories: modelCategories,
    tags: [],
    cps: statedRate,
    approximatelycost: statedCost,
    // As Wiro answers for a model of which it tells nothing.
    parameters: parameters.length === 0 ? null : [{ title: 'Inputs', items: parameters.map(item) }],
  };
}

function item({ options, ...parameter }: ModelParameter): object {
  return {
    ...parameter,
    options: options?.map((option) => ({ label: option, value: option })) ?? null,
  };
}
