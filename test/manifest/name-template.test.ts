import { describe, expect, test } from 'vitest';
import fc from '../fast-check.ts';
import { parseNameTemplate } from '../../src/manifest/name-template.ts';
import { accepted, errors, manifestWith } from './rig.ts';

const axes = 'matrix: { clone: [both], seed: [1, 2] }\n';

const nameOf = (rest: string): unknown => accepted(manifestWith(rest)).output.name;

describe('output.name', () => {
  test('is text and labels of axes', () => {
    expect(nameOf(`${axes}output: { name: "takes/{clone}-s{seed}" }`)).toEqual([
      { text: 'takes/' },
      { axis: 'clone' },
      { text: '-s' },
      { axis: 'seed' },
    ]);
  });

  test('is made of the axes when it is not given', () => {
    expect(nameOf(axes)).toEqual([{ axis: 'clone' }, { text: '_s' }, { axis: 'seed' }]);
    expect(nameOf('matrix: { seed: [1] }')).toEqual([{ text: 's' }, { axis: 'seed' }]);
    expect(nameOf('')).toEqual([{ text: 'song' }]);
  });

  test('is made of what all include entries give where there is no matrix', () => {
    expect(
      nameOf('include: [{ clone: both, seed: 1 }, { seed: 2, mood: sad }, { seed: 3 }]'),
    ).toEqual([{ text: 's' }, { axis: 'seed' }]);
  });

  test('may use an axis that only include gives', () => {
    expect(nameOf('include: [{ mood: sad }]\noutput: { name: "{mood}" }')).toEqual([
      { axis: 'mood' },
    ]);
  });

  test.each([
    ['{tag}', 'unknown placeholder "{tag}"'],
    ['{}', 'unknown placeholder "{}"'],
    ['{__proto__}', 'unknown placeholder "{__proto__}"'],
    ['{lyrics}', 'the placeholder {lyrics} has no value: the matrix has no axis lyrics'],
    ['{seed', 'a brace without its partner in "{seed"'],
    ['seed}', 'a brace without its partner in "seed}"'],
    ['/{seed}', 'a name starts below output.dir, not at /'],
    ['~/{seed}', 'the character "~" is not safe in a file name'],
    ['../{seed}', 'a part of a name does not start or end with "." or a space: ".."'],
    ['a/../{seed}', 'a part of a name does not start or end with "." or a space: ".."'],
    ['./{seed}', 'a part of a name does not start or end with "." or a space: "."'],
    ['{seed}/', 'a name has no empty part: no "/" at its end, no "//"'],
    ['a//{seed}', 'a name has no empty part: no "/" at its end, no "//"'],
    ['a\\\\{seed}', 'the character "\\" is not safe in a file name'],
    ['a:{seed}', 'the character ":" is not safe in a file name'],
    ['a\\n{seed}', 'the character "\n" is not safe in a file name'],
    ['a\\0{seed}', 'the character "\0" is not safe in a file name'],
  ])('is refused: %s', (name, message) => {
    expect(errors(manifestWith(`${axes}output: { name: "${name}" }`))).toEqual([message]);
  });

  test('may name the copy', () => {
    expect(nameOf(`${axes}repeat: 3\noutput: { name: "{repeat}" }`)).toEqual([{ axis: 'repeat' }]);
  });

  test('never leaves its folder, whatever is written', () => {
    const piece = fc.constantFrom(
      '{seed}',
      '{repeat}',
      '/',
      '.',
      '..',
      '~',
      'a',
      ' ',
      '\\',
      '{',
      '}',
    );
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1, maxLength: 8 }), (pieces) => {
        const result = parseNameTemplate(pieces.join(''), new Set(['seed']));
        if ('fault' in result) return;
        const path = result.parts.map((part) => ('text' in part ? part.text : 'label')).join('');
        for (const segment of path.split('/')) expect(segment).not.toMatch(/^\.*$|[~\\]/);
      }),
      { numRuns: 1000 },
    );
  });
});
