/** Text from a server, made fit for a line on a terminal: it is data, never an escape sequence. */

/** Control and formatting characters, of which terminals and bidirectional text make mischief. */
const unprintable = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu;

/** One line of at most `limit` characters. */
export function oneLine(text: string, limit = 500): string {
  const line = printable(text);
  return line.length > limit ? `${line.slice(0, limit - 1)}…` : line;
}

/** The same, keeping the end: where a log says what went wrong. */
export function lastWords(text: string, limit = 500): string {
  const line = printable(text);
  return line.length > limit ? `…${line.slice(line.length - limit + 1)}` : line;
}

function printable(text: string): string {
  return text.replace(unprintable, ' ').trim();
}
