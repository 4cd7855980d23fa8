/**
 * The configuration: what holds for all batches of a project or a machine. It is checked against
 * `schemas/config.schema.json` before anything of it is used, and refused with all that is wrong.
 */
import { collectFindings, quoted, type Findings } from '../manifest/findings.ts';
import { keyPlaces, type KeyPlaces } from '../manifest/key-places.ts';
import type { Problem, SourceRange } from '../manifest/problem.ts';
import { checkShape } from '../manifest/shape.ts';
import { fieldOf, plainOf, type Written, type WrittenEntry } from '../manifest/written.ts';
import { readYaml } from '../manifest/yaml.ts';
import type { SongFormat } from '../sandbox/engine/encode/format.ts';
import { validateConfig } from '../schemas/validators.ts';
import { ConfigError } from './config-error.ts';
import { findConfigFile, type ConfigContent, type ConfigFile } from './config-file.ts';
import type { Surroundings } from './surroundings.ts';

/** What is added here is added to the schema, and to the table in `settings.ts`. */
export interface Config {
  /** The schema's address, for editors. */
  readonly $schema?: string;
  readonly baseUrl?: string;
  /** Or `none`. */
  readonly socketUrl?: string;
  readonly webhook?: { readonly url: string; readonly listen?: string };
  readonly limits?: {
    readonly tasks?: number;
    readonly requestsPerSecond?: number;
    readonly budget?: number;
  };
  /** With their units: `30s`. */
  readonly timeouts?: { readonly answer?: string; readonly download?: string };
  /** Of `output.dir: s3://...`; what is left out the AWS SDK finds. */
  readonly s3?: {
    readonly endpoint?: string;
    readonly region?: string;
    readonly pathStyle?: boolean;
  };
  /** Environment variables that manifests may use: `{env.NAME}`. */
  readonly env?: readonly string[];
  readonly logFormat?: 'text' | 'json';
  /** Files, from the working directory. */
  readonly junit?: string;
  readonly summary?: string;
  readonly logFile?: string;
  readonly logLevel?: 'error' | 'warn' | 'info' | 'debug';
  /** host:port, or a port. */
  readonly metrics?: string;
  readonly failOn?: FailOn;
  readonly sandbox?: {
    readonly workers?: number;
    readonly speed?: number;
    readonly format?: SongFormat;
  };
}

/** With what is needed to tell where a setting was made. */
export interface FoundConfig {
  readonly config: Config;
  /** Path as the user would type it; absent where there is no file. */
  readonly file?: string;
  /** Of a program, the file alone. */
  readonly placeOf: KeyPlaces;
}
/** Which failed jobs make a run that came to its end exit with 1; `all`: only where no job is done. */
export type FailOn = 'none' | 'any' | 'all';

type Where = Pick<Surroundings, 'workingDirectory' | 'configFile'>;

/** Throws `ConfigError` with all that is wrong. */
export async function loadConfig(where: Where): Promise<Config> {
  return (await findConfig(where)).config;
}

/** The same. */
export async function findConfig({ workingDirectory, configFile }: Where): Promise<FoundConfig> {
  const found = await findConfigFile(workingDirectory, configFile);
  return found ? readConfig(found) : { config: {}, placeOf: () => undefined };
}

function readConfig({ file, content }: ConfigFile): FoundConfig {
  const text = textOf(content, file);
  const findings = collectFindings(file, text);
  const whole = readYaml(text, findings, 'configuration');
  const written = content.kind === 'package' ? fieldOf(whole, 'songbatch') : whole;
  if (whole && !written) findings.refuse('there is no key "songbatch" in it');
  const hidden: SourceRange[] = [];
  const root = written && takeOutSecrets(written, findings, hidden);
  if (root) checkShape(root, findings, validateConfig);
  if (!root || findings.hasErrors()) {
    const problems = findings.sorted();
    throw new ConfigError(
      problems.map((problem) =>
        withoutSecrets(
          content.kind === 'value' ? withKeyPath(problem, root) : withHidden(problem, hidden),
        ),
      ),
    );
  }
  const places = keyPlaces(root, file, text);
  return {
    config: plainOf(root) as Config,
    file,
    placeOf: (key) => (content.kind === 'value' ? places(key) && file : places(key)),
  };
}

