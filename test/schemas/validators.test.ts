/** What the build puts in the place of `src/schemas/validators.ts` is the same, and of today's schemas. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import fc from '../fast-check.ts';
import { validatorsCode } from '../../build-validators.ts';
import { yue } from '../../src/manifest/yue.ts';
import * as source from '../../src/schemas/validators.ts';

const root = resolve(import.meta.dirname, '../..');
const builtFile = join(root, 'dist/schemas/validators.js');
type Validators = Omit<typeof source, 'ajv'>;

test('dist has the code of the schemas as they are', () => {
  // Compared here: the difference would be printed, and nobody can read it.
  expect(readFileSync(builtFile, 'utf8') === validatorsCode(), 'npm run build').toBe(true);
});

const example = (name: string): unknown =>
  parse(readFileSync(join(root, 'examples/batches', `${name}.yaml`), 'utf8'));

const config = {
  baseUrl: 'https://api.example.com/v1',
  limits: { tasks: 4, requestsPerSecond: 2.5, budget: 10 },
  timeouts: { answer: '30s', download: '1m' },
  logFormat: 'json',
  logFile: 'run.ndjson',
  logLevel: 'warn',
  failOn: 'all',
  sandbox: { workers: 2, speed: 100 },
};

const plan = {
  $schema: 'https://songbatch.dev/schemas/plan.schema.json',
  format: 1,
  batch: 'test',
  manifest: 'm.yaml',
  model: 'acme/humming',
  service: 'api.example.com',
  folder: 'out',
  axes: { seed: { values: 1, labels: ['1'] } },
  selection: { only: ['seed=1'], skip: [], shard: '1/2' },
  counts: { jobs: 2, selected: 1, toBuy: 1 },
  price: { perSongUsd: '0.05', totalUsd: '0.05', atMostUsd: '0.0625' },
  budgetUsd: '5',
  jobs: { d0ffcb2d07db4596deec2e1883876766: 'vocal/1' },
};

describe.each<[keyof Validators, string, unknown]>([
  ['validateManifest', 'quickstart', example('quickstart')],
  ['validateManifest', 'nightly', example('nightly')],
  ['validateManifest', 'tag-matrix', example('tag-matrix')],
  ['validateConfig', 'a configuration', config],
  ['validateModel', 'a description', { model: 'acme/humming', parameters: yue.parameters }],
  ['validatePlan', 'a plan', plan],
])('%s of %s', (name, _, document) => {
  const verdict = async (subject: unknown) => {
    const built = (await import(pathToFileURL(builtFile).href)) as Validators;
    return [built, source].map((validators) => {
      const validate = validators[name];
      return { valid: validate(subject), errors: validate.errors };
    });
  };

  test('accepts it', async () => {
    const valid = { valid: true, errors: null };
    expect(await verdict(document)).toEqual([valid, valid]);
  });

  test('finds the same errors, whatever is put into it', async () => {
    const damage = fc.array(fc.tuple(fc.nat(), anything()), { minLength: 1, maxLength: 3 });
    let invalid = 0;
    await fc.assert(
      fc.asyncProperty(damage, async (changes) => {
        const subject = changes.reduce(replaced, document);
        const [built, compiled] = await verdict(subject);
        expect(built).toEqual(compiled);
        if (!built?.valid) invalid++;
      }),
    );
    expect(invalid).toBeGreaterThan(0);
  });
});

function anything(): fc.Arbitrary<unknown> {
  const scalar = fc.oneof(
    fc.constantFrom(null, true, '', 'x', '3 songs', '5m', 'https://example.com', 'not a URL'),
    fc.integer(),
    fc.double({ noNaN: true }),
    fc.string({ unit: 'grapheme' }),
  );
  return fc.oneof(
    scalar,
    fc.array(scalar, { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('id', 'seed', 'from', 'to', 'tags', 'odd'), scalar),
  );
}

/** The document with the n-th of its parts (from the first again, beyond the last) replaced. */
function replaced(document: unknown, [n, replacement]: readonly [number, unknown]): unknown {
  const copy = structuredClone(document);
  const places: (() => void)[] = [];
  const walk = (part: unknown): void => {
    if (typeof part !== 'object' || part === null) return;
    const parent = part as Record<string, unknown>;
    for (const [key, child] of Object.entries(parent)) {
      places.push(() => {
        parent[key] = replacement;
      });
      walk(child);
    }
  };
  walk(copy);
  places[n % places.length]?.();
  return copy;
}
