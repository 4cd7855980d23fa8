/** Whether a text is JUnit XML, by `junit.xsd`. */
import { readFileSync } from 'node:fs';
import { validateXML } from 'xmllint-wasm';

const schema = readFileSync(new URL('junit.xsd', import.meta.url), 'utf8');

/** What is wrong with it; nothing when it is well-formed and fits. */
export async function junitMisfits(xml: string): Promise<readonly string[]> {
  const { errors } = await validateXML({ xml, schema });
  return errors.map(({ message }) => message);
}
