/**
 * The manifest as it is written: plain values that know where they stand. `yaml.ts` makes it, with
 * aliases resolved; readers take it apart.
 *
 * The accessors give nothing where the shape is not the one asked for. That is never silent: the
 * JSON Schema has reported it by then, and a manifest with an error is not handed out.
 */
import type { SourceRange } from './problem.ts';

export interface WrittenScalar {
  readonly kind: 'scalar';
  readonly value: string | number | boolean | null;
  /** As it stands in the file: `25.00` for the number 25. */
  readonly source: string;
  /** A `|` block, whose lines are the lines of the value, indented. */
  readonly literal: boolean;
  readonly range: SourceRange;
}

export interface WrittenList {
  readonly kind: 'list';
  readonly items: readonly Written[];
  readonly range: SourceRange;
}

export interface WrittenMap {
  readonly kind: 'map';
  /** In the order written. */
  readonly entries: ReadonlyMap<string, WrittenEntry>;
  readonly range: SourceRange;
}

export interface WrittenEntry {
  readonly keyRange: SourceRange;
  readonly value: Written;
}

export type Written = WrittenScalar | WrittenList | WrittenMap;

type Maybe = Written | undefined;

export function textOf(node: Maybe): string | undefined {
  return node?.kind === 'scalar' && typeof node.value === 'string' ? node.value : undefined;
}

/** For texts that the schema wants to have at least one character. */
export function wordsOf(node: Maybe): string | undefined {
  const text = textOf(node);
  return text === '' ? undefined : text;
}

export function numberOf(node: Maybe): number | undefined {
  return node?.kind === 'scalar' && typeof node.value === 'number' ? node.value : undefined;
}

export function booleanOf(node: Maybe): boolean | undefined {
  return node?.kind === 'scalar' && typeof node.value === 'boolean' ? node.value : undefined;
}

export function itemsOf(node: Maybe): readonly Written[] {
  return node?.kind === 'list' ? node.items : [];
}

export function entriesOf(node: Maybe): ReadonlyMap<string, WrittenEntry> {
  return node?.kind === 'map' ? node.entries : new Map<string, WrittenEntry>();
}

export function fieldOf(node: Maybe, key: string): Maybe {
  return node?.kind === 'map' ? node.entries.get(key)?.value : undefined;
}

/** Where to point for a value as a whole: at the first key of a map, not at all of its lines. */
export function headOf(node: Written): SourceRange {
  if (node.kind !== 'map') return node.range;
  const [first] = node.entries.values();
  return first?.keyRange ?? node.range;
}

/**
 * The value alone, for JSON Schema. Objects have no prototype, so that a key such as `__proto__`
 * is a key like any other.
 */
export function plainOf(node: Written): unknown {
  switch (node.kind) {
    case 'scalar':
      return node.value;
    case 'list':
      return node.items.map(plainOf);
    case 'map': {
      const plain = Object.create(null) as Record<string, unknown>;
      for (const [key, entry] of node.entries) plain[key] = plainOf(entry.value);
      return plain;
    }
  }
}
