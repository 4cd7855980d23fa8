/** What is known of a model, and what a manifest is told by it. */
import { describe, expect, test } from 'vitest';
import fc from '../fast-check.ts';
import { compareModels, isSame } from '../../src/manifest/model-changes.ts';
import { modelFileText, readModelFile } from '../../src/manifest/model-file.ts';
import type { ModelParameter } from '../../src/manifest/model.ts';
import { yue, yueDefaults, yueModel } from '../../src/manifest/yue.ts';
import { makePlan } from '../../src/plan/plan.ts';
import { accepted, errors, frames, labels, manifestWith, read, values, type Files } from './rig.ts';

const parameter: Omit<ModelParameter, 'id'> = {
  type: 'text',
  label: '',
  required: false,
  default: '',
  options: undefined,
  note: '',
};

const humming = {
  model: 'acme/humming',
  parameters: [
    { ...parameter, id: 'prompt', type: 'textarea', required: true },
    { ...parameter, id: 'voice', type: 'select', options: ['low', 'High'] },
    { ...parameter, id: 'mood', type: 'multiselect', options: ['calm', 'wild'] },
    { ...parameter, id: 'steps', type: 'range', default: '20' },
  ],
};
const hummingFile = '.songbatch/models/acme/humming.json';
const yueFile = `.songbatch/models/${yueModel}.json`;
const files: Files = { [hummingFile]: modelFileText(humming) };

const hum = (rest: string) => `name: hum\nmodel: Acme/Humming\n${rest}`;
const warnings = (text: string, given: Files = files) =>
  read(text, given)
    .problems.filter(({ severity }) => severity === 'warning')
    .map(({ message }) => message);

describe('parameters for every job', () => {
  test('are sent as text, or as a list of texts', () => {
    const manifest = accepted(
      hum(
        'parameters: { prompt: la, steps: 30, voice: low, mood: [calm, wild], a.b-c: true, x: "", y: 0.10, z: "0.10" }',
      ),
      files,
    );
    expect(manifest.defaults).toEqual({
      prompt: 'la',
      steps: '30',
      voice: 'low',
      mood: ['calm', 'wild'],
      'a.b-c': 'true',
      x: '',
      y: '0.1',
      z: '0.10',
    });
  });

  test.each([
    ['steps: ', 'expected a text, a number, true or false, or a list of these, but this is empty'],
    [
      'steps: []',
      'expected a text, a number, true or false, or a list of these, but this list is empty',
    ],
    [
      'steps: { a: 1 }',
      'expected a text, a number, true or false, or a list of these, but this is a mapping',
    ],
    [
      'cfg: .inf',
      'expected a text, a number, true or false, or a list of these, but this is the number .inf',
    ],
    ['steps: many', 'steps is a number, but this is "many"'],
    ['steps: [1, 2]', 'steps takes one value, and this is a list of 2'],
    ['big: 12345678901234567890', 'this number has more digits than are kept'],
    ['voice: high', '"high" is not an option of voice'],
    ['mood: [calm, angry]', '"angry" is not an option of mood'],
    ['__proto__: 1', '"__proto__" is not the name of a parameter'],
    ['"a b": 1', '"a b" is not the name of a parameter'],
    ['callbackURL: x', '"callbackURL" is not a manifest\'s to say'],
    ['projectid: 7', '"projectid" is not a manifest\'s to say'],
  ])('{ %s } is refused', (entry, message) => {
    expect(errors(hum(`parameters: { prompt: la, ${entry} }`), files)).toEqual([message]);
  });

  test('names that JavaScript has a meaning for are names', () => {
    const manifest = accepted(hum('parameters: { prompt: x, constructor: a, toString: b }'), files);
    expect(Object.entries(manifest.defaults)).toEqual([
      ['prompt', 'x'],
      ['constructor', 'a'],
      ['toString', 'b'],
    ]);
  });

  test('of YuE are no place for what it is known to take', () => {
    expect(errors(manifestWith('parameters: { seed: 3, cfg: 2 }'))).toEqual([
      '"seed" is one of YuE\'s own inputs',
    ]);
    const swept = 'matrix: { parameters: [{ id: a, prompt: x, cfg: 2 }] }';
    expect(frames(manifestWith(swept))).toContain('hint: sweep it by its own axis, matrix.lyrics');
  });

  test('and defaults may not both say it', () => {
    const text = hum('defaults: { mood: calm }\nparameters: { prompt: la, mood: wild }');
    expect(errors(text, files)).toEqual(['"mood" stands under defaults too']);
  });
});

