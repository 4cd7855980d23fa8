/**
 * Runs shell commands that the vendor publishes with the real programs that they name.
 */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** Milliseconds; everything is on this machine. */
const patience = 60_000;

/** Rejects with what to install where a program is missing: these tests are never skipped. */
export async function needPrograms(): Promise<void> {
  for (const [program, question] of [
    ['bash', '--version'],
    ['curl', '--version'],
    ['openssl', 'version'],
  ] as const) {
    try {
      await execute(program, [question], { timeout: patience });
    } catch (error) {
      const hint = 'apt-get install -y bash curl openssl';
      throw new Error(`${program} cannot be run: ${hint}`, { cause: error });
    }
  }
}

/** What a script writes to its standard output. It gets no variables but the way to its programs. */
export async function bash(script: string): Promise<string> {
  const { PATH } = process.env;
  const { stdout } = await execute('bash', ['-c', script], {
    timeout: patience,
    env: { ...(PATH !== undefined && { PATH }) },
  });
  return stdout;
}

/** The model page's commands, by the headings under which they stand there. */
export function pageCommands(): {
  readonly headings: readonly string[];
  readonly section: (heading: string) => string;
} {
  const page = readFileSync(new URL('model-page.sh.txt', import.meta.url), 'utf8');
  const sections = new Map(
    page
      .split(/^## /m)
      .slice(1)
      .map((section) => {
        const end = section.indexOf('\n');
        return [section.slice(0, end), section.slice(end + 1)];
      }),
  );
  return {
    headings: Array.from(sections.keys()),
    section: (heading) => {
      const command = sections.get(heading);
      if (command === undefined) throw new Error(`the page has no section "${heading}"`);
      return command;
    },
  };
}
