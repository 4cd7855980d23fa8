/** Text as XML 1.0 takes it, whatever it holds. */

/** All that is not a character to XML: most control characters, halves of surrogate pairs, U+FFFE, U+FFFF. */
const noCharacter = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;

const references: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  // Only "]]>" must not stand in content; nobody has to look what stands before.
  '>': '&gt;',
  '"': '&quot;',
  // As they are, a parser would take them for spaces, or a CR for an LF.
  '\t': '&#9;',
  '\n': '&#10;',
  '\r': '&#13;',
};

/** For the text of an element. */
export function xmlText(text: string): string {
  return escaped(text, /[&<>\r]/g);
}

/** ` name="value"` for each, in their order. */
export function xmlAttributes(attributes: Readonly<Record<string, string | number>>): string {
  return Object.entries(attributes)
    .map(([name, value]) => ` ${name}="${escaped(String(value), /[&<>"\t\n\r]/g)}"`)
    .join('');
}

function escaped(text: string, special: RegExp): string {
  return text
    .replaceAll(noCharacter, '\ufffd')
    .replaceAll(special, (character) => references[character] ?? character);
}
