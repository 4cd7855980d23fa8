/**
 * A plot by uPlot, as wide as there is room, drawn anew when data or colours change. What it shows is said in words
 * beside it: the canvas is nothing to a screen reader. What stands in it (`children`) lies over the plotting area.
 */
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import type { Appearance, Colours } from '../colours.ts';

export interface Drawing {
  readonly options: Omit<uPlot.Options, 'width' | 'height'>;
  readonly data: uPlot.AlignedData;
}

export interface ChartProps {
  readonly appearance: Appearance;
  /** CSS pixels. */
  readonly height: number;
  /** The same function draws the same. */
  readonly draw: (colours: Colours) => Drawing;
  readonly children?: ComponentChildren;
}

export function Chart({ appearance, height, draw, children }: ChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const over = useRef<HTMLDivElement>(null);
  const colours = appearance.colours.value;
  useEffect(() => {
    const element = place.current;
    if (!element) return;
    const { options, data } = draw(colours);
    const cover = ({ bbox }: uPlot): void => {
      if (!over.current) return;
      for (const side of ['left', 'top', 'width', 'height'] as const) {
        over.current.style[side] = `${bbox[side] / devicePixelRatio}px`;
      }
    };
    const hooks = { ...options.hooks, draw: [...(options.hooks?.draw ?? []), cover] };
    const plot = new uPlot(
      { ...options, hooks, width: element.clientWidth, height },
      data,
      element,
    );
    const observer = new ResizeObserver(() => {
      const width = element.clientWidth;
      // It tells of the size that there is, first of all.
      if (width > 0 && width !== plot.width) plot.setSize({ width, height });
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
      plot.destroy();
    };
  }, [draw, colours, height]);
  return (
    <div class="chart">
      <div ref={place} aria-hidden="true" />
      <div ref={over} class="chart-over">
        {children}
      </div>
    </div>
  );
}

/** What all plots have in common: no legend of uPlot's, nothing that moves, quiet axes. */
export function plainOptions(): Pick<Drawing['options'], 'legend' | 'cursor' | 'padding'> {
  return {
    legend: { show: false },
    cursor: { drag: { x: false, y: false }, points: { show: false }, y: false },
    padding: [8, 16, 0, 0],
  };
}

export function plainAxis({ faint, line }: Colours): uPlot.Axis {
  return {
    stroke: faint,
    font: '11px system-ui, sans-serif',
    grid: { stroke: line, width: 1 },
    ticks: { stroke: line, width: 1, size: 4 },
  };
}

/** At the left, for what is counted: whole numbers from 0 on. */
export function countAxis(colours: Colours): uPlot.Axis {
  return {
    ...plainAxis(colours),
    size: 40,
    space: 24,
    incrs: [1, 2, 5]
      .flatMap((step) => [0, 1, 2, 3].map((power) => step * 10 ** power))
      .sort((a, b) => a - b),
  };
}
