/**
 * Placeholders that stand for something about a run, in `output.dir` and `output.name`: `{date}`,
 * `{runId}` and `{env.NAME}`. No parameter can have one, so what is bought never depends on them.
 *
 * What they stand for comes in as a value, since a manifest is read without clock and environment, and it
 * is somebody else's word: it becomes a label, which no path can be led astray by.
 */
import { quoted } from './findings.ts';
import { safeLabel } from './label.ts';
import { didYouMean } from './nearest.ts';

export interface RunValues {
  /** `2026-11-22`: in UTC, or in the time zone of a schedule. */
  readonly date?: string;
  readonly runId?: string | undefined;
  /** The environment variables that the configuration allows; undefined where one is not set. */
  readonly env?: ReadonlyMap<string, string | undefined> | 'any';
}

/** For a manifest that is looked at and not run: every placeholder stands for its own name. */
export const standIns: RunValues = { date: 'date', runId: 'runId', env: 'any' };

export interface TemplateFault {
  readonly fault: string;
  readonly hint?: string | undefined;
}

/** What stands between braces, or text between that. */
export type TemplatePiece = { readonly text: string } | { readonly placeholder: string };

export function splitTemplate(template: string): readonly TemplatePiece[] | TemplateFault {
  const pieces: TemplatePiece[] = [];
  for (const piece of template.split(/(\{[^{}]*\})/)) {
    if (piece === '') continue;
    if (piece.startsWith('{') && piece.endsWith('}')) {
      pieces.push({ placeholder: piece.slice(1, -1) });
    } else if (/[{}]/.test(piece)) {
      return { fault: `a brace without its partner in ${quoted(piece)}` };
    } else {
      pieces.push({ text: piece });
    }
  }
  return pieces;
}

/** Names of what can be had, for hints. */
export function runPlaceholders({ env }: RunValues): readonly string[] {
  const names = env === 'any' ? ['NAME'] : Array.from(env?.keys() ?? []);
  return ['date', 'runId', ...names.map((name) => `env.${name}`)];
}

/** Undefined: this is no placeholder of a run. */
export function runValueOf(
  placeholder: string,
  values: RunValues,
): { readonly text: string } | TemplateFault | undefined {
  if (placeholder === 'date') {
    return values.date === undefined
      ? { fault: '{date} has no value here' }
      : { text: safeLabel(values.date) };
  }
  if (placeholder === 'runId') {
    return values.runId === undefined ? nobodyNamedTheRun : { text: safeLabel(values.runId) };
  }
  return placeholder.startsWith('env.')
    ? variable(placeholder.slice('env.'.length), values.env ?? new Map())
    : undefined;
}

/** One made up here would be another in the next run, and the same command would not go on. */
const nobodyNamedTheRun: TemplateFault = {
  fault: '{runId} has no value: nobody has said which run this is',
  hint: 'give --run-id or SONGBATCH_RUN_ID; on GitHub, GitLab, Jenkins and other CI it is known',
};

/** Rather too many: a name in a folder is there for all to read. */
const secretName = /^WIRO_|KEY|SECRET|TOKEN|PASSW|PASSPHRASE|PWD|CREDENTIAL|COOKIE|PRIVATE/i;

function variable(
  name: string,
  allowed: NonNullable<RunValues['env']>,
): { readonly text: string } | TemplateFault {
  if (!/^[A-Za-z_]\w*$/.test(name)) {
    const hint = 'write {env.BRANCH} for the variable BRANCH';
    return { fault: `${quoted(name)} is not the name of an environment variable`, hint };
  }
  if (secretName.test(name)) {
    return {
      fault: `the environment variable ${name} may hold a secret, which has no place in the names of files`,
      hint: 'if it is none, give it under another name',
    };
  }
  if (allowed === 'any') return { text: name };
  if (!allowed.has(name)) {
    return {
      fault: `manifests may not use the environment variable ${name}`,
      hint:
        didYouMean(name, Array.from(allowed.keys())) ??
        `the configuration allows it: "env: [${name}]" in songbatch.config.yaml`,
    };
  }
  const value = allowed.get(name);
  return value === undefined || value === ''
    ? { fault: `the environment variable ${name} is not set` }
    : { text: safeLabel(value) };
}
