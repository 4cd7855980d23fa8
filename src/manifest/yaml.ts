/**
 * YAML text -> the manifest (or the configuration) as written, or what is wrong with it as YAML.
 *
 * YAML 1.2 core schema, whatever a %YAML directive says: no merge keys, no dates, no custom tags.
 * Aliases are resolved here, bounded, so that nothing behind this file can meet a bomb or a loop.
 */
import { isAlias, isMap, isScalar, parseDocument } from 'yaml';
import type { Document, ParsedNode, Scalar, YAMLError, YAMLMap, YAMLSeq } from 'yaml';
import { quoted, type Findings } from './findings.ts';
import type { SourceRange } from './problem.ts';
import type { Written, WrittenEntry, WrittenScalar } from './written.ts';

/** The deepest thing in a manifest is a tag: matrix, tags, value, genre, tag. */
const deepest = 20;

/** Values that aliases may stand for in all. */
const mostAliased = 10_000;

/** What the text is, for the messages. */
export type TextKind = 'manifest' | 'configuration';

/** How all YAML is read, whoever does it. */
export const yamlOptions = {
  prettyErrors: false,
  stringKeys: true,
  schema: 'core',
  merge: false,
  resolveKnownTags: false,
  // Checked in `convert`: the library compares every key with every other.
  uniqueKeys: false,
  // At 'silent' the library says nothing of a second document either.
  logLevel: 'error',
} as const;

/**
 * A configuration may be empty, a manifest may not.
 *
 * @returns undefined when the text is no YAML that could be looked into any further
 */
export function readYaml(
  text: string,
  findings: Findings,
  kind: TextKind = 'manifest',
): Written | undefined {
  const control = /(?![\t\n\r])\p{Cc}/u.exec(text);
  if (control) {
    const code = text.charCodeAt(control.index).toString(16).toUpperCase().padStart(4, '0');
    const range = { start: control.index, end: control.index + 1 };
    findings.error(range, `the control character U+${code} has no place in a text file`);
    return undefined;
  }

  let document: Document.Parsed;
  try {
    document = parseDocument(text, yamlOptions);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    findings.refuse(`the ${kind} is nested too deeply`);
    return undefined;
  }
  if (!reportSyntax(document, { text, findings, kind })) return undefined;

  if (!document.contents) {
    if (kind === 'configuration') {
      return { kind: 'map', entries: new Map(), range: { start: 0, end: 0 } };
    }
    findings.refuse('the manifest is empty', '"songbatch init" writes one to start from');
    return undefined;
  }
  const conversion: Conversion = {
    text,
    findings,
    kind,
    anchors: new Map(),
    aliased: 0,
    broken: false,
  };
  const root = convert(document.contents, 0, conversion);
  return conversion.broken ? undefined : root;
}

interface ReadText {
  readonly text: string;
  readonly findings: Findings;
  readonly kind: TextKind;
}

/** One mistake in the structure makes the parser see more: only the first is told. */
function reportSyntax(document: Document.Parsed, { text, findings, kind }: ReadText): boolean {
  let structural = false;
  for (const fault of [...document.errors, ...document.warnings]) {
    const isStructural = fault.code !== 'TAG_RESOLVE_FAILED';
    if (isStructural && structural) continue;
    structural ||= isStructural;
    const range = { start: fault.pos[0], end: fault.pos[1] };
    const [message, hint] = phrase(fault, text.slice(range.start, range.end), kind);
    findings.error(range, message, hint);
  }
  return !structural;
}

function phrase(
  fault: YAMLError,
  source: string,
  kind: TextKind,
): [message: string, hint?: string] {
  switch (fault.code) {
    case 'TAG_RESOLVE_FAILED':
      return [
        `the YAML tag ${quoted(source)} means nothing in a ${kind}`,
        'write the value plainly',
      ];
    case 'NON_STRING_KEY':
      return ['a key must be plain text'];
    case 'TAB_AS_INDENT':
      return ['a tab cannot indent YAML', 'use spaces'];
    case 'MULTIPLE_DOCS':
      return kind === 'manifest'
        ? ['a manifest is one YAML document', 'put each batch into a file of its own']
        : ['a configuration is one YAML document'];
    case 'RESOURCE_EXHAUSTION':
      return [`the ${kind} is nested too deeply`];
    case 'BAD_SCALAR_START':
      return [`not valid YAML: ${fault.message}`, 'put the value into quotes'];
    case 'BLOCK_AS_IMPLICIT_KEY':
      return [
        'a second ":" in one line, or lines that are indented differently',
        'put a text that has ": " in it into quotes',
      ];
    default:
      return [`not valid YAML: ${fault.message}`];
  }
}

