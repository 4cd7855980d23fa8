/**
 * What a manifest is refused for, and how that reads. One mistake is one problem; mistakes in several
 * places are told together; nothing that can be written makes the reader throw.
 */
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import fc from '../fast-check.ts';
import { errors, frames, manifestWith, read, verse } from './rig.ts';

describe('the frame of', () => {
  test('an axis that is misspelt', () => {
    expect(frames('name: night\nmatrix:\n  lyric: [a.txt]\n')).toMatchInlineSnapshot(`
      "batches/night.yaml:3:3 error: unknown axis "lyric"
        3 |   lyric: [a.txt]
          |   ^~~~~
      hint: did you mean "lyrics"?"
    `);
  });

  test('a key that is misspelt, without a word on the one that is missing for it', () => {
    expect(frames(manifestWith('').replace('name:', 'nam:'))).toMatchInlineSnapshot(`
      "batches/night.yaml:1:1 error: unknown key "nam"
        1 | nam: night
          | ^~~
      hint: did you mean "name"?"
    `);
  });

  test('a tag that Wiro does not know', () => {
    expect(frames(manifestWith('matrix:\n  tags:\n    - { id: a, mood: [dremy] }\n')))
      .toMatchInlineSnapshot(`
      "batches/night.yaml:5:23 error: "dremy" is not a mood that Wiro knows
        5 |     - { id: a, mood: [dremy] }
          |                       ^~~~~
      hint: nearest: "Dreamy", "Dancy", "happy""
    `);
  });

  test('a tag of another kind', () => {
    expect(frames(manifestWith('matrix: { genre: [Dreamy] }'))).toMatchInlineSnapshot(`
      "batches/night.yaml:3:19 error: "Dreamy" is not a genre that Wiro knows
        3 | matrix: { genre: [Dreamy] }
          |                   ^~~~~~
      hint: it is known under mood; nearest here: "screamo", "rap", "Trap""
    `);
  });

  test('an exclude that matches nothing', () => {
    expect(frames(manifestWith('matrix: { clone: [vocal, both] }\nexclude: [{ clone: vocla }]\n')))
      .toMatchInlineSnapshot(`
      "batches/night.yaml:4:20 error: this excludes nothing: the axis clone has no value "vocla"
        4 | exclude: [{ clone: vocla }]
          |                    ^~~~~
      hint: there is "vocal" and "both""
    `);
  });

  test('a seed that is compared with its text', () => {
    expect(frames(manifestWith('matrix: { seed: [1, 2] }\nexclude: [{ seed: "1" }]\n')))
      .toMatchInlineSnapshot(`
      "batches/night.yaml:4:19 error: this excludes nothing: the axis seed has no value "1"
        4 | exclude: [{ seed: "1" }]
          |                   ^~~
      hint: seeds are compared as written: a number has no quotes"
    `);
  });

  test('a duration without a unit', () => {
    expect(frames(manifestWith('limits: { taskTimeout: 30 }'))).toMatchInlineSnapshot(`
      "batches/night.yaml:3:24 error: expected a duration such as 90s, 30m or 1h30m, but this is the number 30
        3 | limits: { taskTimeout: 30 }
          |                        ^~
      hint: add the unit"
    `);
  });

  test('a size without a unit', () => {
    expect(frames(manifestWith('limits: { outputSize: 500 }'))).toMatchInlineSnapshot(`
      "batches/night.yaml:3:23 error: expected a size such as 500MB or 2GB, but this is the number 500
        3 | limits: { outputSize: 500 }
          |                       ^~~
      hint: add the unit"
    `);
  });

  test('lyrics in a block, at their own line', () => {
    const text = manifestWith(
      'matrix:\n  lyrics:\n    - id: a\n      text: |\n        Hello\n\n        [verse 1]\n        one\n        [chorus]\n',
    );
    expect(frames(text)).toMatchInlineSnapshot(`
      "batches/night.yaml:7:9 error: text before the first label is lost
        7 |         Hello
          |         ^~~~~
      hint: head each section with a label: [verse], [chorus], [bridge], [outro]

      batches/night.yaml:9:9 error: "[verse 1]" is not a label, and the text after it is lost
        9 |         [verse 1]
          |         ^~~~~~~~~
      hint: write [verse]

      batches/night.yaml:11:9 error: the section "[chorus]" is empty
        11 |         [chorus]
           |         ^~~~~~~~
      hint: give it words, or remove its label"
    `);
  });

  test('lyrics in a file, in that file', () => {
    expect(frames(manifestWith('matrix: { lyrics: ["*.txt"] }'), { 'fade.txt': `Fade\n${verse}` }))
      .toMatchInlineSnapshot(`
      "batches/fade.txt:1:1 error: text before the first label is lost
        1 | Fade
          | ^~~~
      hint: head each section with a label: [verse], [chorus], [bridge], [outro]"
    `);
  });

  test('a glob without matches', () => {
    expect(frames(manifestWith('matrix:\n  lyrics: [lyrics/*.txt]\n'))).toMatchInlineSnapshot(`
      "batches/night.yaml:4:12 error: no file matches "lyrics/*.txt" in the folder "batches"
        4 |   lyrics: [lyrics/*.txt]
          |            ^~~~~~~~~~~~
      hint: paths start from the folder of the manifest"
    `);
  });

  test('an id that is not safe', () => {
    expect(frames(manifestWith('matrix: { tags: [{ id: ../etc, genre: Pop }] }')))
      .toMatchInlineSnapshot(`
      "batches/night.yaml:3:24 error: "../etc" cannot be an id: it has to be safe as a file name
        3 | matrix: { tags: [{ id: ../etc, genre: Pop }] }
          |                        ^~~~~~
      hint: use letters, digits and . _ + & -, 80 bytes at most: "etc""
    `);
  });

  test('two values with one label', () => {
    expect(
      frames(manifestWith('matrix:\n  lyrics:\n    - a/x.txt\n    - b/x.txt\n'), {
        'a/x.txt': verse,
        'b/x.txt': verse,
      }),
    ).toMatchInlineSnapshot(`
      "batches/night.yaml:6:7 error: two values of lyrics have the label "x", at "batches/a/x.txt" (5:7) and "batches/b/x.txt" (6:7)
        6 |     - b/x.txt
          |       ^~~~~~~
      hint: give one of them an id: { id: …, file: … }"
    `);
  });

  test('no lyrics at all', () => {
    expect(frames('name: night\nmatrix: { seed: [1] }\n')).toMatchInlineSnapshot(`
      "batches/night.yaml:2:1 error: there are no lyrics to sing
        2 | matrix: { seed: [1] }
          | ^~~~~~
      hint: give matrix.lyrics, for example "lyrics: [lyrics/*.txt]", or defaults.prompt"
    `);
  });

  test('an unknown placeholder', () => {
    expect(frames(manifestWith('matrix: { seed: [1] }\noutput: { name: "{sed}" }')))
      .toMatchInlineSnapshot(`
      "batches/night.yaml:4:17 error: unknown placeholder "{sed}"
        4 | output: { name: "{sed}" }
          |                 ^~~~~~~
      hint: did you mean "seed"?"
    `);
  });

  test('several mistakes, in the order of their places', () => {
    expect(
      frames(`name: Night
model: yue
matrix:
  lyrics: [nowhere.txt]
  clone: [voice]
limits: { budget: "25", requests: 10 }
checks: { loudness: -5..-30 }
`),
    ).toMatchInlineSnapshot(`
      "batches/night.yaml:1:7 error: expected a name of lower-case letters, digits and "-", but this is "Night"
        1 | name: Night
          |       ^~~~~

      batches/night.yaml:2:8 error: expected a model as owner/name, but this is "yue"
        2 | model: yue
          |        ^~~

      batches/night.yaml:4:12 error: cannot read "batches/nowhere.txt": there is no such file
        4 |   lyrics: [nowhere.txt]
          |            ^~~~~~~~~~~

      batches/night.yaml:5:11 error: expected vocal, instrumental or both, but this is "voice"
        5 |   clone: [voice]
          |           ^~~~~

      batches/night.yaml:6:19 error: expected an amount in USD, but this is "25"
        6 | limits: { budget: "25", requests: 10 }
          |                   ^~~~
      hint: write it without quotes

      batches/night.yaml:6:35 error: expected a rate such as 10/s or 600/m, but this is the number 10
        6 | limits: { budget: "25", requests: 10 }
          |                                   ^~
      hint: add the unit

      batches/night.yaml:7:21 error: this range of loudness is empty: the lower end is first
        7 | checks: { loudness: -5..-30 }
          |                     ^~~~~~~
      hint: write -30..-5"
    `);
  });
});

