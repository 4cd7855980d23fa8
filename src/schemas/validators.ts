/**
 * The JSON Schemas of what users write, as functions. Compiling them takes longer than all else that
 * `plan` does: here, as the tests run it, that is done on import; for the package the build does it, and
 * puts the code of the functions in the place of this module (`build.ts`).
 */
import ajvFormats from 'ajv-formats';
import type { AnySchemaObject, ValidateFunction } from 'ajv/dist/2020.js';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { type SchemaName, schemaText } from './text.ts';

/** For the build only. Errors come with the part of the schema that speaks (`verbose`). */
export const ajv = new Ajv2020({
  allErrors: true,
  verbose: true,
  strict: true,
  strictRequired: false,
  allowUnionTypes: true,
  code: { source: true, esm: true },
});
ajvFormats.default(ajv);

export const validateManifest = compiled('manifest');
export const validateConfig = compiled('config');
export const validateModel = compiled('model');
export const validatePlan = compiled('plan');
export const validateSchedule = compiled('schedule');

function compiled(name: SchemaName): ValidateFunction {
  return ajv.compile(JSON.parse(schemaText(name)) as AnySchemaObject);
}
