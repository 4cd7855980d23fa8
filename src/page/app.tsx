/** The page's frame: what batch it is, its views, and the player below them. */
import { effect, useSignal, type Signal } from '@preact/signals';
import { useEffect, useLayoutEffect } from 'preact/hooks';
import { addressOf, readAddress, views, type View } from './address.ts';
import { themes, type Theme } from './colours.ts';
import type { PageJob } from './batch.ts';
import { CompareView } from './compare/compare-view.tsx';
import { HelpDialog } from './help-dialog.tsx';
import { Icon } from './icon.tsx';
import { LiveStatus } from './live-status.tsx';
import { MatrixView } from './matrix/matrix-view.tsx';
import { NumbersView } from './numbers/numbers-view.tsx';
import type { Page } from './page.ts';
import { PlayerBar } from './player-bar.tsx';
import { RankingView } from './ranking/ranking-view.tsx';
import { isShortcut } from './shortcuts.ts';
import { count, showMinutes, showUsd } from './words.ts';

const titles: Readonly<Record<View, string>> = {
  matrix: 'Matrix',
  compare: 'Compare',
  ranking: 'Ranking',
  numbers: 'Numbers',
};

export function App({ page }: { readonly page: Page }) {
  const { view, announcement, live } = page;
  const isHelpOpen = useSignal(false);
  useAddress(page);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key === '?' && isShortcut(event)) isHelpOpen.value = true;
    };
    addEventListener('keydown', onKey);
    return () => {
      removeEventListener('keydown', onKey);
    };
  }, [isHelpOpen]);
  return (
    <>
      <a
        class="skip-link"
        href="#view"
        onClick={(event) => {
          event.preventDefault();
          document.getElementById('view')?.focus();
        }}
      >
        Skip to the songs
      </a>
      <header class="page-header">
        <Heading page={page} />
        <Navigation page={page} />
        <div class="page-tools">
          {live && <LiveStatus live={live} />}
          <ThemeButton theme={page.appearance.theme} />
          <button
            type="button"
            class="quiet"
            title="Keys (?)"
            aria-label="Keys"
            onClick={() => {
              isHelpOpen.value = true;
            }}
          >
            ?
          </button>
        </div>
      </header>
      <main id="view" tabIndex={-1} aria-label={titles[view.value]}>
        <CurrentView page={page} />
      </main>
      {/* There it would tell which song is which. */}
      {view.value !== 'compare' && <PlayerBar page={page} />}
      <HelpDialog isOpen={isHelpOpen} />
      <p class="unseen" role="status" aria-live="polite">
        {announcement}
      </p>
    </>
  );
}

/** Keeps the address and what is shown the same. */
function useAddress({ view, queries }: Page): void {
  // Before anything is painted: an address that changes right after loading is not missed.
  useLayoutEffect(() => {
    const follow = () => {
      const next = readAddress(location.hash);
      queries[next.view].value = next.query;
      view.value = next.view;
    };
    addEventListener('hashchange', follow);
    return () => {
      removeEventListener('hashchange', follow);
    };
  }, [view, queries]);
  // At once, not after the next frame: whoever reloads right after a choice has it still.
  useLayoutEffect(
    () =>
      effect(() => {
        document.documentElement.dataset['view'] = view.value;
        const address = addressOf({ view: view.value, query: queries[view.value].value });
        // An address without any stays so: it means the same.
        const isSame = addressOf(readAddress(location.hash)) === address;
        if (!isSame) history.replaceState(null, '', address);
      }),
    [view, queries],
  );
}

function CurrentView({ page }: { readonly page: Page }) {
  switch (page.view.value) {
    case 'matrix':
      return <MatrixView page={page} />;
    case 'compare':
      return <CompareView page={page} />;
    case 'ranking':
      return <RankingView page={page} />;
    case 'numbers':
      return <NumbersView page={page} />;
  }
}

function Navigation({ page }: { readonly page: Page }) {
  const { view, queries } = page;
  return (
    <nav class="views" aria-label="Views">
      <ul>
        {views.map((name) => (
          <li key={name}>
            <a
              href={addressOf({ view: name, query: queries[name].value })}
              aria-current={view.value === name ? 'page' : undefined}
            >
              {titles[name]}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}

function Heading({ page }: { readonly page: Page }) {
  const { data, jobs } = page.batch.value;
  const { totals } = data;
  // The totals are of all pages; what is counted here is of this one.
  const here = data.page.of > 1 ? ' on this page' : '';
  const seconds = jobs.reduce((sum, { song }) => sum + (song?.seconds ?? 0), 0);
  return (
    <div class="heading">
      <h1>{data.batch.name}</h1>
      <p class="facts">
        {[
          `${totals.saved.toLocaleString('en')} of ${count(totals.jobs, 'song')}`,
          ...whatIsAmiss(jobs).map((words) => words + here),
          showMinutes(seconds) + here,
          showUsd(Number(totals.costUsd)),
          ...(data.batch.service === 'embedded' ? ['made by the embedded server, not by YuE'] : []),
        ].join(' · ')}
      </p>
      <Pages page={page} />
    </div>
  );
}

/** A song that fails a check is a failed job, and one that is here to be heard: it is told apart. */
function whatIsAmiss(jobs: readonly PageJob[]): readonly string[] {
  const failed = jobs.filter((job) => job.status === 'failed' && job.findings.length === 0).length;
  const failing = jobs.filter(({ findings, song }) => song && findings.length > 0).length;
  const gone = jobs.filter(({ isMissing }) => isMissing).length;
  return [
    ...(failed > 0 ? [`${failed.toLocaleString('en')} failed`] : []),
    ...(failing > 0 ? [`${failing.toLocaleString('en')} not passing the checks`] : []),
    ...(gone > 0 ? [`${gone.toLocaleString('en')} gone from the folder`] : []),
  ];
}

function Pages({ page }: { readonly page: Page }) {
  const { number, of } = page.batch.value.data.page;
  if (of === 1) return null;
  const link = (to: number) => (to === 1 ? 'index.html' : `page-${to}.html`);
  return (
    <nav class="pages" aria-label="Pages">
      {number > 1 && <a href={link(number - 1)}>Previous page</a>}
      <span>
        Page {number} of {of}
      </span>
      {number < of && <a href={link(number + 1)}>Next page</a>}
    </nav>
  );
}

function ThemeButton({ theme }: { readonly theme: Signal<Theme> }) {
  const next = themes[(themes.indexOf(theme.value) + 1) % themes.length] ?? 'auto';
  const says: Readonly<Record<Theme, string>> = {
    auto: 'as the system',
    light: 'light',
    dark: 'dark',
  };
  return (
    <button
      type="button"
      class="quiet"
      title={`Colours: ${says[theme.value]}`}
      aria-label={`Colours: ${says[theme.value]}. Change to ${says[next]}`}
      onClick={() => {
        theme.value = next;
      }}
    >
      <Icon name={theme.value} />
    </button>
  );
}
