/** JUnit XML as a rendering: whatever jobs are called and servers say, it is valid and says what became of them. */
import { describe, expect, test } from 'vitest';
import fc from '../fast-check.ts';
import type { JobRecord } from '../../src/job/history.ts';
import { junitPieces } from '../../src/report/junit.ts';
import type { StopReason } from '../../src/run/events.ts';
import { xmlAttributes, xmlText } from '../../src/report/xml.ts';
import { endedRun, records } from './ended-run.ts';
import { junitMisfits } from './junit-misfits.ts';

function junitOf(of: readonly JobRecord[], stopped?: StopReason): string {
  const facts = {
    ...endedRun(of, stopped),
    alike: [{ output: 'a]]>', of: '\ud800', similarity: 0.95 }],
    shownAs: 'a & b.yaml',
    outputDir: 'out',
    startedAt: Date.UTC(2026, 0, 31, 12),
    endedAt: Date.UTC(2026, 0, 31, 12, 1),
    version: '1.2.3',
    hostname: 'runner-7',
  };
  return [...junitPieces(facts)].join('');
}

const stopped: StopReason = {
  kind: 'budget',
  message: 'the "budget" of\n$5 <is> \u0007 spent ]]>',
};

test('any histories, labels and messages give valid XML whose counts are those of its test cases', async () => {
  await fc.assert(
    fc.asyncProperty(records, fc.constantFrom(undefined, stopped), async (of, reason) => {
      const xml = junitOf(of, reason);
      expect(await junitMisfits(xml)).toEqual([]);
      const count = (element: string) => xml.split(`<${element} `).length - 1;
      expect(xml).toContain(
        ` tests="${of.length}" failures="${count('failure')}" errors="${count('error')}" skipped="${count('skipped')}" `,
      );
      expect(count('testcase')).toBe(of.length);
    }),
    // Each is a process of its own to the validator.
    { numRuns: 15 },
  );
});

describe('the schema of these tests', () => {
  const valid = junitOf([]);

  test.each<[string, (xml: string) => string]>([
    [
      'an attribute that only Jenkins knows',
      (xml) => xml.replace('<testsuites>', '<testsuites tests="0">'),
    ],
    ['a suite without a hostname', (xml) => xml.replace(/ hostname="[^"]*"/, '')],
    ['a timestamp with a zone', (xml) => xml.replace('12:00:00"', '12:00:00Z"')],
    ['a duration with an exponent', (xml) => xml.replace('time="60.000"', 'time="6e1"')],
    [
      'output before the test cases',
      (xml) => xml.replace('<properties>', '<system-err/><properties>'),
    ],
    [
      'a failure outside of a test case',
      (xml) => xml.replace('<system-err>', '<failure type="x"/><system-err>'),
    ],
    ['a control character', (xml) => xml.replace('runner-7', 'runner\u0007')],
    ['a document that breaks off', (xml) => xml.slice(0, -20)],
  ])('refuses %s', async (_, spoil) => {
    expect(await junitMisfits(valid)).toEqual([]);
    expect(spoil(valid)).not.toBe(valid);
    expect(await junitMisfits(spoil(valid))).not.toEqual([]);
  });
});

test('text that XML can hold comes back as it was', () => {
  const character = fc
    .oneof(
      fc.constantFrom(...Array.from('\t\n\r&<>"\'] x')),
      fc.nat({ max: 0x10ffff }).map(String.fromCodePoint),
    )
    .filter((one) => /^[\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]$/u.test(one));
  const named: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"' };
  const read = (xml: string) =>
    xml.replaceAll(/&(#(\d+)|\w+);/g, (_, name: string, code?: string) =>
      code === undefined ? (named[name] ?? '?') : String.fromCodePoint(Number(code)),
    );
  fc.assert(
    fc.property(fc.string({ unit: character }), (text) => {
      expect(xmlText(text)).not.toMatch(/[<>\r]/);
      expect(read(xmlText(text))).toBe(text);
      const attribute = xmlAttributes({ is: text });
      // As it stands in an attribute, white space would become spaces.
      expect(attribute).not.toMatch(/[<>\t\n\r]/);
      expect(read(attribute.slice(' is="'.length, -1))).toBe(text);
    }),
  );
});

test('what XML cannot hold is replaced, one for one', () => {
  expect(xmlText('a\u0000b\ud800c\uffffd\u{1f3b5}e')).toBe('a\ufffdb\ufffdc\ufffdd\u{1f3b5}e');
});
