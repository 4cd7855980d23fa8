/**
 * The JSON Schemas of what is read here. They ship beside the code, and editors read the same files: what
 * they say holds at run time too. The only files that `manifest/` reads by itself.
 */
import { readFileSync } from 'node:fs';

/** The schema of manifests as text, as `songbatch schema` prints it. */
export function manifestSchemaText(): string {
  return readFileSync(new URL('../../schemas/manifest.schema.json', import.meta.url), 'utf8');
}

/** The schema of model descriptions in files. */
export function modelSchemaText(): string {
  return readFileSync(new URL('../../schemas/model.schema.json', import.meta.url), 'utf8');
}
