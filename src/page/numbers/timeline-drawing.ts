/** The timeline as uPlot draws it: seconds on an axis from which idle hours are cut. */
import uPlot from 'uplot';
import type { Colours } from '../colours.ts';
import { countAxis, plainAxis, plainOptions, type Drawing } from './chart.tsx';
import { showClock, showDay } from './figures.ts';
import { lastUntil } from './search.ts';
import { ticksOf, type ShownTime, type Tick } from './shown-time.ts';
import { valueAt, type Mark, type Step, type Timeline } from './timeline.ts';

/** A value holds until the next one. */
const stepped = uPlot.paths.stepped && { paths: uPlot.paths.stepped({ align: 1 }) };

/** @param onPoint told what time is pointed at; undefined: none */
export function flightDrawing(
  { shown, inFlight, limit, marks }: Timeline,
  colours: Colours,
  onPoint: (time: number | undefined) => void,
): Drawing {
  const [flight = '', allowed = '', , , retried = '', failed = ''] = colours.series;
  const times = [inFlight, limit].flatMap((steps) => steps.map(([at]) => at));
  const edges = shown.segments.flatMap(({ from, to }) => [from, to]);
  const sorted = [...new Set([...times, ...edges, ...idleMoments(limit)])].sort((a, b) => a - b);
  const most = [...inFlight, ...limit].reduce((peak, [, value]) => Math.max(peak, value), 1);
  return {
    data: [
      sorted.map(shown.place),
      sorted.map((time) => valueAt(inFlight, time)),
      sorted.map((time) => limitAt(limit, time)),
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
            // Very many would hide the line that they stand on.
            const half = (marks.length > 200 ? 2 : 4) * devicePixelRatio;
            for (const mark of marks) {
              const colour = mark.kind === 'failed' ? failed : retried;
              drawMark(plot, mark, shown.place(mark.at), valueAt(inFlight, mark.at), half, colour);
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

/**
 * Between runs there is no limit, and no line. uPlot draws a step as far as the next value that there is: so the last
 * limit of a run stands at its end once more, and somewhere in the time after it stands none.
 */
function limitAt(limit: readonly Step[], time: number): number | null {
  const index = lastUntil(limit, ([at]) => at, time);
  const [at, value = 0] = limit[index] ?? [];
  if (value > 0) return value;
  const before = limit[index - 1]?.[1] ?? 0;
  return at === time && before > 0 ? before : null;
}

function idleMoments(limit: readonly Step[]): readonly number[] {
  return limit.flatMap(([at, value], index) => {
    const next = limit[index + 1];
    return value === 0 && next ? [(at + next[0]) / 2] : [];
  });
}

export function paceDrawing({ shown, pace }: Timeline, colours: Colours): Drawing {
  const songs = colours.series[2] ?? '';
  // The last rate of a stretch holds to its end; in the gap behind it there is none.
  const points = pace.flatMap(({ from, to, songs: number }, index) => {
    const rate = number / ((to - from) / 60 || 1);
    const next = pace[index + 1];
    if (next?.from === to) return [[shown.place(from), rate] as const];
    const end = shown.place(to);
    const gap = next ? [[(end + shown.place(next.from)) / 2, null] as const] : [];
    return [[shown.place(from), rate] as const, [end, rate] as const, ...gap];
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
  // uPlot leaves that of the last line behind.
  ctx.setLineDash([]);
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

/**
 * A ring, or a cross: they are told apart without their colours.
 *
 * @param half of its width, in pixels of the canvas
 */
function drawMark(
  plot: uPlot,
  { kind }: Mark,
  place: number,
  level: number,
  half: number,
  colour: string,
): void {
  const { ctx } = plot;
  const x = plot.valToPos(place, 'x', true);
  const y = plot.valToPos(level, 'y', true);
  ctx.save();
  ctx.setLineDash([]);
  ctx.strokeStyle = colour;
  ctx.lineWidth = half / 2;
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
