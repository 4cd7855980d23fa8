/** The timeline as uPlot draws it: seconds on an axis from which idle hours are cut. */
import uPlot from 'uplot';
import type { Colours } from '../colours.ts';
import { countAxis, plainAxis, plainOptions, type Drawing } from './chart.tsx';
import { showClock, showDay } from './figures.ts';
import { ticksOf, type ShownTime, type Tick } from './shown-time.ts';
import { valueAt, type Mark, type Timeline } from './timeline.ts';

/** A value holds until the next one. */
const stepped = uPlot.paths.stepped && { paths: uPlot.paths.stepped({ align: 1 }) };

/** @param onPoint told what time is pointed at; undefined: none */
export function flightDrawing(
  { shown, inFlight, limit, marks }: Timeline,
  colours: Colours,
  onPoint: (time: number | undefined) => void,
): Drawing {
  const [flight = '', allowed = '', , , retried = '', failed = ''] = colours.series;
  const times = [
    ...inFlight.map(([at]) => at),
    ...limit.map(([at]) => at),
    ...shown.segments.flatMap(({ from, to }) => [from, to]),
  ];
  const sorted = [...new Set(times)].sort((a, b) => a - b);
  const most = [...inFlight, ...limit].reduce((peak, [, value]) => Math.max(peak, value), 1);
  return {
    data: [
      sorted.map(shown.place),
      sorted.map((time) => valueAt(inFlight, time)),
      // Between runs there was none.
      sorted.map((time) => valueAt(limit, time) || null),
    ],
    options: {
      ...plainOptions(),
      scales: {
        x: { time: false, range: [0, shown.length] },
        y: { range: [0, most * 1.1] },
      },
      axes: [timeAxis(shown, colours), countAxis(colours)],
      series: [
        {},
        {
          stroke: flight,
          fill: `color-mix(in srgb, ${flight} 22%, transparent)`,
          width: 1.5,
          points: { show: false },
          ...stepped,
        },
        { stroke: allowed, width: 2, dash: [6, 4], points: { show: false }, ...stepped },
      ],
      hooks: {
        draw: [
          (plot) => {
            hatchGaps(plot, shown, colours);
            for (const mark of marks) {
              const colour = mark.kind === 'failed' ? failed : retried;
              drawMark(plot, mark, shown.place(mark.at), valueAt(inFlight, mark.at), colour);
            }
          },
        ],
        setCursor: [
          (plot) => {
            const { left } = plot.cursor;
            const isInside = left !== undefined && left >= 0;
            onPoint(isInside ? shown.time(plot.posToVal(left, 'x')) : undefined);
          },
        ],
      },
    },
  };
}

export function paceDrawing({ shown, pace }: Timeline, colours: Colours): Drawing {
  const songs = colours.series[2] ?? '';
  // A stretch ends at 0, so that nothing is drawn over the gap behind it.
  const points = pace.flatMap(({ from, to, songs: number }, index) => {
    const rate = [shown.place(from), number / ((to - from) / 60 || 1)] as const;
    return pace[index + 1]?.from === to ? [rate] : [rate, [shown.place(to), null] as const];
  });
  return {
    data: [points.map(([place]) => place), points.map(([, rate]) => rate)],
    options: {
      ...plainOptions(),
      cursor: { show: false },
      scales: {
        x: { time: false, range: [0, shown.length] },
        y: { range: (_, __, most) => [0, Math.max(most, Number.MIN_VALUE) * 1.1] },
      },
      axes: [
        { ...timeAxis(shown, colours), values: (_, splits) => splits.map(() => ''), size: 8 },
        { ...plainAxis(colours), size: 40, space: 24 },
      ],
      series: [
        {},
        {
          stroke: songs,
          fill: `color-mix(in srgb, ${songs} 30%, transparent)`,
          width: 1,
          points: { show: false },
          ...stepped,
        },
      ],
      hooks: {
        draw: [
          (plot) => {
            hatchGaps(plot, shown, colours);
          },
        ],
      },
    },
  };
}

/** CSS pixels between labels. */
const labelSpace = 80;

function timeAxis(shown: ShownTime, colours: Colours): uPlot.Axis {
  const ticksFor = ({ width }: uPlot) => ticksOf(shown, (shown.length * labelSpace) / width);
  return {
    ...plainAxis(colours),
    size: 40,
    splits: (plot) => ticksFor(plot).map(({ place }) => place),
    values: (plot) => labelsOf(ticksFor(plot)),
  };
}

/** The day is said where it begins. */
function labelsOf(ticks: readonly Tick[]): string[] {
  const withSeconds = ticks.some(({ time }) => time % 60 !== 0);
  return ticks.map(({ time }, index) => {
    const day = showDay(time);
    const before = ticks[index - 1];
    const isSaid = before !== undefined && showDay(before.time) === day;
    return `${showClock(time, withSeconds)}${isSaid ? '' : `\n${day}`}`;
  });
}

function hatchGaps(plot: uPlot, { segments }: ShownTime, { faint }: Colours): void {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.strokeStyle = faint;
  ctx.lineWidth = devicePixelRatio;
  const distance = 6 * devicePixelRatio;
  for (const [index, { start }] of segments.entries()) {
    const before = segments[index - 1];
    if (!before) continue;
    const left = plot.valToPos(before.start + before.to - before.from, 'x', true);
    const width = plot.valToPos(start, 'x', true) - left;
    ctx.save();
    ctx.beginPath();
    ctx.rect(left, bbox.top, width, bbox.height);
    ctx.clip();
    ctx.beginPath();
    for (let y = -width; y < bbox.height; y += distance) {
      ctx.moveTo(left, bbox.top + y + width);
      ctx.lineTo(left + width, bbox.top + y);
    }
    ctx.stroke();
    ctx.restore();
  }
  ctx.restore();
}

/** A ring, or a cross: they are told apart without their colours. */
function drawMark(plot: uPlot, { kind }: Mark, place: number, level: number, colour: string): void {
  const { ctx } = plot;
  const x = plot.valToPos(place, 'x', true);
  const y = plot.valToPos(level, 'y', true);
  const half = 4 * devicePixelRatio;
  ctx.save();
  ctx.strokeStyle = colour;
  ctx.lineWidth = 2 * devicePixelRatio;
  ctx.beginPath();
  switch (kind) {
    case 'retried':
      ctx.arc(x, y, half, 0, 2 * Math.PI);
      break;
    case 'failed':
      ctx.moveTo(x - half, y - half);
      ctx.lineTo(x + half, y + half);
      ctx.moveTo(x + half, y - half);
      ctx.lineTo(x - half, y + half);
      break;
  }
  ctx.stroke();
  ctx.restore();
}
