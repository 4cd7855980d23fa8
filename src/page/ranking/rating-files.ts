/** Ratings as files: out of the page, and into it. */
import { count } from '../words.ts';
import type { RatingsBook } from '../ratings-book.ts';

/** What became of a file, for people. */
export interface FileOutcome {
  readonly says: string;
  readonly isBad: boolean;
}

/** Bytes: more than as many ratings as a file may have. */
const largestFile = 100e6;

export async function openFile(file: File, ratings: RatingsBook): Promise<FileOutcome> {
  const refused = (why: string) => ({ says: `${file.name} ${why}.`, isBad: true });
  if (file.size > largestFile) return refused('is too large for ratings');
  let text: string;
  try {
    text = await file.text();
  } catch {
    return refused('cannot be read');
  }
  const opened = ratings.open(text);
  switch (opened.kind) {
    case 'refused':
      return refused(opened.why);
    case 'merged':
      return {
        says: `${file.name}: ${count(opened.added, 'rating')} added to yours.`,
        isBad: false,
      };
    case 'beside':
      return {
        says: `${file.name}: ${count(opened.ratings, 'rating')} of ${opened.listener}, beside yours.`,
        isBad: false,
      };
  }
}

export function saveFile(name: string, text: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
  link.download = name;
  link.click();
  // Some browsers ask where to put it first, and read it then.
  setTimeout(() => {
    URL.revokeObjectURL(link.href);
  }, 60_000);
}
