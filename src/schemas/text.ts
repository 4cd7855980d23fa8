/**
 * The JSON Schemas that ship with the package. They lie beside the code, and editors read the same
 * files: what they say holds at run time too.
 */
import { readFileSync } from 'node:fs';

export const schemaNames = [
  'manifest',
  'config',
  'settings',
  'metadata',
  'measures',
  'ratings',
  'ranking',
  'model',
  'plan',
  'plan-report',
  'drift',
  'lint',
  'summary',
  'status',
  'log',
  'schedule',
  'schedules',
] as const;

export type SchemaName = (typeof schemaNames)[number];

/** A schema as text, as `songbatch schema` prints it. */
export function schemaText(name: SchemaName): string {
  return readFileSync(new URL(`../../schemas/${name}.schema.json`, import.meta.url), 'utf8');
}