describe('not even YAML:', () => {
  test.each([
    ['nothing', '', 'the manifest is empty'],
    ['only a comment', '# soon\n', 'the manifest is empty'],
    ['a tab', 'name: x\n\tmatrix: y\n', 'a tab cannot indent YAML'],
    ['two documents', 'name: x\n---\nname: y\n', 'a manifest is one YAML document'],
    ['binary', 'name: \u0000\n', 'the control character U+0000 has no place in a text file'],
    [
      'a terminal escape',
      'name: \u001b[2J\n',
      'the control character U+001B has no place in a text file',
    ],
    ['an open quote', 'name: "x\n', 'not valid YAML: Missing closing "quote'],
    [
      'a colon too many',
      'name: a: b\n',
      'a second ":" in one line, or lines that are indented differently',
    ],
    ['a list as a key', '? [a]\n: b\n', 'a key must be plain text'],
    ['an unknown alias', 'name: *x\n', 'no anchor &x stands before this alias'],
    [
      'an alias inside of itself',
      'matrix: &m { lyrics: *m }\n',
      'the alias *m stands inside of itself',
    ],
  ])('%s', (_, text, message) => {
    expect(errors(text)).toEqual([message]);
  });

  test('a bomb of aliases', () => {
    const nine = (name: string): string => `[${Array<string>(9).fill(`*${name}`).join(', ')}]`;
    const levels = Array.from(
      'bcdefghi',
      (level, index) => `${level}: &${level} ${nine('abcdefgh'[index] ?? '')}`,
    );
    expect(errors(['a: &a [x, x]', ...levels].join('\n'))).toEqual([
      'aliases stand for more than 10000 values here',
    ]);
  });

  test.each([
    ['[', ''],
    ['{ a: ', ''],
    ['- ', 'x'],
    ['[', ']'],
  ])('thousands of %s', (opening, closing) => {
    const text = opening.repeat(20_000) + closing.repeat(20_000);
    expect(errors(text)).toEqual(['the manifest is nested too deeply']);
  });

  test('a few dozen levels, where none of a manifest is that deep', () => {
    expect(errors(`matrix: ${'['.repeat(30)}${']'.repeat(30)}`)).toEqual([
      'the manifest is nested too deeply',
    ]);
  });

  test('a tag that would run code is an error, and so is any other', () => {
    expect(errors(manifestWith('matrix: { seed: !!js/function "x" }'))).toContain(
      'the YAML tag "!!js/function" means nothing in a manifest',
    );
    expect(errors(manifestWith('retry: !custom { attempts: 2 }'))).toEqual([
      'the YAML tag "!custom" means nothing in a manifest',
    ]);
  });
});

