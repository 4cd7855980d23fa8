/**
 * Where a job's song goes, and the proof that no two jobs want the same place.
 *
 * Labels never contain `/` or `~` (`manifest/label.ts`), so a further copy of a job is told apart by
 * `~2`, `~3`... when the template has no `{repeat}`.
 */
import { labelKey } from '../manifest/label.ts';
import type { AxisName, Manifest, NamePart } from '../manifest/manifest.ts';
import type { Coordinates } from '../job/job.ts';

/** @param copy from 0 */
export function outputName(
  template: readonly NamePart[],
  coordinates: Coordinates,
  copy: number,
): string {
  let name = '';
  let namesCopy = false;
  for (const part of template) {
    if ('text' in part) {
      name += part.text;
    } else if (part.axis === 'repeat') {
      name += String(copy + 1);
      namesCopy = true;
    } else {
      name += coordinates[part.axis] ?? 'default';
    }
  }
  return namesCopy || copy === 0 ? name : `${name}~${copy + 1}`;
}

/** Whether the label of an axis stands in names. */
export function namesValue({ output }: Manifest, name: AxisName): boolean {
  return output.name.some((part) => 'axis' in part && part.axis === name);
}

/**
 * Whether every name can be read back in one way only: it has each axis that takes more than one value, and
 * behind each label stands a character that no label in its place has.
 */
export function namesCanBeRead(manifest: Manifest): boolean {
  const { name: template } = manifest.output;
  if (!manifest.axes.every(({ name, size }) => size === 1 || namesValue(manifest, name)))
    return false;
  return template.every((part, index) => {
    if ('text' in part) return true;
    const next = template[index + 1];
    if (next === undefined) return true;
    if (!('text' in next) || next.text === '') return false;
    const separator = labelKey(next.text.charAt(0));
    if (separator === '/') return true;
    if (part.axis === 'repeat') return !/[\d-]/.test(separator);
    return !labelsIn(manifest, part.axis).some((label) => labelKey(label).includes(separator));
  });
}

/** All that may stand in the place of an axis; of seeds, what they are made of. */
function labelsIn({ axes, include }: Manifest, name: AxisName): readonly string[] {
  const included = include.map(({ values }) => values.get(name)?.label ?? 'default');
  const axis = axes.find((each) => each.name === name);
  if (!axis) return ['default', ...included];
  if (name === 'seed') return ['-0123456789', ...included];
  return [...Array.from({ length: axis.size }, (_, at) => axis.at(at).label), ...included];
}

/** What a file system takes for one name, and what a download adds to it while it is under way. */
const longestName = 255;
const longestAddition = '~part10~12345678.part.json'.length;

/** The bytes that the longest part of a path may have, and whether that is more than a name may have. */
export function longestSegment(manifest: Manifest): { bytes: number; isTooLong: boolean } {
  let longest = 0;
  let segment = 0;
  for (const part of manifest.output.name) {
    const pieces = 'text' in part ? part.text.split('/') : [longestLabel(manifest, part.axis)];
    for (const [index, piece] of pieces.entries()) {
      if (index > 0) segment = 0;
      segment += Buffer.byteLength(piece);
      longest = Math.max(longest, segment);
    }
  }
  const bytes = longest + longestAddition;
  return { bytes, isTooLong: bytes > longestName };
}

function longestLabel(manifest: Manifest, name: AxisName | 'repeat'): string {
  // Seeds may be a million; none has more than 16 digits.
  if (name === 'repeat' || name === 'seed') return '0'.repeat(16);
  const labels = manifest.include.flatMap((entry) => entry.values.get(name)?.label ?? []);
  for (const axis of manifest.axes) {
    if (axis.name !== name) continue;
    for (let index = 0; index < axis.size; index++) labels.push(axis.at(index).label);
  }
  return labels.reduce((a, b) => (Buffer.byteLength(b) > Buffer.byteLength(a) ? b : a), 'default');
}
