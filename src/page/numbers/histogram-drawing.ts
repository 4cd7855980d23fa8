/** A histogram as uPlot draws it. */
import uPlot from 'uplot';
import type { Colours } from '../colours.ts';
import { placeIn, type Histogram } from './bins.ts';
import { countAxis, plainAxis, plainOptions, type Drawing } from './chart.tsx';
import type { Measure } from './measures.ts';

/** Bins stand side by side whatever they span: the axis counts bins, its labels are their edges. */
export function histogramDrawing(
  { show, label = show }: Measure,
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
          size: 28,
          splits: ({ width }) => splitsOf(edges, width),
          values: (_, splits) => splits.map((edge) => label(edges[edge] ?? 0)),
        },
        countAxis(colours),
      ],
      series: [
        {},
        {
          fill: `color-mix(in srgb, ${bars} 45%, transparent)`,
          stroke: bars,
          width: 1,
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