interface Conversion extends ReadText {
  /** `undefined` while what the anchor stands at is still being read. */
  readonly anchors: Map<string, { node: Written; size: number } | undefined>;
  aliased: number;
  broken: boolean;
}

function convert(node: ParsedNode, depth: number, conversion: Conversion): Written {
  const [start, end] = node.range;
  const range = { start, end };
  if (depth > deepest)
    return refuse(range, `the ${conversion.kind} is nested too deeply`, conversion);
  if (isAlias(node)) return follow(node.source, range, conversion);

  if (node.anchor !== undefined) conversion.anchors.set(node.anchor, undefined);
  const written = convertValue(node, range, depth, conversion);
  if (node.anchor !== undefined) {
    conversion.anchors.set(node.anchor, { node: written, size: sizeOf(written) });
  }
  return written;
}

function convertValue(
  node: Scalar.Parsed | YAMLMap.Parsed | YAMLSeq.Parsed,
  range: SourceRange,
  depth: number,
  conversion: Conversion,
): Written {
  if (isMap(node)) return convertMap(node, range, depth, conversion);
  if (isScalar(node)) return convertScalar(node, range, conversion.text);
  const items = node.items.map((item) => convert(item, depth + 1, conversion));
  return { kind: 'list', items, range };
}

function convertMap(
  node: YAMLMap.Parsed,
  range: SourceRange,
  depth: number,
  conversion: Conversion,
): Written {
  const entries = new Map<string, WrittenEntry>();
  for (const { key, value } of node.items) {
    const keyRange = { start: key.range[0], end: key.range[1] };
    const name = isScalar(key) ? String(key.value) : '';
    if (entries.has(name)) {
      conversion.findings.error(keyRange, `the key ${quoted(name)} is given twice`);
    }
    const empty: Written = {
      kind: 'scalar',
      value: null,
      source: '',
      literal: false,
      range: keyRange,
    };
    const read = value ? convert(value, depth + 1, conversion) : empty;
    const isNothing = read.kind === 'scalar' && read.range.start === read.range.end;
    entries.set(name, { keyRange, value: isNothing ? { ...read, range: keyRange } : read });
  }
  return { kind: 'map', entries, range };
}

function convertScalar(node: Scalar.Parsed, range: SourceRange, text: string): WrittenScalar {
  const { value } = node;
  const isPlain =
    typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
  return {
    kind: 'scalar',
    value: isPlain ? value : null,
    source: text.slice(range.start, range.end),
    literal: node.type === 'BLOCK_LITERAL',
    range,
  };
}

function follow(name: string, range: SourceRange, conversion: Conversion): Written {
  if (!conversion.anchors.has(name)) {
    return refuse(range, `no anchor &${name} stands before this alias`, conversion);
  }
  const target = conversion.anchors.get(name);
  if (!target) return refuse(range, `the alias *${name} stands inside of itself`, conversion);
  conversion.aliased += target.size;
  if (conversion.aliased > mostAliased) {
    return refuse(range, `aliases stand for more than ${mostAliased} values here`, conversion);
  }
  return target.node;
}

function refuse(range: SourceRange, message: string, conversion: Conversion): Written {
  if (!conversion.broken) conversion.findings.error(range, message);
  conversion.broken = true;
  return { kind: 'scalar', value: null, source: '', literal: false, range };
}

/** How many values there are, each alias counted with all that it stands for. */
function sizeOf(node: Written): number {
  switch (node.kind) {
    case 'scalar':
      return 1;
    case 'list':
      return node.items.reduce((sum, item) => sum + sizeOf(item), 1);
    case 'map':
      return node.entries.values().reduce((sum, entry) => sum + sizeOf(entry.value), 1);
  }
}
