/** The environment variables that songbatch reads for itself, and names that somebody took for them. */
import { likely } from '../manifest/nearest.ts';

const known = [
  'WIRO_API_KEY',
  'WIRO_API_SECRET',
  'WIRO_BASE_URL',
  'WIRO_SOCKET_URL',
  'SONGBATCH_DATE',
  'SONGBATCH_RUN_ID',
  'SONGBATCH_ENGINE',
  'SONGBATCH_QUEUE',
];

export interface MisspeltVariable {
  readonly name: string;
  readonly meant: string;
}

/** Variables that look like ours, where the one that must be meant is not set. */
export function misspeltVariables(environment: NodeJS.ProcessEnv): readonly MisspeltVariable[] {
  const endings = known.map(withoutPrefix);
  return Object.keys(environment).flatMap((name) => {
    if (known.includes(name) || withoutPrefix(name) === name) return [];
    const ending = likely(withoutPrefix(name), endings);
    const meant = known.find((each) => withoutPrefix(each) === ending);
    return meant === undefined || environment[meant] ? [] : [{ name, meant }];
  });
}

function withoutPrefix(name: string): string {
  return name.replace(/^(WIRO|SONGBATCH)_/i, '');
}
