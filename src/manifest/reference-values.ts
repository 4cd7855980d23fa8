/** Values of the reference axis: a URL, a song on this machine, or none. */
import { basename, extname } from 'node:path';
import { quoted } from './findings.ts';
import { safeLabel } from './label.ts';
import { absolute, shown, type ReadValue, type Reading } from './reading.ts';
import { readId } from './value-id.ts';
import { fieldOf, wordsOf, type Written } from './written.ts';

const audioExtensions = ['.mp3', '.wav', '.m4a'];

/** @returns undefined where it has errors */
export function readReference(node: Written, reading: Reading): ReadValue | undefined {
  const bare = wordsOf(node);
  if (bare === 'none') return { label: 'none', parameters: {}, range: node.range };
  if (bare !== undefined) return bareReference(node, bare, reading);

  const id = readId(node, reading);
  const urlNode = fieldOf(node, 'url');
  const url = wordsOf(urlNode);
  if (urlNode && url !== undefined) return urlReference(urlNode, url, reading, id);
  const fileNode = fieldOf(node, 'file');
  const file = wordsOf(fileNode);
  return fileNode && file !== undefined ? fileReference(fileNode, file, id, reading) : undefined;
}

/** http and https only: Wiro fetches it, and nothing else would be safe to hand on. */
export function parseAudioUrl(text: string): URL | undefined {
  const url = URL.parse(text);
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') return undefined;
  return /[\s\p{Cc}]/u.test(text) ? undefined : url;
}

function bareReference(node: Written, text: string, reading: Reading): ReadValue | undefined {
  if (/^[a-z][a-z0-9+.-]*:/i.test(text)) return urlReference(node, text, reading);
  reading.findings.error(
    node.range,
    `${quoted(text)} is neither a URL nor "none"`,
    'a song on this machine is written { id: my-song, file: songs/my-song.mp3 }',
  );
  return undefined;
}

function urlReference(
  node: Written,
  text: string,
  reading: Reading,
  id?: string,
): ReadValue | undefined {
  const url = parseAudioUrl(text);
  if (!url) {
    reading.findings.error(node.range, `${quoted(text)} is not an http or https URL`);
    return undefined;
  }
  return {
    label: id ?? safeLabel(stemOf(url)),
    parameters: { inputAudioUrl: text },
    range: node.range,
    origin: text,
  };
}

/** The last part of the path without its extension, else the host. */
function stemOf(url: URL): string {
  const last = url.pathname.split('/').findLast((part) => part !== '') ?? '';
  const stem = decoded(basename(last, extname(last)));
  return stem === '' ? url.hostname : stem;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a "%" that starts no escape
  }
}

function fileReference(
  node: Written,
  path: string,
  id: string | undefined,
  reading: Reading,
): ReadValue | undefined {
  if (!audioExtensions.includes(extname(path).toLowerCase())) {
    reading.findings.error(node.range, `${quoted(path)} is not an mp3, wav or m4a file`);
    return undefined;
  }
  const origin = absolute(path, reading);
  const file = reading.sources.identify(origin);
  if ('unreadable' in file) {
    const name = shown(origin, reading);
    reading.findings.error(node.range, `cannot read ${quoted(name)}: ${file.unreadable}`);
    return undefined;
  }
  return {
    label: id ?? safeLabel(basename(path, extname(path))),
    parameters: { inputAudioUrl: file },
    range: node.range,
    origin,
  };
}
