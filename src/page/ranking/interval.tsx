/**
 * A strength and its 95 % interval on a line that is the same for all rows of a table. A drawing only: what it
 * shows stands in words in the row.
 */
import type { Strength } from '../../ratings/standings.ts';

export interface Scale {
  readonly low: number;
  readonly high: number;
}

/** Of being preferred to one of mean strength: what the line is marked by, the closer the shorter it is. */
const marks = { close: [0.1, 0.25, 0.5, 0.75, 0.9], far: [0.01, 0.1, 0.5, 0.9, 0.99] } as const;

/** Length of a line from which on its marks are far apart. */
const long = 6;

/** Has room for all, and is never so small that little looks like much. */
export function scaleOf(strengths: readonly Strength[]): Scale {
  const low = Math.min(-1.5, ...strengths.map((one) => one.low));
  const high = Math.max(1.5, ...strengths.map((one) => one.high));
  return { low: low - 0.2, high: high + 0.2 };
}

export function ScaleMarks({ scale }: { readonly scale: Scale }) {
  return (
    <svg class="interval marks" aria-hidden="true">
      {marksOn(scale).map((chance) => (
        <text key={chance} x={place(logit(chance), scale)} y="75%">
          {Math.round(100 * chance)} %
        </text>
      ))}
    </svg>
  );
}

export interface IntervalProps {
  readonly strength: Strength | undefined;
  readonly scale: Scale;
}

export function Interval({ strength, scale }: IntervalProps) {
  const line = (x: string, name: string) => <line class={name} x1={x} x2={x} y1="0" y2="100%" />;
  return (
    <svg class="interval" aria-hidden="true">
      {marksOn(scale).map((chance) => (
        <g key={chance}>{line(place(logit(chance), scale), chance === 0.5 ? 'middle' : 'mark')}</g>
      ))}
      {strength && (
        <g class="strength">
          <line
            x1={place(strength.low, scale)}
            x2={place(strength.high, scale)}
            y1="50%"
            y2="50%"
          />
          <circle cx={place(strength.value, scale)} cy="50%" r="5" />
        </g>
      )}
    </svg>
  );
}

/** Of being preferred to one of mean strength. */
export function chanceOf(strength: number): number {
  return 1 / (1 + Math.exp(-strength));
}

function logit(chance: number): number {
  return Math.log(chance / (1 - chance));
}

/** Those that stand apart from the edges. */
function marksOn({ low, high }: Scale): readonly number[] {
  const edge = 0.05 * (high - low);
  return marks[high - low < long ? 'close' : 'far'].filter(
    (chance) => logit(chance) > low + edge && logit(chance) < high - edge,
  );
}

function place(strength: number, { low, high }: Scale): string {
  return `${((100 * (strength - low)) / (high - low)).toFixed(2)}%`;
}
