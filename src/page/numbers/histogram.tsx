/**
 * How one measure is spread over the songs: bars that list their songs when they are pressed, the median as a line,
 * outliers as marks at the foot.
 */
import { useSignal } from '@preact/signals';
import { useMemo, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import type { PageJob } from '../batch.ts';
import type { Colours } from '../colours.ts';
import type { Page } from '../page.ts';
import { count } from '../words.ts';
import { histogramOf, placeIn, type Bin, type Histogram } from './bins.ts';
import { Chart, countAxis, plainAxis, plainOptions, type Drawing } from './chart.tsx';
import type { Measure } from './measures.ts';
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
  const histogram = useMemo(
    () =>
      histogramOf(
        known.map(({ value }) => value),
        measure.unit,
      ),
    [known, measure],
  );
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
  const spread = spreadOf(values);
  if (!spread) return 'Of no song known.';
  if (!histogram)
    return `${count(spread.count, 'song')}, ${show(spread.least)}${spread.count > 1 ? ' each' : ''}.`;
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
    () => (colours: Colours) => drawingOf(measure, histogram, colours),
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
      <details>
        <summary>As a table</summary>
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
      </details>
    </>
  );
}

interface BarButtonsProps {
  readonly measure: Measure;
  readonly bins: readonly Bin[];
  readonly chosen: Bin | undefined;
  readonly onChoose: (bin: Bin) => void;
}

/** One stop for the Tab key; arrows go from bar to bar. */
function BarButtons({ measure, bins, chosen, onChoose }: BarButtonsProps) {
  const list = useRef<HTMLDivElement>(null);
  const reached = useSignal(0);
  const filled = bins.flatMap((bin, index) => (bin.members.length > 0 ? [{ bin, index }] : []));
  const current = Math.min(reached.value, filled.length - 1);
  const go = (to: number) => {
    reached.value = Math.max(0, Math.min(filled.length - 1, to));
    list.current?.querySelectorAll('button')[reached.value]?.focus();
  };
  return (
    <div
      ref={list}
      role="toolbar"
      aria-label={`${measure.title}, songs by bar`}
      onKeyDown={(event) => {
        const to = arrival(event.key, current, filled.length);
        if (to === undefined) return;
        event.preventDefault();
        go(to);
      }}
    >
      {filled.map(({ bin, index }, position) => (
        <button
          key={bin.from}
          type="button"
          class="bar"
          tabIndex={position === current ? 0 : -1}
          aria-pressed={bin === chosen}
          aria-label={`${rangeOf(measure, bin)}: ${count(bin.members.length, 'song')}`}
          title={`${rangeOf(measure, bin)}: ${count(bin.members.length, 'song')}`}
          style={{ left: `${(100 * index) / bins.length}%`, width: `${100 / bins.length}%` }}
          onFocus={() => {
            reached.value = position;
          }}
          onClick={() => {
            onChoose(bin);
          }}
        />
      ))}
    </div>
  );
}

function arrival(key: string, from: number, length: number): number | undefined {
  switch (key) {
    case 'ArrowLeft':
      return from - 1;
    case 'ArrowRight':
      return from + 1;
    case 'Home':
      return 0;
    case 'End':
      return length - 1;
    default:
      return undefined;
  }
}

function rangeOf({ show }: Measure, { from, to }: Bin): string {
  if (from === -Infinity) return `below ${show(to)}`;
  return to === Infinity ? `${show(from)} and more` : `${show(from)} to ${show(to)}`;
}

/** Bins stand side by side whatever they span: the axis counts bins, its labels are their edges. */
function drawingOf(
  { show }: Measure,
  { bins, spread, outliers }: Histogram,
  colours: Colours,
): Drawing {
  const [bars = '', median = ''] = colours.series;
  const edges = [...bins.map(({ from }) => from), bins.at(-1)?.to ?? Infinity];
  return {
    data: [bins.map((_, index) => index + 0.5), bins.map(({ members }) => members.length)],
    options: {
      ...plainOptions(),
      cursor: { show: false },
      scales: {
        x: { time: false, range: [0, bins.length] },
        y: { range: (_, __, most) => [0, most * 1.05] },
      },
      axes: [
        {
          ...plainAxis(colours),
          grid: { show: false },
          splits: ({ width }) => splitsOf(edges, width),
          values: (_, splits) => splits.map((edge) => show(edges[edge] ?? 0)),
        },
        countAxis(colours),
      ],
      series: [
        {},
        {
          fill: bars,
          stroke: bars,
          width: 0,
          points: { show: false },
          ...(uPlot.paths.bars && { paths: uPlot.paths.bars({ size: [1, Infinity], gap: 1 }) }),
        },
      ],
      hooks: {
        draw: [
          (plot) => {
            drawLine(plot, placeIn(bins, spread.median), median);
            for (const value of outliers) drawFoot(plot, placeIn(bins, value), colours.text);
          },
        ],
      },
    },
  };
}

/** Edges that are labelled: so many that their labels do not touch. Open ends have none. */
function splitsOf(edges: readonly number[], width: number): number[] {
  const every = Math.ceil(edges.length / Math.max(1, Math.floor(width / 90)));
  return [...edges.keys()].filter((index) => index % every === 0 && Number.isFinite(edges[index]));
}

function drawLine(plot: uPlot, place: number, colour: string): void {
  const { ctx, bbox } = plot;
  const x = Math.round(plot.valToPos(place, 'x', true));
  ctx.save();
  ctx.strokeStyle = colour;
  ctx.lineWidth = 2 * devicePixelRatio;
  ctx.beginPath();
  ctx.moveTo(x, bbox.top);
  ctx.lineTo(x, bbox.top + bbox.height);
  ctx.stroke();
  ctx.restore();
}

function drawFoot(plot: uPlot, place: number, colour: string): void {
  const { ctx, bbox } = plot;
  const x = plot.valToPos(place, 'x', true);
  const half = 3 * devicePixelRatio;
  const foot = bbox.top + bbox.height;
  ctx.save();
  ctx.fillStyle = colour;
  ctx.beginPath();
  ctx.moveTo(x - half, foot);
  ctx.lineTo(x + half, foot);
  ctx.lineTo(x, foot - 2 * half);
  ctx.fill();
  ctx.restore();
}
