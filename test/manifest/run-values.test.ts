/** `{date}`, `{runId}` and `{env.NAME}`: where songs go, and never what is bought. */
import { describe, expect, test } from 'vitest';
import fc from '../fast-check.ts';
import { renderProblem } from '../../src/manifest/frame.ts';
import type { Manifest } from '../../src/manifest/manifest.ts';
import { standIns, type RunValues } from '../../src/manifest/run-values.ts';
import { makePlan } from '../../src/plan/plan.ts';
import { manifestWith, read } from './rig.ts';

const values: RunValues = {
  date: '2026-11-22',
  runId: 'build 17/3',
  env: new Map([
    ['BRANCH', 'feature/dusk'],
    ['REGION', undefined],
    ['EMPTY', ''],
  ]),
};

function text(output: string): string {
  return manifestWith(`matrix: { seed: [1, 2] }\noutput: ${output}\n`);
}

function accepted(output: string, given = values): Manifest {
  const { manifest, problems } = read(text(output), {}, given);
  if (!manifest) throw new Error(problems.map(renderProblem).join('\n\n'));
  return manifest;
}

function frames(output: string, given = values): string {
  return read(text(output), {}, given).problems.map(renderProblem).join('\n\n');
}

describe('in output.dir', () => {
  test('they become parts of the path, safe as labels are', () => {
    const { dir } = accepted('{ dir: "out/{date}/{env.BRANCH}-{runId}" }').output;
    expect(dir).toBe('/home/ann/out/2026-11-22/feature-dusk-build-17-3');
  });

  test('the folder of another day is told, where the day makes a difference', () => {
    const { dirOn } = accepted('{ dir: "out/{date}/{env.BRANCH}/{date}" }').output;
    expect(dirOn?.('2026-11-21')).toBe('/home/ann/out/2026-11-21/feature-dusk/2026-11-21');
    expect(accepted('{ dir: "out/{runId}" }').output.dirOn).toBeUndefined();
    expect(accepted('{ name: "{date}/{seed}" }').output.dirOn).toBeUndefined();
  });

  test.each([
    ['{dat}', 'unknown placeholder "{dat}"', 'did you mean "date"?'],
    [
      '{}',
      'unknown placeholder "{}"',
      'in output.dir there is date, runId, env.BRANCH, env.REGION and env.EMPTY',
    ],
    [
      '{seed}',
      '{seed} differs from song to song, and output.dir is one folder for all',
      'put it into output.name, which may have folders of its own',
    ],
    ['{date', 'a brace without its partner in "out/{date"', undefined],
  ])('refused: %s', (dir, message, hint) => {
    expect(read(text(`{ dir: "out/${dir}" }`), {}, values).problems).toMatchObject([
      { severity: 'error', message, ...(hint !== undefined && { hint }) },
    ]);
  });
});

describe('in output.name', () => {
  test('they are text between the labels of axes', () => {
    expect(accepted('{ name: "{date}/{env.BRANCH}_s{seed}" }').output.name).toEqual([
      { text: '2026-11-22' },
      { text: '/' },
      { text: 'feature-dusk' },
      { text: '_s' },
      { axis: 'seed' },
    ]);
  });

  test('an unknown one is told with what it is near to', () => {
    expect(frames('{ name: "{runid}_{seed}" }')).toContain('did you mean "runId"?');
    expect(frames('{ name: "{env.BRANSH}_{seed}" }')).toContain('did you mean "BRANCH"?');
  });

  test('two jobs with one name are found all the same', () => {
    const plan = makePlan(accepted('{ name: "{date}" }'));
    expect(plan).toMatchObject({ problems: [{ severity: 'error' }] });
  });
});

