/** The values of an axis, by the nodes of YAML that they are written as. */
import { dirname, relative, sep } from 'node:path';
import { isScalar, isSeq, Scalar, YAMLMap } from 'yaml';
import type { Node } from 'yaml';
import { isLyricsText } from '../manifest/lyrics.ts';
import { isGlob } from '../manifest/lyrics-values.ts';
import type { Axis, Manifest } from '../manifest/manifest.ts';
import { diskSources } from './disk-sources.ts';

export interface WrittenValues {
  /** False: as a range, or not at all. */
  readonly isList: boolean;
  /** A node for one value of a list. */
  readonly nodeOf: (position: number) => Node;
  /** What an entry of `exclude` calls it: a seed as it is written, anything else by its label. */
  readonly nameOf: (position: number) => string | number;
}

/** @param node the axis as it is written, without aliases */
export function writtenValues(
  { name, at }: Axis,
  node: unknown,
  { path }: Manifest,
): WrittenValues {
  const folder = dirname(path);
  const nodes = (isSeq<Node>(node) ? node.items : []).flatMap((item) =>
    name === 'lyrics' ? (filesOf(item, folder) ?? [item]) : [item],
  );
  return {
    isList: isSeq(node),
    nodeOf: (position) => nodes[position] ?? new Scalar(at(position).label),
    nameOf: (position) => {
      const { label } = at(position);
      if (name !== 'seed') return label;
      const written = nodes[position];
      return isScalar(written) && typeof written.value === 'string' ? label : Number(label);
    },
  };
}

/** A node for each file of a glob; undefined for anything else. */
function filesOf(item: Node, folder: string): readonly Node[] | undefined {
  if (!isScalar(item) || typeof item.value !== 'string') return undefined;
  if (isLyricsText(item.value) || !isGlob(item.value)) return undefined;
  return diskSources.glob(item.value, folder).map((file) => {
    const path = relative(folder, file).split(sep).join('/');
    if (!isGlob(path) && !isLyricsText(path)) return new Scalar(path);
    const map = new YAMLMap();
    map.set('file', new Scalar(path));
    return map;
  });
}
