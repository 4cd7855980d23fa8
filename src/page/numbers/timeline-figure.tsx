/** The runs over time: what was in flight under which limit, what went wrong, and how fast songs came. */
import { useSignal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import type { Colours } from '../colours.ts';
import type { Page } from '../page.ts';
import { count } from '../words.ts';
import { Chart } from './chart.tsx';
import { showLasting, showMoment, showNumber } from './figures.ts';
import { OnDemand } from './on-demand.tsx';
import { RunTable } from './run-table.tsx';
import { flightDrawing, paceDrawing } from './timeline-drawing.ts';
import { valueAt, type Timeline } from './timeline.ts';
import type { Totals } from './totals.ts';
import type { ObservedRun } from './watch.ts';

export interface TimelineFigureProps {
  readonly page: Page;
  readonly timeline: Timeline;
  readonly totals: Totals;
  readonly runs: readonly ObservedRun[];
}

export function TimelineFigure({ page, timeline, totals, runs }: TimelineFigureProps) {
  const { appearance } = page;
  const pointed = useSignal<number | undefined>(undefined);
  const drawFlight = useMemo(
    () => (colours: Colours) =>
      flightDrawing(timeline, colours, (time) => {
        pointed.value = time;
      }),
    [timeline, pointed],
  );
  const drawPace = useMemo(() => (colours: Colours) => paceDrawing(timeline, colours), [timeline]);
  return (
    <section class="card" aria-labelledby="numbers-timeline">
      <h2 id="numbers-timeline">Timeline</h2>
      <figure>
        <figcaption class="hint">{describe(timeline, totals, runs)}</figcaption>
        <ul class="keys">
          <li class="key-flight">Tasks in flight</li>
          {timeline.limit.length > 0 && <li class="key-limit">Limit in force</li>}
          <li class="key-retried">Attempt failed, tried again</li>
          <li class="key-failed">Job failed</li>
        </ul>
        <Chart appearance={appearance} height={220} draw={drawFlight} />
        <p class="hint number" aria-hidden="true">
          {pointed.value === undefined
            ? 'Point at the plot to read it.'
            : read(timeline, pointed.value)}
        </p>
        <h3>Songs a minute</h3>
        <Chart appearance={appearance} height={90} draw={drawPace} />
      </figure>
      {runs.length > 0 && (
        <OnDemand summary="As a table">
          {() => <RunTable runs={runs} jobs={page.batch.value.jobs} inFlight={timeline.inFlight} />}
        </OnDemand>
      )}
    </section>
  );
}

/** The picture in words. */
function describe(
  { shown, limit, marks }: Timeline,
  { peak, parallelism, elapsed }: Totals,
  runs: readonly ObservedRun[],
): string {
  const failed = marks.filter(({ kind }) => kind === 'failed').length;
  const highest = limit.reduce((most, [, value]) => Math.max(most, value), 0);
  const sentences = [
    `From ${showMoment(shown.segments[0]?.from ?? 0)} on${runs.length > 0 ? `, in ${count(runs.length, 'run')}` : ''}` +
      (elapsed === undefined ? '' : `, ${showLasting(elapsed)} to the last end of a task`),
    `${count(peak, 'task')} in flight at most${highest > 0 ? ` of ${highest} that were allowed` : ''}` +
      (parallelism === undefined ? '' : `, ${showNumber(parallelism)} on average`),
    `${count(marks.length - failed, 'failed attempt')} tried again, ${count(failed, 'job')} failed`,
    ...(shown.segments.length > 1 ? ['Time in which nothing went on is cut out (hatched)'] : []),
  ];
  return `${sentences.join('. ')}.`;
}

function read({ inFlight, limit }: Timeline, time: number): string {
  const allowed = valueAt(limit, time);
  return [
    showMoment(time),
    `${valueAt(inFlight, time)} in flight`,
    ...(allowed > 0 ? [`limit ${allowed}`] : []),
  ].join(' · ');
}