/** What a program exports is read as the JSON that it would be. */
function textOf(content: ConfigContent, file: string): string {
  if (content.kind !== 'value') return content.text;
  let why = `it is a ${typeof content.value}`;
  try {
    const json: unknown = JSON.stringify(content.value, undefined, 1);
    if (typeof json === 'string' && isPlain(content.value)) return json;
    if (typeof json === 'string') why = 'a function, a promise, a Map or the like is in it';
  } catch (error) {
    why = error instanceof Error ? error.message : String(error);
  }
  const message = `what it exports is no plain data: ${why}`;
  throw new ConfigError([{ severity: 'error', message, file }]);
}

/** JSON leaves out what it has no form for, and a limit that is left out is none. It has no cycles. */
function isPlain(value: unknown): boolean {
  if (typeof value === 'function' || typeof value === 'symbol') return false;
  if (typeof value !== 'object' || value === null) return true;
  const prototype: unknown = Object.getPrototypeOf(value);
  const isData = Array.isArray(value) || prototype === Object.prototype || prototype === null;
  return isData && Object.values(value).every(isPlain);
}

/** Nobody has seen the text that was made of a program's export: a key says where. */
function withKeyPath(problem: Problem, root: Written | undefined): Problem {
  const { severity, file, hint, range } = problem;
  const path = range && root ? pathTo(range.start, root) : [];
  const message = [...(path.length > 0 ? [path.join('.')] : []), problem.message].join(': ');
  return { severity, message, ...(hint !== undefined && { hint }), file };
}

/** The keys that lead to what stands there; to a key leads the way to its mapping. */
function pathTo(offset: number, node: Written): readonly string[] {
  if (node.kind !== 'map') return [];
  for (const [key, { value }] of node.entries) {
    const { start, end } = value.range;
    if (start <= offset && offset < end) return [key, ...pathTo(offset, value)];
  }
  return [];
}

/** Names under which somebody may keep a secret. */
const secretive = /key|secret|token|passw/i;

/** What stands under such a name is refused, and its range told so that it is shown to nobody. */
function takeOutSecrets(node: Written, findings: Findings, hidden: SourceRange[]): Written {
  if (node.kind !== 'map') return node;
  const entries = new Map<string, WrittenEntry>();
  for (const [key, entry] of node.entries) {
    if (secretive.test(key)) {
      hidden.push(entry.value.range);
      findings.error(
        entry.keyRange,
        `${quoted(key)} is no key of a configuration, and secrets have no place in one`,
        'set WIRO_API_KEY and WIRO_API_SECRET in the environment, or name a file of them with --env-file',
      );
    } else {
      entries.set(key, { ...entry, value: takeOutSecrets(entry.value, findings, hidden) });
    }
  }
  return { ...node, entries };
}

function withHidden(problem: Problem, hidden: readonly SourceRange[]): Problem {
  const { text } = problem;
  if (text === undefined || hidden.length === 0) return problem;
  const shown = hidden.reduce(
    (rest, { start, end }) =>
      rest.slice(0, start) + rest.slice(start, end).replace(/[^\r\n]/g, '*') + rest.slice(end),
    text,
  );
  return { ...problem, text: shown };
}

/** What stands behind such a name, also where the text is no YAML: `WIRO_API_KEY=...` */
const behindName =
  /(?<=[\w-]*(?:key|secret|token|passw)[\w-]*\\?["']?\s*[:=]\s*\\?["']?)[^\s,}\]"'\\]+(?:[ \t]+[^\s,}\]"'\\]+)*/gi;

/** Nothing moves by it. */
function withoutSecrets(problem: Problem): Problem {
  const hide = (text: string) => text.replace(behindName, (found) => '*'.repeat(found.length));
  const { message, text } = problem;
  return { ...problem, message: hide(message), ...(text !== undefined && { text: hide(text) }) };
}