describe('one mistake is one problem:', () => {
  test.each([
    [
      '- a',
      'expected a songbatch manifest: keys such as name, matrix and output, but this is a list',
    ],
    [
      'just words',
      'expected a songbatch manifest: keys such as name, matrix and output, but this is "just words"',
    ],
    ['matrix: { lyrics: ["[verse]\\nx"] }', 'the key "name" is missing'],
    ['name: x\nmatrix:', 'expected a mapping of axes to lists of values, but this is empty'],
    ['name: x\nmatrix: null', 'expected a mapping of axes to lists of values, but this is empty'],
  ])('%s', (text, message) => {
    expect(errors(text)).toEqual([message]);
  });

  test.each([
    ['name: y', 'the key "name" is given twice'],
    ['matrix: {}', 'expected a mapping of axes to lists of values, but this is empty'],
    [
      'matrix: { seed: 7 }',
      'expected seeds: { from, to }, a list of numbers, or { random, from }, but this is the number 7',
    ],
    [
      'matrix: { seed: [] }',
      'expected seeds: { from, to }, a list of numbers, or { random, from }, but this list is empty',
    ],
    ['matrix: { seed: [1.5] }', 'expected a seed as a whole number, but this is the number 1.5'],
    ['matrix: { seed: [-1] }', 'expected a seed as a whole number, at least 0'],
    ['matrix: { seed: ["01"] }', 'expected a seed as a whole number, but this is "01"'],
    [
      'matrix: { seed: [99999999999999999999] }',
      'expected a seed as a whole number, at most 9007199254740991',
    ],
    [
      'matrix: { seed: { from: 1 } }',
      'expected seeds: { from, to } or { random, from }, and not both or neither',
    ],
    ['matrix: { seed: { to: 1 } }', 'the key "from" is missing'],
    [
      'matrix: { seed: { from: 1, to: 2, random: 3 } }',
      'expected seeds: { from, to } or { random, from }, and not both or neither',
    ],
    ['matrix: { seed: { from: 9, to: 1 } }', 'this range of seeds is empty: it goes from 9 to 1'],
    ['matrix: { clone: vocal }', 'expected a list of clone types, but this is "vocal"'],
    ['matrix: { clone: [Vocal] }', 'expected vocal, instrumental or both, but this is "Vocal"'],
    ['matrix: { genre: [[]] }', 'expected a tag or a list of tags, but this list is empty'],
    ['matrix: { genre: [80] }', 'expected a tag or a list of tags, but this is the number 80'],
    ['matrix: { genre: [[Pop, pop]] }', '"Pop" is here twice'],
    [
      'matrix: { tags: [{ id: a }] }',
      'expected named tags: { id, genre, instrument, mood, gender, timbre }, but there is only id',
    ],
    [
      'matrix: { tags: [a] }',
      'expected named tags: { id, genre, instrument, mood, gender, timbre }, but this is "a"',
    ],
    ['matrix: { lyrics: [{ id: a }] }', 'expected either text or file, and not both or neither'],
    [
      'matrix: { lyrics: [{ text: "[verse]\\nx", file: y }] }',
      'expected either text or file, and not both or neither',
    ],
    ['matrix: { lyrics: [{ id: a, text: "" }] }', 'the lyrics are empty'],
    [
      'matrix: { lyrics: [""] }',
      'expected lyrics: a text, a path, { id, text } or { id, file }, but this is an empty text',
    ],
    ['matrix: { reference: [songs/a.mp3] }', '"songs/a.mp3" is neither a URL nor "none"'],
    ['matrix: { reference: [{ id: a, file: a.ogg }] }', '"a.ogg" is not an mp3, wav or m4a file'],
    [
      'matrix: { reference: [{ id: a, file: a.mp3 }] }',
      'cannot read "batches/a.mp3": there is no such file',
    ],
    ['matrix: { __proto__: [1] }', 'unknown axis "__proto__"'],
    ['__proto__: { polluted: true }', 'unknown key "__proto__"'],
    ['constructor: 1', 'unknown key "constructor"'],
    ['<<: { repeat: 2 }', 'unknown key "<<"'],
    ['exclude: [{}]', 'expected a mapping of axes to one value each, but this is empty'],
    ['exclude: { seed: 1 }', 'expected a list of combinations to drop, but this is a mapping'],
    ['include: [{}]', 'expected a mapping of axes to one value each, but this is empty'],
    ['include: [{ mood: Dremy }]', '"Dremy" is not a mood that Wiro knows'],
    ['model: yue', 'expected a model as owner/name, but this is "yue"'],
    ['model: ../../x', 'expected a model as owner/name, but this is "../../x"'],
    ['repeat: 0', 'expected a whole number of copies, at least 1'],
    ['repeat: .inf', 'expected a whole number of copies, but this is the number .inf'],
    ['sample: { seed: 1 }', 'the key "jobs" is missing'],
    ['sample: { jobs: 1.5 }', 'expected a whole number of jobs, but this is the number 1.5'],
    ['limits: { tasks: .nan }', 'expected a whole number of tasks, but this is the number .nan'],
    ['limits: { tasks: 50001 }', 'expected a whole number of tasks, at most 50000'],
    ['limits: { requests: 0/s }', 'expected a rate such as 10/s or 600/m, but this is "0/s"'],
    ['limits: { requests: 0.0/s }', 'expected a rate such as 10/s or 600/m, but this is "0.0/s"'],
    ['limits: { budget: 0 }', 'expected an amount in USD, at least 0.000001'],
    ['limits: { budget: $5 }', 'expected an amount in USD, but this is "$5"'],
    ['limits: { budget: 1e400 }', 'expected an amount in USD, but this is the number 1e400'],
    [
      'limits: { deadline: 1m30 }',
      'expected a duration such as 90s, 30m or 1h30m, but this is "1m30"',
    ],
    ['limits: { deadline: 0s }', 'a duration is longer than nothing'],
    ['limits: { deadline: 501h }', 'a duration is at most 500 hours (500h)'],
    [
      'limits:',
      'expected a mapping of limits: tasks, requests, budget, jobs, taskTimeout, deadline, outputSize, but this is empty',
    ],
    ['retry: { attempts: 11 }', 'expected a whole number of attempts, at most 10'],
    [
      'halt: { failures: 101% }',
      'expected a number of failed jobs, or a share such as 20%, but this is "101%"',
    ],
    ['halt: { failures: 0% }', 'a share of 0% would stop before anything starts'],
    ['halt: {}', 'the key "failures" is missing'],
    ['checks: { minSeconds: 0 }', 'expected a number of seconds, more than 0'],
    ['checks: { maxSilence: 0.4 }', 'expected a share such as 40%, but this is the number 0.4'],
    ['checks: { loudness: -5..-30 }', 'this range of loudness is empty: the lower end is first'],
    ['checks: { loudness: -90..-5 }', 'loudness lies between -70 and 0 LUFS'],
    ['checks: { warn: yes }', 'expected true or false, but this is "yes"'],
    [
      'output: { dir: "" }',
      'expected a folder without control characters and without a leading "~", but this is an empty text',
    ],
    [
      'output: { dir: ~/x }',
      'expected a folder without control characters and without a leading "~", but this is "~/x"',
    ],
    [
      'output: { name: "" }',
      'expected a file name with {axis} placeholders, but this is an empty text',
    ],
  ])('%s', (rest, message) => {
    expect(errors(manifestWith(rest))).toEqual([message]);
  });

  test.each([
    ['prompt: hello', 'no section label: the model would sing nothing of this'],
    ['prompt: 1', 'expected lyrics as text, but this is the number 1'],
    ['audio_prompt_type: [vocal]', 'expected vocal, instrumental or both, but this is a list'],
    ['genre: poop', '"poop" is not a genre that Wiro knows'],
    ['seed: -1', 'expected a seed as a whole number, at least 0'],
    ['inputAudioUrl: a.mp3', '"a.mp3" is not an http or https URL'],
    ['lyrics: x', 'unknown key "lyrics"'],
  ])('defaults: { %s }', (rest, message) => {
    expect(
      errors(`name: x\ndefaults: { ${rest} }\ninclude: [{ lyrics: "[verse]\\nx" }]\n`),
    ).toEqual([message]);
  });
});

