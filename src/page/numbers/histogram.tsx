/**
 * How one measure is spread over the songs: bars that list their songs when they are pressed, the median as a line,
 * outliers as marks at the foot.
 */
import { useSignal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import type { PageJob } from '../batch.ts';
import type { Colours } from '../colours.ts';
import type { Page } from '../page.ts';
import { count } from '../words.ts';
import { BarButtons } from './bar-buttons.tsx';
import { histogramOf, type Bin, type Histogram } from './bins.ts';
import { Chart } from './chart.tsx';
import { histogramDrawing } from './histogram-drawing.ts';
import { rangeOf, type Measure } from './measures.ts';
import { OnDemand } from './on-demand.tsx';
import { SongList } from './song-list.tsx';
import { spreadOf } from './spread.ts';
import type { Watch } from './watch.ts';

export interface HistogramProps {
  readonly page: Page;
  readonly measure: Measure;
  readonly watch: Watch;
}

export function HistogramFigure({ page, measure, watch }: HistogramProps) {
  const { jobs } = page.batch.value;
  const known = useMemo(
    () =>
      jobs.flatMap((job) => {
        const value = measure.of(job, watch);
        return value === undefined ? [] : [{ job, value }];
      }),
    [jobs, measure, watch],
  );
  const histogram = useMemo(() => {
    const values = known.map(({ value }) => value);
    return histogramOf(values, measure.grain(values));
  }, [known, measure]);
  return (
    <figure class="card">
      <h3>{measure.title}</h3>
      <figcaption class="hint">
        <p>
          {describe(
            measure,
            known.map(({ value }) => value),
            histogram,
          )}
        </p>
        {measure.hint !== undefined && <p>{measure.hint}</p>}
      </figcaption>
      {histogram && <Bars page={page} measure={measure} histogram={histogram} known={known} />}
    </figure>
  );
}

/** The picture in words. */
function describe(
  { show }: Measure,
  values: readonly number[],
  histogram: Histogram | undefined,
): string {
  const spread = histogram?.spread ?? spreadOf(values);
  if (!spread) return 'Of no song known.';
  if (!histogram)
    return `${count(spread.count, 'song')}, ${show(spread.median)}${spread.count > 1 ? ' each' : ''}.`;
  const { least, lower, median, upper, most } = spread;
  const outliers = histogram.outliers.length;
  return [
    `${count(spread.count, 'song')} from ${show(least)} to ${show(most)}: median ${show(median)},`,
    `half of them between ${show(lower)} and ${show(upper)}${outliers > 0 ? `, ${count(outliers, 'outlier')}` : ''}.`,
  ].join(' ');
}

interface BarsProps {
  readonly page: Page;
  readonly measure: Measure;
  readonly histogram: Histogram;
  readonly known: readonly { readonly job: PageJob; readonly value: number }[];
}

function Bars({ page, measure, histogram, known }: BarsProps) {
  const { bins } = histogram;
  /** The lower edge of the bin whose songs are listed: it outlives a change of the data. */
  const chosen = useSignal<number | undefined>(undefined);
  const draw = useMemo(
    () => (colours: Colours) => histogramDrawing(measure, histogram, colours),
    [measure, histogram],
  );
  const bin = bins.find(({ from }) => from === chosen.value);
  const list = (one: Bin) => {
    chosen.value = chosen.value === one.from ? undefined : one.from;
  };
  return (
    <>
      <Chart appearance={page.appearance} height={150} draw={draw}>
        <BarButtons measure={measure} bins={bins} chosen={bin} onChoose={list} />
      </Chart>
      {bin && (
        <div class="chosen-bin">
          <h4>
            {rangeOf(measure, bin)}: {count(bin.members.length, 'song')}
          </h4>
          <SongList
            key={bin.from}
            page={page}
            songs={bin.members
              .flatMap((position) => known[position] ?? [])
              .sort((a, b) => a.value - b.value)
              .map(({ job, value }) => ({ job, says: measure.show(value) }))}
          />
        </div>
      )}
      <OnDemand summary="As a table">{() => <BinTable measure={measure} bins={bins} />}</OnDemand>
    </>
  );
}

function BinTable({ measure, bins }: Pick<BarsProps, 'measure'> & Pick<Histogram, 'bins'>) {
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">{measure.title}</th>
          <th scope="col" class="number">
            Songs
          </th>
        </tr>
      </thead>
      <tbody>
        {bins.map((one) => (
          <tr key={one.from}>
            <th scope="row" class="number">
              {rangeOf(measure, one)}
            </th>
            <td class="number">{one.members.length}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
