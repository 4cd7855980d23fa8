/**
 * `--env-file`: lines NAME=VALUE that are taken for the environment, where it does not say otherwise.
 *
 * What a value means is Node's to say (`util.parseEnv`): quotes of three kinds, `\n` within double ones,
 * lines within any, `# comments`, `export` before the name. Node passes over what it does not understand;
 * here that is an error, told with its line but never with what stands there: it may hold a secret.
 *
 *     # of the nightly job
 *     WIRO_API_KEY=…
 *     export WIRO_API_SECRET="…"
 *
 * Node looks at `--env-file` wherever it stands, also behind the name of a script. It takes nothing from such
 * a file but NODE_OPTIONS; one that is not there, however, it refuses itself ("node: .env: not found", exit
 * code 9) before anything of this runs. Only `node -- script` prevents that, which no executable of a
 * package can ask for everywhere: the `env` of busybox knows no `-S`.
 */
import { resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { diskSources } from '../batch/disk-sources.ts';
import { UsageError } from '../batch/usage-error.ts';

/** A variable, and where it was set: `.env:3`. */
export interface FiledVariable {
  readonly name: string;
  readonly value: string;
  readonly place: string;
}

const largestEnvFile = 1024 * 1024;
/** Lines; a file with more is not one of these. */
const mostTold = 10;

/**
 * In the order written; of variables with one name the last one holds.
 *
 * @param files as typed
 */
export function readEnvFiles(
  files: readonly string[],
  workingDirectory: string,
): readonly FiledVariable[] {
  return files.flatMap((file) => {
    const text = diskSources.readText(resolve(workingDirectory, file), largestEnvFile);
    if (typeof text !== 'string') {
      throw new UsageError(`--env-file ${file} cannot be read: ${text.unreadable}`);
    }
    const { variables, faults } = parseEnvFile(text);
    if (faults.length > 0) {
      throw new UsageError(
        faults
          .slice(0, mostTold)
          .map(({ line, what }) => `${file}:${line}: ${what}`)
          .join('\nerror: '),
        'a line is NAME=VALUE or a # comment; what stands there is not shown, as it may be a secret',
      );
    }
    return variables.map(({ line, ...variable }) => ({ ...variable, place: `${file}:${line}` }));
  });
}

interface ParsedEnvFile {
  readonly variables: readonly { readonly name: string; value: string; readonly line: number }[];
  readonly faults: readonly { readonly line: number; readonly what: string }[];
}

const blank = /[^\S\n]*(?:#[^\n]*)?(?:\n|$)/y;
/** The name, and its value: up to the end of its line, or quoted, with nothing but a comment behind. */
const assignment =
  /[^\S\n]*(?:export[ \t]+)?([A-Za-z_]\w*)[ \t]*=[ \t]*(?:(?![ \t"'`])[^\n]*|(["'`])(?:(?!\2)[^])*\2[^\S\n]*(?:#[^\n]*)?)(?:\n|$)/y;
const brokenQuote = /[^\S\n]*(?:export[ \t]+)?[A-Za-z_]\w*[ \t]*=/y;
const anything = /[^\n]*(?:\n|$)/y;

/** Cuts the text where an assignment ends, so that each has its line, and Node reads it by itself. */
export function parseEnvFile(written: string): ParsedEnvFile {
  const text = written.replaceAll('\r\n', '\n');
  const variables: { name: string; value: string; line: number }[] = [];
  const faults: { line: number; what: string }[] = [];
  for (let at = 0, line = 1; at < text.length;) {
    const matchHere = (pattern: RegExp) => {
      pattern.lastIndex = at;
      return pattern.exec(text);
    };
    const set = matchHere(assignment);
    const [piece] = set ?? matchHere(blank) ?? matchHere(anything) ?? [''];
    const name = set?.[1];
    if (name !== undefined) variables.push({ name, value: parseEnv(piece)[name] ?? '', line });
    else if (matchHere(brokenQuote))
      faults.push({ line, what: 'the quotes have no end, or more than a comment behind it' });
    else if (!matchHere(blank)) faults.push({ line, what: 'this is not NAME=VALUE' });
    at += piece.length;
    line += piece.split('\n').length - 1;
  }
  return { variables, faults };
}
