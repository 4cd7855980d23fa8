/** `defaults`: parameters by Wiro's own names, for every job. */
import { quoted } from './findings.ts';
import { inlineLyrics } from './lyrics-values.ts';
import type { ParameterSources } from './parameters.ts';
import type { Reading } from './reading.ts';
import { parseAudioUrl } from './reference-values.ts';
import { readCloneType, readTagParameters } from './tag-values.ts';
import { fieldOf, numberOf, textOf, wordsOf, type Written } from './written.ts';

export function readDefaults(root: Written, reading: Reading): ParameterSources {
  const defaults = fieldOf(root, 'defaults');
  const clone = readCloneType(fieldOf(defaults, 'audio_prompt_type'), reading);
  const seed = fieldOf(defaults, 'seed');
  const digits = textOf(seed) ?? numberOf(seed)?.toString();
  return {
    ...readPrompt(defaults, reading),
    ...readReferenceUrl(defaults, reading),
    ...(clone !== undefined && { audio_prompt_type: clone }),
    ...readTagParameters(defaults, reading),
    ...(digits !== undefined && { seed: digits }),
  };
}

function readPrompt(defaults: Written | undefined, reading: Reading): ParameterSources {
  const node = fieldOf(defaults, 'prompt');
  const text = textOf(node);
  return node && text !== undefined ? inlineLyrics(node, text, undefined, reading).parameters : {};
}

function readReferenceUrl(defaults: Written | undefined, reading: Reading): ParameterSources {
  const node = fieldOf(defaults, 'inputAudioUrl');
  const text = wordsOf(node);
  if (!node || text === undefined) return {};
  if (!parseAudioUrl(text)) {
    reading.findings.error(node.range, `${quoted(text)} is not an http or https URL`);
  }
  return { inputAudioUrl: text };
}
