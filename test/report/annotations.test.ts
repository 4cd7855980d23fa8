import { expect, test } from 'vitest';
import fc from '../fast-check.ts';
import { problemAnnotations, workflowCommand } from '../../src/report/annotations.ts';

/** What GitHub's runner makes of such a line: the properties end at the first "::" and are split at commas. */
function read(line: string) {
  const [, level = '', list = '', data = ''] = /^::(\w+) (.*?)::(.*)$/.exec(line) ?? [];
  const plain = (text: string) =>
    text
      .replaceAll('%0D', '\r')
      .replaceAll('%0A', '\n')
      .replaceAll('%3A', ':')
      .replaceAll('%2C', ',')
      .replaceAll('%25', '%');
  const properties = list.split(',').map((pair) => {
    const at = pair.indexOf('=');
    return [pair.slice(0, at), plain(pair.slice(at + 1))] as const;
  });
  return { level, properties: Object.fromEntries(properties), message: plain(data) };
}

test('an annotation is one line, and comes out as it was, whatever stands in it', () => {
  const text = fc.string({
    unit: fc.constantFrom(...Array.from('::,,=%%abc 05DA\n')),
    maxLength: 60,
  });
  fc.assert(
    fc.property(text, text, text, (title, message, file) => {
      const line = workflowCommand(
        { level: 'error', title, message, file, line: 3, column: 7 },
        (it) => it,
      );
      expect(line).not.toMatch(/[\r\n]/);
      const { level, properties, message: shown } = read(line);
      expect(level).toBe('error');
      expect(properties).toEqual({ file, line: '3', col: '7', title: title.replaceAll('\n', ' ') });
      expect(shown).toBe(message);
    }),
  );
});

test('a file that is none of the repository has no place in it', () => {
  const line = workflowCommand(
    { level: 'warning', title: 't', message: 'm', file: '/etc/x.yaml', line: 3, column: 7 },
    () => undefined,
  );
  expect(line).toBe('::warning title=t::m');
});

test('of each level there are ten at most, and the last says how many more', () => {
  const problems = Array.from({ length: 25 }, (_, index) => ({
    severity: index % 5 === 0 ? ('warning' as const) : ('error' as const),
    message: `problem ${index}`,
    file: 'm.yaml',
  }));
  const shown = problemAnnotations(problems);
  expect(shown.filter(({ level }) => level === 'warning')).toHaveLength(5);
  const errors = shown.filter(({ level }) => level === 'error');
  expect(errors).toHaveLength(10);
  expect(errors.at(-1)?.title).toBe('and 11 more');
});