describe('a value that cannot be had is an error in its place', () => {
  test('nobody has named the run', () => {
    expect(frames('{ dir: "out/{runId}" }', { date: '2026-11-22' })).toMatchInlineSnapshot(`
      "batches/night.yaml:4:16 error: {runId} has no value: nobody has said which run this is
        4 | output: { dir: "out/{runId}" }
          |                ^~~~~~~~~~~~~
      hint: give --run-id or SONGBATCH_RUN_ID; on GitHub, GitLab, Jenkins and other CI it is known"
    `);
  });

  test('a variable that is not allowed, not set, or empty', () => {
    expect(frames('{ dir: "out/{env.HOME}" }')).toMatchInlineSnapshot(`
      "batches/night.yaml:4:16 error: manifests may not use the environment variable HOME
        4 | output: { dir: "out/{env.HOME}" }
          |                ^~~~~~~~~~~~~~~~
      hint: the configuration allows it: "env: [HOME]" in songbatch.config.yaml"
    `);
    expect(frames('{ dir: "{env.REGION}" }')).toContain('variable REGION is not set');
    expect(frames('{ dir: "{env.EMPTY}" }')).toContain('variable EMPTY is not set');
  });

  test.each(['', ' BRANCH', 'BR-ANCH', '1ST', '__proto__.x'])('no variable: {env.%s}', (name) => {
    expect(frames(`{ dir: "{env.${name}}" }`)).toContain('is not the name of an environment');
  });

  test.each(['WIRO_API_KEY', 'WIRO_BASE_URL', 'NPM_TOKEN', 'my_secret', 'DB_PASSWORD', 'PGPASSWD'])(
    'what may be a secret is refused even where it is allowed: %s',
    (name) => {
      const shown = frames(`{ name: "{env.${name}}_{seed}" }`, {
        env: new Map([[name, 'hush-2718']]),
      });
      expect(shown).toContain(`${name} may hold a secret`);
      expect(shown).not.toContain('hush-2718');
    },
  );

  test('nothing is given: the library was asked without values', () => {
    expect(read(text('{ dir: "{date}" }')).problems).toMatchObject([
      { message: '{date} has no value here' },
    ]);
  });
});

test('a manifest that is looked at and not run has them all, and no others', () => {
  const { dir } = accepted('{ dir: "out/{date}/{runId}/{env.BRANCH}" }', standIns).output;
  expect(dir).toBe('/home/ann/out/date/runId/BRANCH');
  expect(frames('{ dir: "{day}" }', standIns)).toContain('date, runId and env.NAME');
  expect(frames('{ dir: "{env.NPM_TOKEN}" }', standIns)).toContain('may hold a secret');
});

test('what is bought does not depend on them', () => {
  const idsOn = (date: string): readonly string[] => {
    const plan = makePlan(
      accepted('{ dir: "out/{date}", name: "{date}_{runId}_{seed}" }', { ...values, date }),
    );
    if ('problems' in plan) throw new Error(plan.problems.map(({ message }) => message).join());
    return Array.from(plan.planned(), ({ id }) => id);
  };
  expect(idsOn('2026-11-21')).toEqual(idsOn('2026-11-22'));
});

test('whatever the world says, no path leaves its folder or hides in it', () => {
  const anything = fc.oneof(
    fc.string({ unit: 'binary', minLength: 1 }),
    fc
      .array(fc.constantFrom('..', '/', '\\', '.', '-', '~', '\0', '\x1b[2J', 'CON', '{date}'), {
        minLength: 1,
      })
      .map((pieces) => pieces.join('')),
    fc.constant('x'.repeat(5000)),
  );
  fc.assert(
    fc.property(anything, anything, (runId, branch) => {
      const { output } = accepted('{ dir: "out/{runId}/{env.BRANCH}", name: "{runId}/{seed}" }', {
        runId,
        env: new Map([['BRANCH', branch]]),
      });
      expect(output.dir).toMatch(/^\/home\/ann\/out\/[^/]+\/[^/]+$/);
      const [folder] = output.name;
      for (const part of [
        ...output.dir.split('/').slice(4),
        folder && 'text' in folder ? folder.text : '',
      ]) {
        expect(part).toMatch(/^[^.\-/\\~\p{Cc}][^/\\~\p{Cc}]*$/u);
        expect(Buffer.byteLength(part)).toBeLessThanOrEqual(80);
      }
    }),
    { numRuns: 500 },
  );
});
