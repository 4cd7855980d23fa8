/** What a model takes, as Tool/Detail or a file says it. */

export interface ModelParameter {
  readonly id: string;
  readonly type: string;
  readonly label: string;
  readonly required: boolean;
  readonly default: string;
  readonly options: readonly string[] | undefined;
  readonly note: string;
}

export interface ModelDescription {
  readonly model: string;
  readonly parameters: readonly ModelParameter[];
}

/** The names under which a parameter can be given: a file has one of its own for its URL. */
export function namesOf({ id, type }: ModelParameter): readonly string[] {
  return type === 'fileinput' || type === 'multifileinput' ? [id, `${id}Url`] : [id];
}
