/** What the batch cost and took: all figures are computed here, when somebody wants to see them. */
import { useMemo } from 'preact/hooks';
import type { Page } from '../page.ts';
import { count, showUsd } from '../words.ts';
import { AxisTable } from './axis-table.tsx';
import { FailureTable } from './failure-table.tsx';
import { HistogramFigure } from './histogram.tsx';
import { measures } from './measures.ts';
import { timelineOf } from './timeline.ts';
import { TimelineFigure } from './timeline-figure.tsx';
import { TotalsList } from './totals-list.tsx';
import { totalsOf } from './totals.ts';
import { watchOf } from './watch.ts';

export function NumbersView({ page }: { readonly page: Page }) {
  const batch = page.batch.value;
  const { watch, timeline, totals } = useMemo(() => {
    const watched = watchOf(batch);
    const line = timelineOf(batch, watched);
    return {
      watch: watched,
      timeline: line,
      totals: totalsOf(batch, line),
    };
  }, [batch]);
  if (totals.attempts === 0) {
    return <p class="empty">Nothing has been sent yet: there are no numbers to show.</p>;
  }
  const { number, of } = batch.data.page;
  return (
    <div class="view numbers">
      {of > 1 && (
        <p class="notice">
          {`All figures are of the ${count(batch.jobs.length, 'job')} on this page, ${number} of ${of}. The whole batch has cost ${showUsd(Number(batch.data.totals.costUsd))}.`}
        </p>
      )}
      <TotalsList totals={totals} />
      <AxisTable page={page} batch={batch} watch={watch} />
      <section aria-labelledby="numbers-spread">
        <h2 id="numbers-spread">How songs differ</h2>
        <p class="hint">
          A bar lists its songs when it is pressed. The line is the median; marks at the foot are
          outliers.
        </p>
        <div class="histograms">
          {measures.map((measure) => (
            <HistogramFigure key={measure.title} page={page} measure={measure} watch={watch} />
          ))}
        </div>
      </section>
      {timeline && (
        <TimelineFigure page={page} timeline={timeline} totals={totals} runs={watch.runs} />
      )}
      <FailureTable page={page} jobs={batch.jobs} />
    </div>
  );
}
