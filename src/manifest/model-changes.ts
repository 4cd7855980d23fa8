/** What differs between two descriptions of a model, as far as it matters to those who use it. */
import type { ModelDescription, ModelParameter } from './model.ts';

/** A parameter that both have. Absent is what is the same. */
export interface ParameterChange {
  readonly id: string;
  readonly options?: { readonly new: readonly string[]; readonly gone: readonly string[] };
  readonly default?: { readonly was: string; readonly now: string };
  readonly required?: { readonly was: boolean; readonly now: boolean };
  readonly type?: { readonly was: string; readonly now: string };
}

export interface ModelChanges {
  readonly new: readonly ModelParameter[];
  readonly gone: readonly ModelParameter[];
  readonly changed: readonly ParameterChange[];
}

/** Labels, notes and the order of things may change without anybody's noticing. */
export function compareModels(was: ModelDescription, now: ModelDescription): ModelChanges {
  const before = new Map(was.parameters.map((each) => [each.id, each]));
  const after = new Set(now.parameters.map(({ id }) => id));
  return {
    new: now.parameters.filter(({ id }) => !before.has(id)),
    gone: was.parameters.filter(({ id }) => !after.has(id)),
    changed: now.parameters.flatMap((parameter) => {
      const earlier = before.get(parameter.id);
      const change = earlier && compareParameters(earlier, parameter);
      return change && Object.keys(change).length > 1 ? [change] : [];
    }),
  };
}

export function isSame({ new: added, gone, changed }: ModelChanges): boolean {
  return added.length + gone.length + changed.length === 0;
}

function compareParameters(was: ModelParameter, now: ModelParameter): ParameterChange {
  const options = { new: without(now, was), gone: without(was, now) };
  const hasOther = (key: 'default' | 'required' | 'type') => was[key] !== now[key];
  return {
    id: now.id,
    ...(hasOther('type') && { type: { was: was.type, now: now.type } }),
    ...(hasOther('required') && { required: { was: was.required, now: now.required } }),
    ...(hasOther('default') && { default: { was: was.default, now: now.default } }),
    ...(options.new.length + options.gone.length > 0 && { options }),
  };
}

function without({ options = [] }: ModelParameter, other: ModelParameter): readonly string[] {
  const others = new Set(other.options);
  return options.filter((option) => !others.has(option));
}
