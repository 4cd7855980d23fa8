/** Values of an axis, or songs, in the order in which they are liked. */
import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { decidedFrom } from '../../ratings/ranking.ts';
import type { MeanStars, Ranked, Strength } from '../../ratings/standings.ts';
import { count, showShare } from '../words.ts';
import { chanceOf, Interval, ScaleMarks, scaleOf } from './interval.tsx';

export interface Standing extends Ranked {
  readonly key: string;
  readonly name: ComponentChildren;
}

export interface StandingsTableProps {
  readonly caption: string;
  /** Of the first column. */
  readonly heading: string;
  /** The best first. */
  readonly standings: readonly Standing[];
}

/** Rows that are shown before somebody asks for more. */
const first = 10;

export function StandingsTable({ caption, heading, standings }: StandingsTableProps) {
  const isOpen = useSignal(false);
  const scale = scaleOf(standings.flatMap(({ strength }) => strength ?? []));
  const hasStars = standings.some(({ stars }) => stars);
  const shown = isOpen.value ? standings : standings.slice(0, first);
  const left = standings.length - shown.length;
  return (
    <>
      <div class="wide" tabIndex={0} role="region" aria-label={caption}>
        <table class="standings">
          <caption class="unseen">{caption}</caption>
          <thead>
            <tr>
              <th scope="col">{heading}</th>
              <th scope="col" class="drawn">
                <span class="unseen">Preferred to the average</span>
                <ScaleMarks scale={scale} />
              </th>
              <th scope="col" class="number">
                Preferred
              </th>
              {hasStars && (
                <th scope="col" class="number">
                  Stars
                </th>
              )}
              <th scope="col">Above the next</th>
            </tr>
          </thead>
          <tbody>
            {shown.map(({ key, name, strength, comparisons, wins, stars, overNext }) => (
              <tr key={key}>
                <th scope="row">{name}</th>
                <td class="drawn" title={strength && showStrength(strength)}>
                  <Interval strength={strength} scale={scale} />
                  <span class="unseen">{strength ? showStrength(strength) : 'not compared'}</span>
                </td>
                <td class="number">
                  {comparisons === 0 ? (
                    <span class="hint">not compared</span>
                  ) : (
                    `${wins} of ${comparisons}`
                  )}
                </td>
                {hasStars && <td class="number">{stars && showStars(stars)}</td>}
                <td>{overNext !== undefined && <Order overNext={overNext} />}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {left > 0 && (
        <button
          type="button"
          class="quiet"
          onClick={() => {
            isOpen.value = true;
          }}
        >
          Show {left} more
        </button>
      )}
    </>
  );
}

function Order({ overNext }: { readonly overNext: number }) {
  return overNext >= decidedFrom ? (
    <span class="good">sure</span>
  ) : (
    <span class="hint">undecided, {showShare(overNext)}</span>
  );
}

/** As a chance to be preferred to one of mean strength: that can be pictured. */
function showStrength({ value, low, high }: Strength): string {
  const [middle, from, to] = [value, low, high].map((one) => showShare(chanceOf(one)));
  return `${middle} likely to be preferred to the average, 95 % interval ${from} to ${to}; strength ${value.toFixed(2)}`;
}

function showStars({ mean, number }: MeanStars): ComponentChildren {
  return (
    <>
      <span class="unseen">{`${mean.toFixed(1)} of 5, given ${count(number, 'time')}`}</span>
      <span aria-hidden="true">
        ★ {mean.toFixed(1)} <span class="hint">×{number}</span>
      </span>
    </>
  );
}
