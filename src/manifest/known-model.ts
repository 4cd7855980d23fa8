/**
 * The model of a manifest and what is known of it: by a file beside the manifest, else, for YuE, by what
 * songbatch ships, else by what the API said.
 */
import { dirname } from 'node:path';
import type { Findings } from './findings.ts';
import { namesOf, type ModelDescription } from './model.ts';
import { isModelName, readModelFile } from './model-file.ts';
import type { Sources } from './sources.ts';
import { vocabularyOf, type Vocabulary } from './vocabulary.ts';
import { fieldOf, headOf, textOf, type Written } from './written.ts';
import { yue, yueModel } from './yue.ts';

export interface KnownModel {
  /** `owner/model`, lower case; what is written, where that is no name. */
  readonly name: string;
  readonly isYue: boolean;
  /** Undefined where nothing is known. */
  readonly description: ModelDescription | undefined;
  readonly vocabulary: Vocabulary;
}

/** @param described what the API said of the manifest's model, where it was asked */
export function knownModel(
  root: Written,
  manifestPath: string,
  described: ModelDescription | undefined,
  { findings, sources }: { readonly findings: Findings; readonly sources: Sources },
): KnownModel {
  const node = fieldOf(root, 'model');
  const written = textOf(node) ?? yueModel;
  if (!isModelName(written)) {
    // That has been reported; of what it takes nothing can be said.
    return {
      name: written,
      isYue: false,
      description: undefined,
      vocabulary: vocabularyOf(undefined),
    };
  }
  const name = written.toLowerCase();
  const isYue = name === yueModel;

  const file = sources.modelFile(name, dirname(manifestPath));
  const read = file && (typeof file.text === 'string' ? readModelFile(file.text, name) : file.text);
  if (file && read && 'unreadable' in read) {
    findings.error(
      node?.range ?? headOf(root),
      `the description of ${name} in ${file.path} cannot be used: ${read.unreadable}`,
      `mend it or remove it; "${refreshCommand(name)} --write" writes it anew`,
    );
  }
  const own = read && 'model' in read ? read : undefined;
  const other = described?.parameters.length === 0 ? undefined : described;
  const description = own ?? (isYue ? yue : other);
  return { name, isYue, description, vocabulary: vocabularyOf(description) };
}

/** Parameters without which the model takes no job, each by its names. */
export function requiredParameters({
  isYue,
  description,
}: KnownModel): readonly (readonly string[])[] {
  // Its lyrics have a default, which nobody wants to buy.
  if (isYue) return [['prompt']];
  const parameters = description?.parameters ?? [];
  return parameters.filter((each) => each.required && each.default === '').map(namesOf);
}

/** What shows how the model is today. */
export function refreshCommand(model: string): string {
  return `songbatch schema --refresh${model === yueModel ? '' : ` --model ${model}`}`;
}
