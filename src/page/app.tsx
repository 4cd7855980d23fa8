/** The page's frame: what batch it is, its views, and the player below them. */
import { useSignalEffect } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { CompareView } from './compare/compare-view.tsx';
import { LiveStatus } from './live-status.tsx';
import { MatrixView } from './matrix/matrix-view.tsx';
import { NumbersView } from './numbers/numbers-view.tsx';
import { viewOf, views, type Page, type View } from './page.ts';
import { PlayerBar } from './player-bar.tsx';
import { RankingView } from './ranking/ranking-view.tsx';
import { count, showMinutes, showUsd } from './words.ts';

const titles: Readonly<Record<View, string>> = {
  matrix: 'Matrix',
  compare: 'Compare',
  ranking: 'Ranking',
  numbers: 'Numbers',
};

export function App({ page }: { readonly page: Page }) {
  const { view, announcement, live } = page;
  useEffect(() => {
    const follow = () => {
      view.value = viewOf(location.hash);
    };
    addEventListener('hashchange', follow);
    return () => {
      removeEventListener('hashchange', follow);
    };
  }, [view]);
  useSignalEffect(() => {
    document.documentElement.dataset['view'] = view.value;
  });
  return (
    <>
      <a class="skip-link" href="#view">
        Skip to the songs
      </a>
      <header class="page-header">
        <Heading page={page} />
        {live && <LiveStatus live={live} />}
        <nav aria-label="Views">
          <ul>
            {views.map((name) => (
              <li key={name}>
                <a href={`#${name}`} aria-current={view.value === name ? 'page' : undefined}>
                  {titles[name]}
                </a>
              </li>
            ))}
          </ul>
        </nav>
      </header>
      <main id="view" tabIndex={-1} aria-label={titles[view.value]}>
        <CurrentView page={page} />
      </main>
      <PlayerBar page={page} />
      <p class="unseen" role="status" aria-live="polite">
        {announcement}
      </p>
    </>
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

function Heading({ page }: { readonly page: Page }) {
  const { data, jobs } = page.batch.value;
  const { totals } = data;
  const failed = jobs.filter(({ status }) => status === 'failed').length;
  const seconds = jobs.reduce((sum, { song }) => sum + (song?.seconds ?? 0), 0);
  return (
    <div class="heading">
      <h1>{data.batch.name}</h1>
      <p class="facts">
        {[
          `${totals.saved} of ${count(totals.jobs, 'song')}`,
          ...(failed > 0 ? [`${failed} failed`] : []),
          showMinutes(seconds),
          showUsd(Number(totals.costUsd)),
          ...(data.batch.service === 'embedded' ? ['made by the embedded server, not by YuE'] : []),
        ].join(' · ')}
      </p>
      <Pages page={page} />
    </div>
  );
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
