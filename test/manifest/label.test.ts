import { expect, test } from 'vitest';
import fc from '../fast-check.ts';
import { labelKey, labelOf, safeLabel } from '../../src/manifest/label.ts';

const anything = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 120 }),
  fc.string({ unit: 'grapheme', maxLength: 120 }),
  fc.string({ unit: fc.constantFrom('.', '-', '/', '\\', '~', 'a', ' ', '\u0301', 'é', '\u0000') }),
  fc.constantFrom('con', 'NUL', 'com1.txt', 'aux.', '', '..', '.'),
);

test('whatever it is made from, a label is safe in a path on every system', () => {
  fc.assert(
    fc.property(anything, (text) => {
      const label = safeLabel(text);
      expect(label).toMatch(/^[\p{L}\p{M}\p{Nd}._+&-]+$/u);
      expect(label).not.toMatch(/^[.-]|[.-]$|\.\./);
      expect(label).not.toMatch(/^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i);
      expect(Buffer.byteLength(label)).toBeLessThanOrEqual(80);
      expect(label.normalize('NFC')).toBe(label);
    }),
    { numRuns: 1000 },
  );
});

test('a label made once stays as it is, and may be given as an id', () => {
  fc.assert(
    fc.property(anything, (text) => {
      const label = safeLabel(text);
      expect(safeLabel(label)).toBe(label);
      expect(labelOf(label)).toBe(label);
    }),
    { numRuns: 1000 },
  );
});

test.each([
  ['Neon Nights (live)', 'Neon-Nights-live'],
  ['R&B+Soul_1.5', 'R&B+Soul_1.5'],
  ['Größe 東京', 'Größe-東京'],
  ['../../etc/passwd', 'etc-passwd'],
  ['con', 'xcon'],
  ['a'.repeat(200), 'a'.repeat(80)],
  ['é'.repeat(200), 'é'.repeat(40)],
])('%s becomes %s', (text, label) => {
  expect(safeLabel(text)).toBe(label);
});

test('text without any letter gets a label of its own', () => {
  expect(safeLabel('???')).toMatch(/^x[0-9a-f]{8}$/);
  expect(safeLabel('???')).not.toBe(safeLabel('!!!'));
});

test('an id in decomposed form is the composed label', () => {
  expect(labelOf('Cafe\u0301')).toBe('Café');
});

test('labels that a file system may confuse have one key', () => {
  expect(labelKey('Straße')).toBe(labelKey('STRASSE'));
  expect(labelKey('Cafe\u0301')).toBe(labelKey('CAFÉ'));
  expect(labelKey('a')).not.toBe(labelKey('b'));
});
