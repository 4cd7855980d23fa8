/**
 * Jobs -> a matrix: two axes become rows and columns, the others are told within a row. Nothing is known here
 * of how it looks.
 *
 * A row of the matrix has one line or more, each with one job at most in a column: where several jobs of a row
 * share a column they stand on lines below each other, each line for one combination of the other axes, so that
 * what is alike stands side by side. Where that would leave mostly holes (a sample of a large matrix), each
 * column is filled from the top instead.
 */
import type { PageAxis } from '../../listening/page-format.ts';
import type { PageJob } from '../batch.ts';

export interface Pivot {
  /** Labels along the top; undefined: jobs that do not stand on the axis. One without a label if there is no such axis. */
  readonly columns: readonly Heading[];
  readonly lines: readonly Line[];
  /** Where each job stands, by its id. */
  readonly places: ReadonlyMap<string, Place>;
  /** Whether lines are of one combination; else each job tells its own. */
  readonly isAligned: boolean;
  /** Positions of the axes that are neither rows nor columns and tell jobs apart. */
  readonly rest: readonly number[];
}

/** `label` is undefined for jobs that do not stand on the axis. */
export interface Heading {
  readonly label: string | undefined;
}

export interface Line {
  readonly row: Heading;
  /** First line of its row. */
  readonly isFirst: boolean;
  /** The combination of the other axes that it is of; undefined where there is none, or not only one. */
  readonly rest: string | undefined;
  /** By column. */
  readonly cells: ReadonlyMap<number, PageJob>;
}

export interface Place {
  readonly line: number;
  readonly column: number;
}

/** Names of axes; undefined: none, all in one. */
export interface Layout {
  readonly rows: string | undefined;
  readonly columns: string | undefined;
}

/** How many more lines side by side may cost than filling from the top. */
const patience = 2;

export function pivot(
  axes: readonly PageAxis[],
  jobs: readonly PageJob[],
  { rows, columns }: Layout,
): Pivot {
  const row = axes.findIndex(({ name }) => name === rows);
  const column = axes.findIndex(({ name }) => name === columns);
  const rest = restAxes(axes, jobs, [row, column]);
  const byRow = groupByPlace(jobs, row);
  const columnPlaces = [...groupByPlace(jobs, column).keys()];
  const columnOf = new Map(columnPlaces.map((place, index) => [place, index]));
  const placed = ([place, ofRow]: readonly [number, readonly PageJob[]]): PlacedRow => ({
    heading: headingAt(axes, row, place),
    jobs: ofRow.map((job) => ({
      job,
      column: columnOf.get(placeOn(job, column)) ?? 0,
      rest: restOf(axes, rest, job),
    })),
  });
  const all = [...byRow].map(placed);
  const aligned = all.flatMap((one) => linesOf(one, true));
  const filled = all.flatMap((one) => linesOf(one, false));
  const isAligned = aligned.length <= patience * filled.length;
  const lines = isAligned ? aligned : filled;
  return {
    columns: columnPlaces.map((place) => headingAt(axes, column, place)),
    lines,
    places: new Map(
      lines.flatMap(({ cells }, line) =>
        [...cells].map(([at, job]) => [job.id, { line, column: at }] as const),
      ),
    ),
    isAligned,
    rest,
  };
}

/** Where a job stands on the axes that are neither rows nor columns: `vocal · dream-pop`. */
export function restOf(
  axes: readonly PageAxis[],
  rest: readonly number[],
  { places }: PageJob,
): string {
  return rest.flatMap((axis) => axes[axis]?.labels[places[axis] ?? -1] ?? []).join(' · ');
}

/** Positions of axes that tell these jobs apart, but for those that are rows and columns. */
function restAxes(
  axes: readonly PageAxis[],
  jobs: readonly PageJob[],
  taken: readonly number[],
): readonly number[] {
  return axes
    .keys()
    .filter((axis) => {
      const first = jobs[0]?.places[axis];
      return !taken.includes(axis) && jobs.some(({ places }) => places[axis] !== first);
    })
    .toArray();
}

interface PlacedRow {
  readonly heading: Heading;
  readonly jobs: readonly {
    readonly job: PageJob;
    readonly column: number;
    readonly rest: string;
  }[];
}

function linesOf({ heading, jobs }: PlacedRow, isAligned: boolean): Line[] {
  const groups = isAligned ? Map.groupBy(jobs, ({ rest }) => rest) : new Map([['', jobs]]);
  const lines: Line[] = [];
  for (const [rest, group] of groups) {
    /** One after the other; a combination may be there twice, once of it dropped. */
    const ofGroup: Map<number, PageJob>[] = [];
    for (const { job, column } of group) {
      let line = ofGroup.find((cells) => !cells.has(column));
      if (!line) ofGroup.push((line = new Map<number, PageJob>()));
      line.set(column, job);
    }
    for (const cells of ofGroup) {
      const isFirst = lines.length === 0;
      lines.push({ row: heading, isFirst, rest: rest === '' ? undefined : rest, cells });
    }
  }
  return lines;
}

/** In the order of the labels; those that do not stand on the axis come last. */
function groupByPlace(
  jobs: readonly PageJob[],
  axis: number,
): ReadonlyMap<number, readonly PageJob[]> {
  const groups = Map.groupBy(jobs, (job) => placeOn(job, axis));
  const last = Number.MAX_SAFE_INTEGER;
  const order = (place: number) => (place === -1 ? last : place);
  return new Map([...groups].sort(([one], [other]) => order(one) - order(other)));
}

function placeOn({ places }: PageJob, axis: number): number {
  return places[axis] ?? -1;
}

function headingAt(axes: readonly PageAxis[], axis: number, place: number): Heading {
  return { label: axes[axis]?.labels[place] };
}