describe('the axis parameters', () => {
  const swept = hum(`parameters: { prompt: la }
matrix:
  parameters:
    - { id: quick, steps: 10 }
    - { id: fine, steps: 50, voice: High }
exclude: [{ parameters: fine }]
include: [{ parameters: { id: odd, steps: 7 } }]
`);

  test('has named combinations, which exclude and include know', () => {
    const manifest = accepted(swept, files);
    expect(labels(manifest, 'parameters')).toEqual(['quick', 'fine']);
    expect(values(manifest, 'parameters')[1]?.parameters).toEqual({ steps: '50', voice: 'High' });
    expect(manifest.exclude).toEqual([{ pins: [{ axis: 0, index: 1 }] }]);
    expect(manifest.include[0]?.values.get('parameters')).toEqual({
      label: 'odd',
      parameters: { steps: '7' },
    });
  });

  test.each([
    [
      '[{ id: a }]',
      'expected named parameters: { id, and one or more parameters }, but there is only id',
    ],
    ['[{ steps: 3 }]', 'the key "id" is missing'],
    ['[{ id: a, steps: x }]', 'steps is a number, but this is "x"'],
    [
      '[{ id: a, steps: 1 }, { id: A, steps: 2 }]',
      'the labels "a" and "A" differ only in case, at 4:30 and 4:51',
    ],
  ])('is not %s', (axis, message) => {
    const text = hum(`parameters: { prompt: la }\nmatrix: { parameters: ${axis} }`);
    expect(errors(text, files)).toEqual([message]);
  });
});

describe('another model', () => {
  test('has neither lyrics to lint nor tags to complete', () => {
    const text = hum('matrix: { lyrics: [{ id: fox, text: a red fox }] }\n');
    expect(read(text, files).problems).toEqual([]);
    expect(values(accepted(text, files), 'lyrics')[0]?.parameters).toEqual({ prompt: 'a red fox' });
  });

  test('takes its own tags, exactly as they are written', () => {
    expect(errors(hum('defaults: { prompt: x, mood: Calm }'), files)).toEqual([
      '"Calm" is not a mood that Wiro knows',
    ]);
    // A tag must not depend on whether the description could be had: so nothing is mended.
    const unknown = accepted(hum('defaults: { prompt: x, mood: Calm }'));
    expect(unknown.defaults).toEqual({ prompt: 'x', mood: ['Calm'] });
  });

  test('warns once of each parameter that it is not known to have, wherever it comes from', () => {
    const text = hum(`parameters: { prompt: la, stepz: 3, mystery: 1 }
matrix:
  seed: [1, 2]
  genre: [Pop]
  tags: [{ id: a, timbre: airy vocal }]
  parameters: [{ id: b, mystery: 2 }]
include: [{ clone: vocal }]`);
    expect(warnings(text)).toEqual([
      '"stepz" is not a parameter that acme/humming is known to have: it is sent unchecked',
      '"mystery" is not a parameter that acme/humming is known to have: it is sent unchecked',
      '"seed" is not a parameter that acme/humming is known to have: it is sent unchecked',
      '"genre" is not a parameter that acme/humming is known to have: it is sent unchecked',
      '"timbre" is not a parameter that acme/humming is known to have: it is sent unchecked',
      '"audio_prompt_type" is not a parameter that acme/humming is known to have: it is sent unchecked',
    ]);
    expect(frames(text, files)).toContain('hint: did you mean "steps"?');
  });

  test('of which nothing is known is taken at its word', () => {
    const { manifest, problems, model } = read(
      hum('parameters: { anything: goes }\ndefaults: { genre: Polka }'),
    );
    expect(problems).toEqual([]);
    expect(manifest?.required).toEqual([]);
    expect(model).toMatchObject({ name: 'acme/humming', description: undefined });
  });

  test('says what every job must have', () => {
    expect(accepted(hum('parameters: { prompt: x }'), files).required).toEqual([['prompt']]);
  });
});

