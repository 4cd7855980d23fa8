/** What a stream's other end can show, by the conventions that terminals and users follow. */
import { detectCi } from './ci.ts';

export interface TerminalTraits {
  /** Lines can be drawn again. */
  readonly canRedraw: boolean;
  readonly hasColour: boolean;
  /** It shows more than ASCII. */
  readonly hasUnicode: boolean;
}

export function traitsOf(
  isTerminal: boolean,
  environment: NodeJS.ProcessEnv,
  platform: NodeJS.Platform,
): TerminalTraits {
  // Some CI systems give their jobs a terminal, and keep all that is written to it.
  const canRedraw = isTerminal && !isDumb(environment, platform) && !detectCi(environment);
  return {
    canRedraw,
    hasColour: wantsColour(environment) ?? canRedraw,
    // A file or a pipe is UTF-8, whatever the terminal of whoever made it.
    hasUnicode: !isTerminal || showsUnicode(environment, platform),
  };
}

/** Windows does without TERM; elsewhere a terminal that has no name is taken for one that can nothing. */
function isDumb({ TERM }: NodeJS.ProcessEnv, platform: NodeJS.Platform): boolean {
  return TERM === 'dumb' || (!TERM && platform !== 'win32');
}

/**
 * https://force-color.org and https://no-color.org: present and not empty. Both: force, as in Node. Its 0
 * and false mean no, as Node and most programs have it. Undefined: the user says nothing.
 */
function wantsColour({ FORCE_COLOR, NO_COLOR }: NodeJS.ProcessEnv): boolean | undefined {
  if (FORCE_COLOR) return FORCE_COLOR !== '0' && FORCE_COLOR !== 'false';
  return NO_COLOR ? false : undefined;
}

/**
 * Windows' old console shows the signs of its code page only; the terminals that show more give
 * themselves away. Elsewhere the locale tells, where there is one, and Linux's own console has few signs.
 */
function showsUnicode(environment: NodeJS.ProcessEnv, platform: NodeJS.Platform): boolean {
  const { TERM = '', LC_ALL, LC_CTYPE, LANG } = environment;
  if (platform === 'win32') {
    const { WT_SESSION, TERM_PROGRAM, TERMINAL_EMULATOR, ConEmuTask } = environment;
    return (
      Boolean(WT_SESSION) ||
      TERM_PROGRAM === 'vscode' ||
      TERMINAL_EMULATOR === 'JetBrains-JediTerm' ||
      ConEmuTask === '{cmd::Cmder}' ||
      /^(xterm|rxvt|tmux|screen|alacritty)/.test(TERM)
    );
  }
  const locale = [LC_ALL, LC_CTYPE, LANG].find(Boolean) ?? 'UTF-8';
  return TERM !== 'linux' && /utf-?8/i.test(locale);
}

const twins: Readonly<Record<string, string>> = {
  '✓': 'ok',
  '✗': 'x',
  '×': 'x',
  '·': '|',
  '…': '...',
  '█': '#',
  '▒': '+',
  '░': '.',
};

/** Our own signs as a terminal without Unicode shows them; it has none for those in names either. */
export function inAscii(text: string): string {
  return text.replace(/[✓✗×·…█▒░]/gu, (sign) => twins[sign] ?? sign);
}
