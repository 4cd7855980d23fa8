/** Cost and time along an axis: a row for each of its values, in whatever order. */
import { useMemo } from 'preact/hooks';
import type { Batch } from '../batch.ts';
import type { Page } from '../page.ts';
import { showLufs, showUsd } from '../words.ts';
import { rowOf, rowsAlong, type AxisRow } from './along-axis.ts';
import { showLasting, showNumber } from './figures.ts';
import type { Watch } from './watch.ts';

interface Column {
  readonly key: Exclude<keyof AxisRow, 'label'>;
  readonly title: string;
  readonly show: (value: number) => string;
  /** Its values are lengths, which are seen faster than read. */
  readonly hasBars: boolean;
}

const columns: readonly Column[] = [
  { key: 'songs', title: 'Done', show: showNumber, hasBars: false },
  { key: 'failed', title: 'Failed', show: showNumber, hasBars: true },
  { key: 'attempts', title: 'Attempts', show: showNumber, hasBars: false },
  { key: 'cost', title: 'Cost', show: showUsd, hasBars: true },
  { key: 'costPerSong', title: 'Cost per song', show: showUsd, hasBars: true },
  { key: 'taskTime', title: 'Task time', show: showLasting, hasBars: true },
  { key: 'queueTime', title: 'Queue time', show: showLasting, hasBars: true },
  { key: 'duration', title: 'Duration', show: showLasting, hasBars: true },
  { key: 'loudness', title: 'Loudness', show: showLufs, hasBars: false },
];

export interface AxisTableProps {
  readonly page: Page;
  readonly batch: Batch;
  readonly watch: Watch;
}

export function AxisTable({ page, batch, watch }: AxisTableProps) {
  const { axes, jobs } = batch;
  const query = new URLSearchParams(page.queries.numbers.value);
  const named = axes.findIndex(({ name }) => name === query.get('axis'));
  const axis = named < 0 ? mostTelling(batch) : named;
  const sort = query.get('sort') ?? '';
  const change = (entry: 'axis' | 'sort', value: string) => {
    query.set(entry, value);
    page.queries.numbers.value = query.toString();
  };
  const rows = useMemo(() => rowsAlong(batch, axis, watch), [batch, axis, watch]);
  const all = useMemo(() => rowOf(undefined, jobs, watch), [jobs, watch]);
  if (axes.length === 0) return null;
  const sorted = inOrder(rows, sort);
  return (
    <section class="card" aria-labelledby="numbers-axis">
      <h2 id="numbers-axis">Cost and time along an axis</h2>
      <div class="toolbar">
        <label class="field">
          Axis
          <select
            value={String(axis)}
            onChange={({ currentTarget }) => {
              change('axis', axes[Number(currentTarget.value)]?.name ?? '');
            }}
          >
            {axes.map(({ name, labels }, index) => (
              <option key={name} value={String(index)}>
                {`${name} (${labels.length})`}
              </option>
            ))}
          </select>
        </label>
        <span class="hint">
          Times are medians of tasks that ended well, duration and loudness are means.
        </span>
      </div>
      <div class="wide tall" tabIndex={0} role="region" aria-label="Table: cost and time">
        <table class="figures">
          <thead>
            <tr>
              <SortableHeader
                title={axes[axis]?.name ?? ''}
                sortKey=""
                sort={sort}
                onSort={change}
              />
              {columns.map(({ key, title }) => (
                <SortableHeader key={key} title={title} sortKey={key} sort={sort} onSort={change} />
              ))}
            </tr>
          </thead>
          <tbody>
            {sorted.map((row) => (
              <tr key={row.label ?? ''}>
                <th scope="row">{row.label === undefined ? '—' : <bdi>{row.label}</bdi>}</th>
                <Figures row={row} rows={rows} />
              </tr>
            ))}
          </tbody>
          <tfoot>
            <tr>
              <th scope="row">All</th>
              <Figures row={all} rows={[]} />
            </tr>
          </tfoot>
        </table>
      </div>
    </section>
  );
}

/** The first that is swept: an axis with one label compares nothing. */
function mostTelling({ axes }: Batch): number {
  return Math.max(
    0,
    axes.findIndex(({ labels }) => labels.length > 1),
  );
}

function Figures({ row, rows }: { readonly row: AxisRow; readonly rows: readonly AxisRow[] }) {
  return (
    <>
      {columns.map(({ key, show, hasBars }) => {
        const value = row[key];
        const longest = Math.max(0, ...rows.map((one) => one[key] ?? 0));
        return (
          <td key={key} class="number">
            {value === undefined ? '—' : show(value)}
            {hasBars && value !== undefined && longest > 0 && (
              <span class="length">
                <span style={{ width: `${(100 * value) / longest}%` }} />
              </span>
            )}
          </td>
        );
      })}
    </>
  );
}

interface SortableHeaderProps {
  readonly title: string;
  /** Empty: as the manifest has it. */
  readonly sortKey: string;
  readonly sort: string;
  readonly onSort: (entry: 'sort', value: string) => void;
}

/** What is much comes first; pressed once more, last. */
function SortableHeader({ title, sortKey, sort, onSort }: SortableHeaderProps) {
  const isFalling = sort === `-${sortKey}` && sortKey !== '';
  const isRising = sort === sortKey;
  return (
    <th
      scope="col"
      class={sortKey === '' ? undefined : 'number'}
      aria-sort={isFalling ? 'descending' : isRising && sortKey !== '' ? 'ascending' : undefined}
    >
      <button
        type="button"
        class="quiet"
        onClick={() => {
          onSort('sort', isFalling || sortKey === '' ? sortKey : `-${sortKey}`);
        }}
      >
        <bdi>{title}</bdi>
        <span aria-hidden="true">{isFalling ? '▾' : isRising && sortKey !== '' ? '▴' : ''}</span>
      </button>
    </th>
  );
}

/** What is not known stays last. */
function inOrder(rows: readonly AxisRow[], sort: string): readonly AxisRow[] {
  const column = columns.find(({ key }) => key === sort.replace(/^-/, ''));
  if (!column) return rows;
  const sign = sort.startsWith('-') ? -1 : 1;
  return rows.toSorted((a, b) => {
    const [one, other] = [a[column.key], b[column.key]];
    if (one === undefined || other === undefined) {
      return Number(one === undefined) - Number(other === undefined);
    }
    return sign * (one - other);
  });
}
