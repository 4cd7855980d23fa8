/**
 * The description of a model in a file of the user's own, `.songbatch/models/<owner>/<model>.json`: what
 * `songbatch schema --refresh --write` has kept of the model as it is today. Where there is one it holds,
 * instead of what ships with songbatch or what the API says. `schemas/model.schema.json` is its format.
 */
import type { ErrorObject } from 'ajv/dist/2020.js';
import { validateModel } from '../schemas/validators.ts';
import { quoted } from './findings.ts';
import { visible } from './frame.ts';
import type { ModelDescription, ModelParameter } from './model.ts';
import type { Unreadable } from './sources.ts';

export interface ModelFile extends ModelDescription {
  /** USD that a task was said to cost, as decimal text. */
  readonly price?: string;
  /** When the model was asked about. ISO 8601, UTC. */
  readonly readAt?: string;
}

/** Bytes: the longest description there is has some 60,000. */
export const largestModelFile = 4 * 1024 * 1024;

/** `owner/model`. Either part begins with a letter or a digit, so that neither is `..` in a path. */
export function isModelName(text: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9_.-]*\/[A-Za-z0-9][A-Za-z0-9_.-]*$/.test(text);
}

/** Where a model's file is, below the folder that it holds for. */
export function modelFilePath(model: string): string {
  return `.songbatch/models/${model.toLowerCase()}.json`;
}

/** What stands in the file; keys that may be left out have their defaults. */
interface Stored extends Pick<ModelFile, 'model' | 'price' | 'readAt'> {
  readonly parameters: readonly (Pick<ModelParameter, 'id' | 'type'> &
    Partial<Omit<ModelParameter, 'id' | 'type'>>)[];
}

/** @param model `owner/model`, lower case: the one that the file must be about, if it must be about one */
export function readModelFile(text: string, model?: string): ModelFile | Unreadable {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const why = error instanceof Error ? visible(error.message) : '';
    return { unreadable: `it is not JSON: ${why}` };
  }
  if (!validateModel(value)) {
    const clauses = (validateModel.errors ?? []).map(clause);
    return { unreadable: clauses.slice(0, 5).join('; ') };
  }
  const stored = value as Stored;
  const described = stored.model.toLowerCase();
  if (model !== undefined && described !== model) {
    return { unreadable: `it describes another model, "${described}"` };
  }
  const ids = stored.parameters.map(({ id }) => id);
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  if (twice !== undefined) {
    return { unreadable: `it has the parameter ${visible(quoted(twice))} twice` };
  }
  const { price, readAt } = stored;
  return {
    model: described,
    ...(price !== undefined && { price }),
    ...(readAt !== undefined && { readAt }),
    parameters: stored.parameters.map(({ id, type, label, required, options, note, ...rest }) => ({
      id,
      type,
      label: label ?? id,
      required: required ?? false,
      default: rest.default ?? '',
      options,
      note: note ?? '',
    })),
  };
}

/** Keeps what the format has a place for. */
export function modelFileText({ model, price, readAt, parameters }: ModelFile): string {
  const $schema = 'https://songbatch.dev/schemas/model.schema.json';
  const stored = parameters.map(({ id, type, label, required, options, note, ...rest }) => {
    return { id, type, label, required, default: rest.default, options, note };
  });
  const file = { $schema, model, readAt, price, parameters: stored };
  return `${JSON.stringify(file, undefined, 2)}\n`;
}

function clause({ instancePath, message = 'is not valid', params }: ErrorObject): string {
  const key: unknown = params['additionalProperty'];
  const what = typeof key === 'string' ? `has an unknown key ${visible(quoted(key))}` : message;
  return `${instancePath === '' ? 'it' : instancePath.slice(1).replaceAll('/', '.')} ${what}`;
}
