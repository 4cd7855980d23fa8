import { expect, test } from 'vitest';
import fc from '../fast-check.ts';
import { parseTool } from '../../src/wiro/model-description.ts';

const slug = 'wiro/some-model';

test('reads groups of parameters as the documentation shows them', () => {
  const tool = parseTool(
    {
      tool: [
        {
          title: 'Some model',
          description: 'Makes\nsongs.\u001b[31m',
          slugowner: '../../etc',
          cps: '0.000585000000',
          approximatelycost: '0.0035',
          dynamicprice: '[{"inputs":{"duration":5},"price":0.13,"priceMethod":"cpr"}]',
          parameters: [
            {
              title: 'Input',
              items: [
                { id: 'prompt', type: 'textarea', label: 'Prompt', required: true, note: 'Words.' },
                { id: 'steps', type: 'range', min: '1', max: 50, step: '1', default: 20 },
                {
                  id: 'style',
                  type: 'select',
                  required: false,
                  default: 'a, b',
                  options: [
                    { label: 'A and B', value: 'a, b' },
                    { label: 'C', value: 'c' },
                  ],
                },
              ],
            },
          ],
        },
      ],
    },
    slug,
  );
  expect(tool).toEqual({
    model: slug,
    title: 'Some model',
    description: 'Makes songs. [31m',
    prices: [{ inputs: { duration: '5' }, price: 130_000_000_000n, method: 'cpr' }],
    perSecond: 585_000_000n,
    averageCost: 3_500_000_000n,
    parameters: [
      {
        id: 'prompt',
        type: 'textarea',
        label: 'Prompt',
        required: true,
        default: '',
        options: undefined,
        choices: undefined,
        note: 'Words.',
        group: 'Input',
      },
      {
        id: 'steps',
        type: 'range',
        label: '',
        required: false,
        default: '20',
        options: undefined,
        choices: undefined,
        note: '',
        group: 'Input',
        min: 1,
        max: 50,
        step: 1,
      },
      {
        id: 'style',
        type: 'select',
        label: '',
        required: false,
        default: 'a, b',
        options: ['a, b', 'c'],
        choices: [
          { value: 'a, b', label: 'A and B' },
          { value: 'c', label: 'C' },
        ],
        note: '',
        group: 'Input',
      },
    ],
  });
});

test.each([
  ['as the page of the model shows them', { value: 'undefined', label: 'undefined', id: 'Pop' }],
  ['without an id', { value: 'undefined', label: 'undefined', name: 'Pop' }],
  ['by their value', { value: 'Pop', label: 'Pop music' }],
  ['by their label alone', { label: 'Pop' }],
  ['as plain texts', 'Pop'],
])('reads options %s', (_name, option) => {
  const items = [{ name: 'genre', type: 'multiselect', default: ['Pop'], options: [option] }];
  const [genre] = parseTool({ tool: [{ parameters: [{ items }] }] }, slug)?.parameters ?? [];
  expect(genre).toMatchObject({ id: 'genre', default: 'Pop', options: ['Pop'] });
});

test.each([null, undefined, [], 'null', [{ title: 'Empty', items: null }], [{ items: [{}] }]])(
  'takes %j for no parameters',
  (parameters) => {
    expect(parseTool({ tool: [{ parameters }] }, slug)).toMatchObject({ parameters: [] });
  },
);

test('takes true and false for the texts that they are sent as, and the first of two of one name', () => {
  const items = [
    { id: 'loop', type: 'checkbox', required: true, default: false },
    { id: 'mode', type: 'select', options: [true, false, null, 3, { value: false, label: 'No' }] },
    { id: 'loop', type: 'text', required: true },
  ];
  const tool = parseTool({ tool: [{ parameters: [{ items }, { items }] }] }, slug);
  expect(tool?.parameters).toMatchObject([
    { id: 'loop', type: 'checkbox', required: true, default: 'false' },
    { id: 'mode', options: ['true', 'false', '3', 'false'] },
  ]);
  expect(tool?.parameters).toHaveLength(2);
});

test('knows the price of any one task where there is one row without conditions', () => {
  const dynamicprice = [{ inputs: {}, price: '0.05', priceMethod: 'cpr' }];
  const tool = parseTool({ tool: [{ dynamicprice }] }, slug);
  expect(tool).toMatchObject({ perTask: 50_000_000_000n, prices: [{ inputs: {} }] });
});

test('is no model where none is described', () => {
  for (const answer of [{}, { tool: [] }, { tool: null }, { tool: ['x'] }]) {
    expect(parseTool(answer, slug)).toBeUndefined();
  }
});

test('makes something of whatever a server may say, and never fails', () => {
  const names = ['title', 'parameters', 'dynamicprice', 'cps', 'items', 'options', 'id', 'value'];
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { maxDepth: 5 },
      fc.jsonValue(),
      fc.array(tie('tree')),
      fc.dictionary(fc.constantFrom(...names), tie('tree')),
    ),
  }));
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom(...names), tree), (tool) => {
      const parsed = parseTool({ tool: [tool] }, slug);
      expect(parsed?.model).toBe(slug);
      for (const { id, options } of parsed?.parameters ?? []) {
        expect(id).not.toBe('');
        expect(options).not.toEqual([]);
      }
    }),
  );
});