test('a file that a model requires is given by its URL too, under either name', () => {
  const picture = {
    model: 'acme/humming',
    parameters: [
      { ...parameter, id: 'inputAudio', type: 'fileinput', required: true },
      { ...parameter, id: 'inputImages', type: 'multifileinput' },
      { ...parameter, id: 'inputMask', type: 'combinefileinput' },
    ],
  };
  const known: Files = { [hummingFile]: modelFileText(picture) };
  const url = 'https://example.com/a.mp3';
  const problemsOf = (rest: string) => {
    const { manifest, problems } = read(hum(rest), known);
    const plan = manifest && makePlan(manifest);
    return [...problems, ...(plan && 'problems' in plan ? plan.problems : [])].map(
      ({ message }) => message,
    );
  };
  expect(problemsOf(`matrix: { reference: ["${url}"] }`)).toEqual([]);
  expect(problemsOf(`parameters: { inputAudio: "${url}", inputImagesUrl: "${url}" }`)).toEqual([]);
  expect(problemsOf(`parameters: { inputMaskUrl: "${url}" }`)).toEqual([
    '"inputMaskUrl" is not a parameter that acme/humming is known to have: it is sent unchecked',
    'a job has no inputAudio, which acme/humming requires: (defaults)',
  ]);
  // Not by a job of which another entry has it.
  expect(
    problemsOf(`matrix: { seed: [1] }\ninclude: [{ reference: "${url}", seed: 2 }]`),
  ).toContain('a job has no inputAudio, which acme/humming requires: seed=1');
});

test('what a broken file says is shown as text, and not at length', () => {
  const evil = '\u001b[2J\u202e';
  const twice = { id: evil, type: 'text' };
  for (const text of [
    JSON.stringify({ model: 'a/b', parameters: [twice, twice] }),
    JSON.stringify({ model: 'a/b', parameters: [twice], [evil + 'x'.repeat(5000)]: 1 }),
    `${evil}{}`,
  ]) {
    const read = readModelFile(text);
    const clause = 'unreadable' in read ? read.unreadable : '';
    expect(clause).not.toBe('');
    expect(clause.length).toBeLessThan(300);
    expect(['\u001b', '\u202e'].filter((mark) => clause.includes(mark))).toEqual([]);
  }
});

describe('a file that describes YuE', () => {
  const phonk = yue.parameters.map((each) => {
    if (each.id === 'genre') return { ...each, options: ['Phonk', 'Jersey Club'] };
    return each.id === 'mood' ? { ...each, options: undefined } : each;
  });
  const tempo = { ...parameter, id: 'tempo', type: 'range' };
  const override = {
    [yueFile]: modelFileText({ model: yueModel, parameters: [...phonk, tempo] }),
  };
  const song = (rest: string) =>
    `name: night\ndefaults: { prompt: "[verse]\\nla", instrument: Piano, gender: male, timbre: deep vocal, ${rest}`;

  test('takes the place of what ships: other tags, found as YuE tags are', () => {
    const manifest = accepted(song('mood: whatever, genre: jersey-club }'), override);
    expect(manifest.defaults).toMatchObject({ genre: ['Jersey Club'], mood: ['whatever'] });
    expect(frames(song('mood: happy, genre: Pop }'), override)).toMatchInlineSnapshot(`
      "batches/night.yaml:2:109 error: "Pop" is not a genre that Wiro knows
        2 | …timbre: deep vocal, mood: happy, genre: Pop }
          |                                          ^~~
      hint: nearest: "Phonk", "Jersey Club""
    `);
  });

  test('may know more parameters, which are checked then', () => {
    const text = (tempo: string) =>
      `${song('mood: sad, genre: Phonk }')}\nparameters: { tempo: ${tempo}, cfg: 3 }`;
    expect(warnings(text('120'), override)).toEqual([
      `"cfg" is not a parameter that ${yueModel} is known to have: it is sent unchecked`,
    ]);
    expect(errors(text('fast'), override)).toEqual(['tempo is a number, but this is "fast"']);
  });

  test('holds from its folder downwards, the nearest first', () => {
    const above = { [`../${yueFile}`]: override[yueFile] };
    expect(errors(song('mood: sad, genre: Pop }'), above)).toHaveLength(1);
    const both = { ...above, [yueFile]: modelFileText(yue) };
    expect(errors(song('mood: sad, genre: Pop }'), both)).toEqual([]);
  });

  test.each([
    ['{', /it is not JSON: /],
    ['[]', /it must be object/],
    [
      '{"model": "acme/humming", "parameters": [{"id": "a", "type": "text"}]}',
      /it describes another model, "acme\/humming"/,
    ],
    [`{"model": "${yueModel}", "parameters": []}`, /parameters must NOT have fewer than 1 items/],
    [
      `{"model": "${yueModel}", "parameters": [{"id": "a", "type": "text", "option": []}]}`,
      /parameters\.0 has an unknown key "option"/,
    ],
    [
      `{"model": "${yueModel}", "parameters": [{"id": "a", "type": "t"}, {"id": "a", "type": "t"}]}`,
      /it has the parameter "a" twice/,
    ],
  ])('that is %s is refused, with what to do', (text, clause) => {
    const shown = frames(manifestWith(''), { [yueFile]: text });
    expect(shown).toMatch(clause);
    expect(shown).toContain(`error: the description of ${yueModel} in `);
    expect(shown).toContain(
      'mend it or remove it; "songbatch schema --refresh --write" writes it anew',
    );
  });
});