test('lyrics may come from every include entry, and not from some of them', () => {
  expect(errors('name: x\ninclude: [{ lyrics: "[verse]\\nx" }]')).toEqual([]);
  expect(errors('name: x\ninclude: [{ lyrics: "[verse]\\nx" }, { seed: 1 }]')).toEqual([
    'there are no lyrics to sing',
  ]);
});

test("the manifest's own problems come before those of the files that it names", () => {
  const text = manifestWith('matrix: { lyrics: [a.txt] }\nrepeat: 0');
  expect(read(text, { 'a.txt': 'no label' }).problems.map(({ file }) => file)).toEqual([
    'batches/night.yaml',
    'batches/a.txt',
  ]);
});

test('the same flaw of a file that is named twice is told once', () => {
  const text = manifestWith('matrix: { lyrics: ["*.txt", { id: again, file: a.txt }] }');
  expect(errors(text, { 'a.txt': 'no label' })).toEqual([
    'no section label: the model would sing nothing of this',
  ]);
});

test('of very many problems the first hundred are told, and how many are left', () => {
  const { problems, manifest } = read(manifestWith(`matrix: { seed: [${'x, '.repeat(500)}] }`));
  expect(manifest).toBeUndefined();
  expect(problems).toHaveLength(101);
  expect(problems.at(-1)?.message).toBe('400 more problems are not shown');
});

