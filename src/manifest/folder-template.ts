/** `output.dir`: a path, in which values of the run may stand. */
import { listed, quoted } from './findings.ts';
import { axisNames } from './manifest.ts';
import { didYouMean } from './nearest.ts';
import {
  runPlaceholders,
  runValueOf,
  splitTemplate,
  type RunValues,
  type TemplateFault,
} from './run-values.ts';

export interface FolderTemplate {
  readonly dir: string;
  /** The same on another day; only where the day makes a difference. */
  readonly dirOn?: (date: string) => string;
}

export function parseFolderTemplate(
  template: string,
  values: RunValues,
): FolderTemplate | TemplateFault {
  const pieces = splitTemplate(template);
  if ('fault' in pieces) return pieces;

  const texts: { readonly text: string; readonly isDate: boolean }[] = [];
  for (const piece of pieces) {
    if ('text' in piece) {
      texts.push({ ...piece, isDate: false });
      continue;
    }
    const { placeholder } = piece;
    const value = runValueOf(placeholder, values) ?? unknown(placeholder, values);
    if ('fault' in value) return value;
    texts.push({ ...value, isDate: placeholder === 'date' });
  }
  const dir = texts.map(({ text }) => text).join('');
  if (!texts.some(({ isDate }) => isDate)) return { dir };
  const dirOn = (date: string) => texts.map(({ text, isDate }) => (isDate ? date : text)).join('');
  return { dir, dirOn };
}

function unknown(placeholder: string, values: RunValues): TemplateFault {
  if ([...axisNames, 'repeat'].includes(placeholder)) {
    return {
      fault: `{${placeholder}} differs from song to song, and output.dir is one folder for all`,
      hint: 'put it into output.name, which may have folders of its own',
    };
  }
  const known = runPlaceholders(values);
  return {
    fault: `unknown placeholder ${quoted(`{${placeholder}}`)}`,
    hint: didYouMean(placeholder, known) ?? `in output.dir there is ${listed(known, 'and')}`,
  };
}
