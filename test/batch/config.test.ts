/** Nothing that can be written into a configuration makes its reader stumble. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, onTestFinished, test } from 'vitest';
import fc from '../fast-check.ts';
import { ConfigError } from '../../src/batch/config-error.ts';
import { loadConfig } from '../../src/batch/config.ts';
import { renderProblem } from '../../src/manifest/frame.ts';
import { schemaText } from '../../src/schemas/text.ts';

const good = `$schema: https://songbatch.dev/schemas/config.schema.json
baseUrl: https://api.example.com/v1
socketUrl: none
webhook: { url: "https://ci.example.com/hook", listen: "8787" }
limits:
  tasks: 3
  requestsPerSecond: 2.5
  budget: 10
timeouts: { answer: 10s, download: 1m }
logFormat: json
sandbox: { workers: 2, speed: 10, format: flac }
`;

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'songbatch-config-'));
  onTestFinished(() => {
    rmSync(made, { recursive: true, force: true });
  });
  return made;
}

test('the good one is read as it is', async () => {
  const workingDirectory = folder();
  writeFileSync(join(workingDirectory, '.songbatchrc'), good);
  expect(await loadConfig({ workingDirectory })).toMatchObject({
    webhook: { url: 'https://ci.example.com/hook', listen: '8787' },
    limits: { tasks: 3, requestsPerSecond: 2.5, budget: 10 },
    sandbox: { workers: 2, speed: 10, format: 'flac' },
  });
});

test.each(['.songbatchrc', 'package.json'])(
  'whatever is in %s, it is read or refused with problems',
  async (file) => {
    const workingDirectory = folder();
    const text =
      file === 'package.json'
        ? JSON.stringify(
            { name: 'x', songbatch: { limits: { tasks: 3 }, logFormat: 'json' } },
            undefined,
            1,
          )
        : good;
    const piece = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 8 }),
      fc.constantFrom(
        '',
        '\n',
        '  ',
        '- ',
        ': ',
        '{',
        '}',
        '[',
        ']',
        '"',
        '&a ',
        '*a',
        '!!map ',
        '0',
        'token: ',
      ),
    );
    const change = fc.tuple(fc.nat(text.length), fc.nat(20), piece);
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 3 }), async (changes) => {
        const changed = changes.reduce(
          (rest, [at, gone, put]) => rest.slice(0, at) + put + rest.slice(at + gone),
          text,
        );
        writeFileSync(join(workingDirectory, file), changed);
        try {
          expect(typeof (await loadConfig({ workingDirectory }))).toBe('object');
        } catch (error) {
          if (!(error instanceof ConfigError)) throw error;
          refused++;
          expect(error.problems.length).toBeGreaterThan(0);
          for (const problem of error.problems) {
            expect(renderProblem(problem).startsWith(file)).toBe(true);
          }
        }
      }),
      { numRuns: 300 },
    );
    expect(refused).toBeGreaterThan(0);
  },
);

interface Schema {
  readonly title?: string;
  readonly description?: string;
  readonly $ref?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly $defs?: Readonly<Record<string, Schema>>;
  readonly examples?: readonly unknown[];
  readonly default?: unknown;
}

function* parts(part: Schema, path: string): Generator<[string, Schema]> {
  yield [path, part];
  for (const [key, child] of Object.entries(part.properties ?? {})) {
    yield* parts(child, `${path}.${key}`);
  }
  if (part.items) yield* parts(part.items, `${path}[]`);
  for (const [key, child] of Object.entries(part.$defs ?? {})) yield* parts(child, `#${key}`);
}

test.each(['config', 'settings'] as const)(
  'the schema of %s describes every key, names what may be wrong, and accepts its own examples',
  (name) => {
    const schema = JSON.parse(schemaText(name)) as Schema;
    for (const [path, part] of parts(schema, '')) {
      if (!path.startsWith('#'))
        expect([path, part.description]).toEqual([path, expect.any(String)]);
      if (part.$ref === undefined) expect([path, part.title]).toEqual([path, expect.any(String)]);
      const { $defs } = schema;
      const validate = new Ajv2020({ allowUnionTypes: true }).compile({ ...part, $defs });
      const samples = [
        ...(part.examples ?? []),
        ...(part.default === undefined ? [] : [part.default]),
      ];
      for (const sample of samples) {
        expect([path, sample, validate(sample)]).toEqual([path, sample, true]);
      }
    }
  },
);
