/** How the values of one axis stand, and what to hear to know more. */
import type { NextPair } from '../../ratings/next-pairs.ts';
import type { AxisRanking } from '../../ratings/ranking.ts';
import type { Heard } from '../../ratings/ratings.ts';
import type { Page } from '../page.ts';
import { isPlayable, type PlayableJob } from '../player.ts';
import { SongName } from '../song-name.tsx';
import { count, showShare } from '../words.ts';
import { StandingsTable } from './standings-table.tsx';

export interface AxisCardProps {
  readonly page: Page;
  readonly ranking: AxisRanking;
}

/** Pairs that are proposed for an axis. */
const proposed = 3;

export function AxisCard({ page, ranking }: AxisCardProps) {
  const { axis, values, comparisons, abx } = ranking;
  const standings = values.map((value) => ({
    ...value,
    key: value.label,
    name: <bdi>{value.label}</bdi>,
  }));
  return (
    <section class="card" aria-label={axis}>
      <h2>
        <bdi>{axis}</bdi> <span class="hint">{count(comparisons, 'comparison')}</span>
      </h2>
      {values.some(({ strength, stars }) => strength ?? stars) && (
        <StandingsTable caption={`${axis}, the best first`} heading="Value" standings={standings} />
      )}
      {abx && (
        <p>
          ABX: {abx.correct} of {abx.trials} right; who only guesses is right as often in{' '}
          {showShare(abx.byGuessing)} of cases.
        </p>
      )}
      <ToHearNext page={page} axis={axis} />
    </section>
  );
}

function ToHearNext({ page, axis }: { readonly page: Page; readonly axis: string }) {
  const { ranking, ratings, compare } = page;
  const next = ranking.value.next(axis, ratings.own.value.listener, proposed);
  if (next.length === 0) return null;
  const compareAlong = () => {
    compare.pairs.asked.value = { kind: 'axis', axis };
    compare.pairs.undecidedFirst.value = true;
    compare.chooseAnew();
    location.hash = '#compare';
  };
  return (
    <div class="to-hear">
      <h3>To hear next: what tells most</h3>
      <ul>
        {next.map((pair) => (
          <ProposedPair key={`${pair.a.job} ${pair.b.job}`} page={page} axis={axis} pair={pair} />
        ))}
      </ul>
      <button type="button" onClick={compareAlong}>
        Compare blind along <bdi>{axis}</bdi>
      </button>
    </div>
  );
}

interface ProposedPairProps {
  readonly page: Page;
  readonly axis: string;
  readonly pair: NextPair;
}

function ProposedPair({ page, axis, pair }: ProposedPairProps) {
  const { axes } = page.batch.value;
  const [a, b] = [jobOf(page, pair.a), jobOf(page, pair.b)];
  if (!a || !b) return null;
  const shared = axes.filter(({ name, labels }) => name !== axis && labels.length > 1);
  return (
    <li class="toolbar">
      <button
        type="button"
        onClick={() => {
          page.chosenPair.value = [a, b];
          location.hash = '#compare';
        }}
      >
        Compare
      </button>
      <span>
        <bdi>{a.coordinates[axis]}</bdi> with <bdi>{b.coordinates[axis]}</bdi>
        {shared.length > 0 && (
          <span class="hint">
            {' · '}
            <SongName job={a} axes={axes} only={shared.map(({ name }) => name)} />
          </span>
        )}
      </span>
    </li>
  );
}

function jobOf({ batch }: Page, { job }: Heard): PlayableJob | undefined {
  const found = batch.value.byId.get(job);
  return isPlayable(found) ? found : undefined;
}
