/**
 * `output.name`: a path below the output folder with {axis} where the label of that axis goes, and with
 * values of the run (`run-values.ts`), which are text from here on. What is checked here, together with
 * what labels are made of, keeps every song inside that folder.
 */
import { listed, quoted } from './findings.ts';
import { axisNames, type AxisName, type NamePart } from './manifest.ts';
import { didYouMean } from './nearest.ts';
import {
  runPlaceholders,
  runValueOf,
  splitTemplate,
  type RunValues,
  type TemplateFault,
} from './run-values.ts';

export type NameTemplate = { readonly parts: readonly NamePart[] } | TemplateFault;

const ofSongs = [...axisNames, 'repeat'] as const;

/** @param available names of the axes that jobs stand on; other words in it do no harm */
export function parseNameTemplate(
  template: string,
  available: ReadonlySet<string>,
  values: RunValues = {},
): NameTemplate {
  const fault = pathFault(template);
  if (fault) return fault;
  const pieces = splitTemplate(template);
  if ('fault' in pieces) return pieces;

  const parts: NamePart[] = [];
  for (const piece of pieces) {
    if ('text' in piece) {
      parts.push(piece);
      continue;
    }
    const { placeholder } = piece;
    const axis = ofSongs.find((known) => known === placeholder);
    if (axis) {
      if (axis !== 'repeat' && !available.has(axis)) return missingAxis(axis, available);
      parts.push({ axis });
      continue;
    }
    const value = runValueOf(placeholder, values) ?? unknownPlaceholder(placeholder, values);
    if ('fault' in value) return value;
    parts.push(value);
  }
  return { parts };
}

function pathFault(template: string): TemplateFault | undefined {
  const unsafe = /[\p{Cc}\p{Zl}\p{Zp}\\~<>:"|?*]/u.exec(template)?.[0];
  if (unsafe !== undefined) {
    const hint = unsafe === '\\' ? 'write / between folders' : undefined;
    return { fault: `the character ${quoted(unsafe)} is not safe in a file name`, hint };
  }
  if (template.startsWith('/')) return { fault: 'a name starts below output.dir, not at /' };
  const segments = template.split('/');
  if (segments.includes(''))
    return { fault: 'a name has no empty part: no "/" at its end, no "//"' };
  const odd = segments.find((segment) => /^[. ]|[. ]$/.test(segment));
  return odd === undefined
    ? undefined
    : { fault: `a part of a name does not start or end with "." or a space: ${quoted(odd)}` };
}

function unknownPlaceholder(name: string, values: RunValues): TemplateFault {
  const known = [...ofSongs, ...runPlaceholders(values)];
  return {
    fault: `unknown placeholder ${quoted(`{${name}}`)}`,
    hint: didYouMean(name, known) ?? `known are ${listed(known, 'and')}`,
  };
}

function missingAxis(axis: AxisName, available: ReadonlySet<string>): TemplateFault {
  const names = axisNames.filter((name) => available.has(name)).map((name) => `{${name}}`);
  return {
    fault: `the placeholder {${axis}} has no value: the matrix has no axis ${axis}`,
    hint: names.length === 0 ? undefined : `there is ${listed(names, 'and')}`,
  };
}

/** What songs are called when the manifest does not say: `{lyrics}_{tags}_s{seed}`, or `song`. */
export function defaultName(axes: readonly AxisName[]): readonly NamePart[] {
  const parts: NamePart[] = axes.flatMap((axis, index) => {
    const text = (index === 0 ? '' : '_') + (axis === 'seed' ? 's' : '');
    return text === '' ? [{ axis }] : [{ text }, { axis }];
  });
  if (parts.length === 0) parts.push({ text: 'song' });
  return parts;
}
