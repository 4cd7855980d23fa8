/** What is liked best by now, how sure that is, and what to hear next: worked out anew with every rating. */
import type { Ranking } from '../../ratings/ranking.ts';
import type { Page } from '../page.ts';
import { SongName } from '../song-name.tsx';
import { count, listed, showShare } from '../words.ts';
import { AxisCard } from './axis-card.tsx';
import { BestSongs } from './best-songs.tsx';
import { CommandLines } from './command-lines.tsx';
import { RatingsPanel } from './ratings-panel.tsx';

export function RankingView({ page }: { readonly page: Page }) {
  const { comparisons, stars, abx } = page.ranking.value.counted;
  const isAnythingRated = comparisons + stars + abx > 0;
  return (
    <div class="view ranking">
      {isAnythingRated ? <Standings page={page} /> : <NothingRated page={page} />}
      <RatingsPanel page={page} />
    </div>
  );
}

function NothingRated({ page }: { readonly page: Page }) {
  return (
    <div class="empty">
      <h2>Nothing rated yet</h2>
      <p>
        <a href="#compare">Compare songs blind</a>, or give them stars in the{' '}
        <a href="#matrix">matrix</a>: here you see what is liked best, and how sure that is.
      </p>
      <Uncounted {...page.ranking.value.uncounted} />
    </div>
  );
}

function Standings({ page }: { readonly page: Page }) {
  const ranking = page.ranking.value;
  const several = page.batch.value.axes.filter(({ labels }) => labels.length > 1);
  const axes = ranking.axes.filter(({ axis }) => several.some(({ name }) => name === axis));
  const told = axes.filter(
    ({ comparisons, abx, values }) =>
      comparisons > 0 || abx !== undefined || values.some(({ stars }) => stars),
  );
  const untold = axes.filter((one) => !told.includes(one)).map(({ axis }) => axis);
  return (
    <>
      <Basis ranking={ranking} />
      {told.map((one) => (
        <AxisCard key={one.axis} page={page} ranking={one} />
      ))}
      {untold.length > 0 && (
        <p class="hint">
          Nothing is known yet of <bdi>{listed(untold)}</bdi>: no songs were compared that differ in
          nothing else. <a href="#compare">Compare some</a>
        </p>
      )}
      <BestSongs page={page} />
      <AbxResults page={page} />
      <CommandLines page={page} />
    </>
  );
}

/** What all of this rests on. */
function Basis({ ranking }: { readonly ranking: Ranking }) {
  const { listeners, counted, uncounted, agreement } = ranking;
  const { comparisons, seen, skipped, stars, abx } = counted;
  return (
    <section class="card" aria-label="What this rests on">
      <p>
        {listed([
          count(comparisons, 'comparison'),
          ...(abx > 0 ? [count(abx, 'ABX test')] : []),
          ...(stars > 0 ? [count(stars, 'star rating')] : []),
        ])}
        {' of '}
        {count(listeners.length, 'listener')}.
        {seen > 0 && ` ${seen} of the comparisons were not blind.`}
        {skipped > 0 && ` ${count(skipped, 'pair')} skipped.`}
      </p>
      {agreement && (
        <p>
          {count(agreement.questions, 'pair')} judged by several listeners:{' '}
          {showShare(agreement.share)} of their answers are the same
          {agreement.alpha !== undefined &&
            ` (Krippendorff’s alpha ${agreement.alpha.toFixed(2)}: ${inWords(agreement.alpha)})`}
          .
        </p>
      )}
      <Uncounted {...uncounted} />
      <p class="hint">
        A dot says how often it is preferred to an average one, its line where that lies with a
        probability of 95 %. Where lines overlap, the order may be otherwise.
      </p>
    </section>
  );
}

/** His own rule (2004): from 0.8 on it can be relied upon, from 0.667 on conclusions are tentative. */
function inWords(alpha: number): string {
  if (alpha >= 0.8) return 'they like the same';
  if (alpha >= 0.667) return 'they like much the same';
  return alpha > 0 ? 'tastes differ' : 'they agree no more than by chance';
}

function Uncounted({ gone, changed }: Ranking['uncounted']) {
  return (
    <>
      {changed > 0 && (
        <p class="notice warn">
          {count(changed, 'rating')} not counted: the songs sound otherwise today.
        </p>
      )}
      {gone > 0 && (
        <p class="notice warn">
          {count(gone, 'rating')} not counted: the songs are not on this page.
        </p>
      )}
    </>
  );
}

function AbxResults({ page }: { readonly page: Page }) {
  const { ranking, batch } = page;
  const { abx, listeners } = ranking.value;
  const { axes, byId } = batch.value;
  if (abx.length === 0) return null;
  const name = (id: string) => {
    const job = byId.get(id);
    return job ? <SongName job={job} axes={axes} /> : id;
  };
  return (
    <section class="card" aria-label="ABX tests">
      <h2>ABX tests</h2>
      <ul>
        {abx.map(({ listener, a, b, correct, trials, byGuessing }) => (
          <li key={`${listener} ${a.job} ${b.job}`}>
            {name(a.job)} or {name(b.job)}
            {listeners.length > 1 && (
              <>
                , <bdi>{listener}</bdi>
              </>
            )}
            : {correct} of {trials} right,{' '}
            {byGuessing <= 0.05 ? 'a difference is heard' : 'not shown to be heard'} (by guessing:{' '}
            {showShare(byGuessing)})
          </li>
        ))}
      </ul>
    </section>
  );
}
