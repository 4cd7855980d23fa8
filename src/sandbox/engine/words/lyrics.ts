/**
 * Lyrics -> sections of lines. Sections begin at `[label]`; text before the first label is lost, as
 * with YuE, unless there is no label at all: then everything is one verse.
 */
export type SectionKind =
  'intro' | 'verse' | 'pre-chorus' | 'chorus' | 'bridge' | 'interlude' | 'outro';

export interface Section {
  readonly kind: SectionKind;
  /** With words in them. */
  readonly lines: readonly string[];
}

export function readLyrics(lyrics: string): Section[] {
  const parts = lyrics.split(/\[([^\]\n]*)\]/);
  if (parts.length === 1) return [{ kind: 'verse', lines: linesOf(lyrics) }];
  const sections: Section[] = [];
  for (let i = 1; i < parts.length; i += 2) {
    sections.push({ kind: kindOf(parts[i] ?? ''), lines: linesOf(parts[i + 1] ?? '') });
  }
  return sections;
}

/** The first words that are sung, for a title; at most 60 characters. */
export function firstLine(lyrics: string): string {
  const lines = lyrics.split('\n').map((line) => line.replace(/\[[^\]]*\]|\p{Cc}/gu, '').trim());
  return Array.from(lines.find((line) => line !== '') ?? 'untitled')
    .slice(0, 60)
    .join('');
}

function kindOf(label: string): SectionKind {
  const name = label.toLowerCase();
  if (name.includes('pre')) return 'pre-chorus';
  if (name.includes('intro')) return 'intro';
  if (/outro|coda|end/.test(name)) return 'outro';
  if (/chorus|hook|refrain/.test(name)) return 'chorus';
  if (/inter|inst|solo|drop/.test(name)) return 'interlude';
  return /bridge|break|middle/.test(name) ? 'bridge' : 'verse';
}

function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => /[\p{L}\p{N}]/u.test(line));
}
