/** Paths in the YAML of a manifest that goes to another folder: there they start from that. */
import { isAbsolute, relative, resolve, sep } from 'node:path';
import { isMap, isScalar } from 'yaml';
import { isLyricsText } from '../manifest/lyrics.ts';
import type { AxisName } from '../manifest/manifest.ts';

/** Absolute. */
export interface Move {
  readonly from: string;
  readonly to: string;
}

/** @param node a value of the axis, and not the name of one */
export function moveValue(axis: AxisName, node: unknown, move: Move): void {
  if (axis !== 'lyrics' && axis !== 'reference') return;
  const path = isMap(node) ? node.get('file', true) : node;
  if (!isScalar(path) || typeof path.value !== 'string') return;
  // A bare reference is a URL or "none", bare lyrics may be a text.
  if (path === node && (axis === 'reference' || isLyricsText(path.value))) return;
  path.value = movedPath(path.value, move);
}

/** The comment by which editors find the schema, anywhere in a text. */
export function moveSchemaComment(text: string, move: Move): string {
  return text.replace(
    /^(#\s*yaml-language-server:\s*\$schema=)(?![a-z]+:)(\S+)/m,
    (_, head: string, path: string) => head + movedPath(path, move),
  );
}

function movedPath(path: string, { from, to }: Move): string {
  if (from === to || isAbsolute(path)) return path;
  return relative(to, resolve(from, path)).split(sep).join('/');
}
