/** The explicit `id` of a value. */
import { quoted } from './findings.ts';
import { labelOf, safeLabel } from './label.ts';
import type { Reading } from './reading.ts';
import { fieldOf, wordsOf, type Written } from './written.ts';

/** @returns a label in any case, so that reading goes on; undefined when there is no id */
export function readId(node: Written, reading: Reading): string | undefined {
  const idNode = fieldOf(node, 'id');
  const id = wordsOf(idNode);
  if (!idNode || id === undefined) return undefined;
  const label = labelOf(id);
  if (label !== undefined) return label;
  const suggestion = safeLabel(id);
  reading.findings.error(
    idNode.range,
    `${quoted(id)} cannot be an id: it has to be safe as a file name`,
    `use letters, digits and . _ + & -, 80 bytes at most: "${suggestion}"`,
  );
  return suggestion;
}
