/**
 * `output.name`: a path below the output folder with {axis} where the label of that axis goes. What
 * is checked here, together with what labels are made of, keeps every song inside that folder.
 */
import { listed, quoted } from './findings.ts';
import { axisNames, type AxisName, type NamePart } from './manifest.ts';
import { didYouMean } from './nearest.ts';

export type NameTemplate = { readonly parts: readonly NamePart[] } | TemplateFault;

export interface TemplateFault {
  readonly fault: string;
  readonly hint?: string | undefined;
}

const placeholders = [...axisNames, 'repeat'] as const;

/** @param available names of the axes that jobs stand on; other words in it do no harm */
export function parseNameTemplate(template: string, available: ReadonlySet<string>): NameTemplate {
  const fault = pathFault(template);
  if (fault) return fault;

  const parts: NamePart[] = [];
  for (const piece of template.split(/(\{[^{}]*\})/)) {
    if (piece === '') continue;
    if (!piece.startsWith('{') || !piece.endsWith('}')) {
      if (/[{}]/.test(piece)) return { fault: `a brace without its partner in ${quoted(piece)}` };
      parts.push({ text: piece });
      continue;
    }
    const axis = placeholders.find((known) => `{${known}}` === piece);
    if (!axis) return unknownPlaceholder(piece.slice(1, -1));
    if (axis !== 'repeat' && !available.has(axis)) return missingAxis(axis, available);
    parts.push({ axis });
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

function unknownPlaceholder(name: string): TemplateFault {
  return {
    fault: `unknown placeholder ${quoted(`{${name}}`)}`,
    hint: didYouMean(name, placeholders) ?? `known are ${listed(placeholders, 'and')}`,
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
