/**
 * The JSON Schema of manifests. It ships beside the code, and editors read the same file: what it
 * says holds at run time too. The only file that `manifest/` reads by itself.
 */
import { readFileSync } from 'node:fs';

/** The schema as text, as `songbatch schema` prints it. */
export function manifestSchemaText(): string {
  return readFileSync(new URL('../../schemas/manifest.schema.json', import.meta.url), 'utf8');
}
