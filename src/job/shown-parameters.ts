/**
 * What a job sends, as files that are passed on show it: without user names in URLs (credentials of a
 * kind), and without where files lie on this machine.
 */
import { basename } from 'node:path';
import {
  isLocalFile,
  type ParameterSource,
  type ParameterSources,
} from '../manifest/parameters.ts';

export function shownParameters(parameters: ParameterSources): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(parameters).map(([name, source]) => [name, shownSource(source)]),
  );
}

function shownSource(source: ParameterSource): unknown {
  if (typeof source === 'string') return withoutUserInfo(source);
  return isLocalFile(source) ? { file: basename(source.file), sha256: source.sha256 } : source;
}

/** `https://name:password@host/song.mp3` -> `https://host/song.mp3`; any other text as it is. */
function withoutUserInfo(text: string): string {
  const url = /^https?:\/\/[^/?#\s]*@\S*$/i.test(text) ? URL.parse(text) : null;
  if (!url) return text;
  url.username = '';
  url.password = '';
  return url.href;
}
