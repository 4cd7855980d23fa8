/** The same on the command line, and what to do with the winners. */
import { useRef } from 'preact/hooks';
import type { Page } from '../page.ts';

export function CommandLines({ page }: { readonly page: Page }) {
  const { batch, ranking, ratings, live } = page;
  const manifest = quoted(batch.value.data.batch.manifest);
  // Where the server saves them the command finds them by itself.
  const files = live ? '' : ratings.others.value.length > 0 ? ' ratings*.json' : ' ratings.json';
  const rank = `songbatch rank ${manifest}${files}`;
  const axis = ranking.value.axes.find(({ comparisons }) => comparisons > 0)?.axis;
  return (
    <section class="card" aria-label="On the command line">
      <h2>On the command line</h2>
      <p class="hint">
        {!live && 'With the exported files: '}the same ranking, and a manifest of the winners alone,
        ready for more seeds. What is bought already is not bought again.
      </p>
      <CommandLine text={rank} page={page} />
      <CommandLine text={`${rank} --select top=10 --write winners.yaml`} page={page} />
      {axis !== undefined && (
        <CommandLine
          text={`${rank} --select ${quoted(`axis=${axis}`)} --write winners.yaml`}
          page={page}
        />
      )}
    </section>
  );
}

function CommandLine({ text, page }: { readonly text: string; readonly page: Page }) {
  const code = useRef<HTMLElement>(null);
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      page.announcement.value = 'Copied.';
    } catch {
      // Not every browser lets a page from a disk: then it is at least selected.
      if (code.current) getSelection()?.selectAllChildren(code.current);
    }
  };
  return (
    <p class="command-line">
      <code ref={code} dir="ltr">
        {text}
      </code>
      <button type="button" class="quiet" aria-label={`Copy ${text}`} onClick={() => void copy()}>
        Copy
      </button>
    </p>
  );
}

/** For a POSIX shell. */
function quoted(word: string): string {
  return /^[\w./=:@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