test('a name that is no model is never looked for on the disk', () => {
  const seen: string[] = [];
  for (const name of ['../../etc/passwd', 'a/../b', 'a/b/c', '/etc', '..%2f/x', 'a\\b/c']) {
    seen.push(...errors(`name: x\nmodel: "${name}"\ndefaults: { prompt: "[verse]\\nla" }`));
  }
  expect(seen.every((message) => message.startsWith('expected a model as owner/name'))).toBe(true);
  expect(seen).toHaveLength(6);
});

test('a name that is no model is the one mistake: what else is written may be right for the model', () => {
  const text = 'name: x\nmodel: acme\nparameters: { seed: 1 }\ndefaults: { genre: Polka }';
  expect(errors(text)).toEqual(['expected a model as owner/name, but this is "acme"']);
});

describe('the file of a description', () => {
  const text = fc.string({ maxLength: 20 });
  const described = fc.record({
    id: fc.string({ minLength: 1, maxLength: 20 }),
    type: text,
    label: text,
    required: fc.boolean(),
    default: text,
    options: fc.option(fc.array(text, { minLength: 1, maxLength: 4 }), { nil: undefined }),
    note: text,
  });
  const parameters = fc.uniqueArray(described, {
    minLength: 1,
    maxLength: 6,
    selector: ({ id }) => id,
  });

  test('gives back what was written, whatever the server said', () => {
    fc.assert(
      fc.property(parameters, (given) => {
        const file = { model: 'a/b', price: '0.05', readAt: 'x', parameters: given };
        expect(readModelFile(modelFileText(file), 'a/b')).toEqual(file);
      }),
    );
  });

  test('a description is the same as itself, and what is new one way is gone the other way', () => {
    const idsOf = (each: readonly { readonly id: string }[]) => each.map(({ id }) => id).sort();
    fc.assert(
      fc.property(parameters, parameters, (one, other) => {
        const [a, b] = [one, other].map((each) => ({ model: 'a/b', parameters: each }));
        if (!a || !b) return;
        expect(isSame(compareModels(a, { ...a, parameters: one.toReversed() }))).toBe(true);
        const [there, back] = [compareModels(a, b), compareModels(b, a)];
        expect(idsOf(there.new)).toEqual(idsOf(back.gone));
        expect(idsOf(there.changed)).toEqual(idsOf(back.changed));
      }),
    );
  });
});

test("the page's defaults are known where they are needed to settle a lost Run", () => {
  expect(Object.fromEntries(yueDefaults)).toMatchObject({
    audio_prompt_type: 'vocal',
    genre: ['Pop'],
    instrument: ['guitar'],
    mood: ['happy'],
    gender: ['female'],
    timbre: ['bright vocal'],
    seed: '42',
    inputAudioUrl: '',
  });
});
