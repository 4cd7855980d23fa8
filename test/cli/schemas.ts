/** Holds what the CLI really printed against the schemas that are published for it. */
import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import ajvFormats from 'ajv-formats';
import { expect } from 'vitest';

const ajv = new Ajv2020({ allErrors: true, strict: true, strictRequired: false });
ajvFormats.default(ajv);

function validatorOf(name: string) {
  const file = new URL(`../../schemas/${name}.schema.json`, import.meta.url);
  return ajv.compile(JSON.parse(readFileSync(file, 'utf8')) as object);
}

const validators = {
  summary: validatorOf('summary'),
  status: validatorOf('status'),
  log: validatorOf('log'),
  ranking: validatorOf('ranking'),
  schedules: validatorOf('schedules'),
};

/** The text as the document that it is, once the schema has found nothing wrong with it. */
export function validated(name: keyof typeof validators, text: string): Record<string, unknown> {
  const document: unknown = JSON.parse(text);
  const validate = validators[name];
  validate(document);
  expect(validate.errors ?? [], text).toEqual([]);
  return document as Record<string, unknown>;
}

export interface LogLine {
  readonly level: number;
  readonly event: string;
  readonly msg: string;
  readonly batch?: string;
  readonly job?: string;
  readonly task?: string;
  readonly attempt?: number;
  readonly reason?: string;
  readonly exitCode?: number;
}

/** Every line of a log, once each is found to be as the schema has it. */
export function logLines(text: string): readonly LogLine[] {
  expect(text).toMatch(/\n$/);
  return text
    .trimEnd()
    .split('\n')
    .map((line) => validated('log', line) as unknown as LogLine);
}