test('thousands of keys are read as fast as they are written', () => {
  const keys = Array.from({ length: 20_000 }, (_, index) => `k${index}: 1`);
  expect(errors(keys.join('\n'))).toHaveLength(101);
});

test('nothing that is valid YAML makes it throw, and a manifest comes exactly without errors', () => {
  const word = fc.constantFrom(
    ...[
      'name',
      'matrix',
      'lyrics',
      'tags',
      'id',
      'genre',
      'seed',
      'from',
      'to',
      'random',
      'exclude',
    ],
    ...[
      'include',
      'limits',
      'output',
      'dir',
      'defaults',
      'prompt',
      'clone',
      'reference',
      '__proto__',
    ],
  );
  const leaf = fc.oneof(
    fc.constantFrom(
      'Pop',
      'vocal',
      '[verse]\nx',
      'a.txt',
      '*.txt',
      'none',
      'https://a.b/c.mp3',
      '30m',
      '20%',
    ),
    fc.string({ maxLength: 8 }),
    fc.double(),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
  );
  const tree = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      leaf,
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(word, tie('value'), { maxKeys: 5 }),
    ),
  })).value;
  const manifest = fc.dictionary(word, tree, { maxKeys: 8 });
  fc.assert(
    fc.property(manifest, (content) => {
      const result = read(stringify(content), { 'a.txt': verse });
      const isRefused = result.problems.some(({ severity }) => severity === 'error');
      expect(result.manifest === undefined).toBe(isRefused);
    }),
    { numRuns: 500 },
  );
});

test('nothing that is text makes it throw, and every problem has its place inside', () => {
  const piece = fc.oneof(
    fc.constantFrom(
      'name: x\n',
      'matrix:\n',
      '  seed: ',
      '[',
      ']',
      '{',
      '}',
      ': ',
      '- ',
      '&a ',
      '*a',
      '!!',
      '|\n',
      '\n',
      '"',
      "'",
      '#',
      '%YAML 1.1\n',
      '---\n',
      '? ',
      '\t',
    ),
    fc.string({ unit: 'binary', maxLength: 4 }),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
      const text = pieces.join('');
      for (const { range } of read(text).problems) {
        if (!range) continue;
        expect(range.start).toBeGreaterThanOrEqual(0);
        expect(range.end).toBeGreaterThanOrEqual(range.start);
        expect(range.end).toBeLessThanOrEqual(text.length + 1);
      }
    }),
    { numRuns: 500 },
  );
});
