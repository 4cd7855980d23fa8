/**
 * The songs themselves, as a grid of which only what is in sight is in the document. One of its cells can have the
 * focus; keys move it.
 */
import { useRef } from 'preact/hooks';
import type { Page } from '../page.ts';
import { Cell } from './cell.tsx';
import { px } from './geometry.ts';
import { pressInGrid, useWayIntoGrid } from './grid-keys.ts';
import { placeOf, useFocus, usePreparation, useSight, type Sight } from './grid-sight.ts';
import { jobAt } from './matrix.ts';
import { restOf, type Heading } from './pivot.ts';

export function Grid({ page }: { readonly page: Page }) {
  const { matrix } = page;
  const scroller = useRef<HTMLDivElement>(null);
  const sight = useSight(matrix, scroller);
  const focus = useFocus(matrix, scroller, sight);
  useWayIntoGrid(page, focus);
  usePreparation(page);
  const { lines, columns } = matrix.pivot.value;
  return (
    <div
      ref={scroller}
      class={sight.geometry.value.isWide ? 'matrix is-wide' : 'matrix'}
      role="grid"
      aria-label="Songs"
      aria-rowcount={lines.length + 1}
      aria-colcount={columns.length + 1}
      onScroll={sight.follow}
      onKeyDown={(event) => {
        pressInGrid(event, page, focus.move, sight.linesInSight());
      }}
      onFocusIn={(event) => {
        const place = placeOf(event.target);
        if (place) matrix.moveTo(place);
      }}
    >
      <Head page={page} sight={sight} />
      <Body page={page} sight={sight} />
    </div>
  );
}

interface PartProperties {
  readonly page: Page;
  readonly sight: Sight;
}

function Head({ page, sight }: PartProperties) {
  const { pivot, choice } = page.matrix;
  const { columns } = pivot.value;
  const { column, rowHeader, columnHeader } = sight.geometry.value;
  const width = rowHeader + columns.length * column;
  return (
    <div class="matrix-head" role="rowgroup" style={{ width: px(width), height: px(columnHeader) }}>
      <div role="row" aria-rowindex={1}>
        <div
          role="columnheader"
          aria-colindex={1}
          class={rowHeader === 0 ? 'unseen' : 'matrix-corner'}
          style={{ width: px(rowHeader) }}
        >
          {choice.value.rows ?? <span class="unseen">Row</span>}
        </div>
        {sight.columns.value.map((at) => (
          <div
            key={at}
            role="columnheader"
            aria-colindex={at + 2}
            class="matrix-column"
            style={{ left: px(rowHeader + at * column), width: px(column) }}
          >
            {choice.value.columns !== undefined && <span>{choice.value.columns} </span>}
            <Name heading={columns[at]} axis={choice.value.columns} />
          </div>
        ))}
      </div>
    </div>
  );
}

function Body({ page, sight }: PartProperties) {
  const { lines, columns } = page.matrix.pivot.value;
  const { line, column, rowHeader } = sight.geometry.value;
  const width = rowHeader + columns.length * column;
  const style = { width: px(width), height: px(lines.length * line) };
  return (
    <div role="rowgroup" class="matrix-body" style={style}>
      {sight.lines.value.map((at) => (
        <Line key={at} page={page} sight={sight} at={at} />
      ))}
    </div>
  );
}

function Line({ page, sight, at }: PartProperties & { readonly at: number }) {
  const { pivot, choice, focus } = page.matrix;
  const { lines, isAligned, rest } = pivot.value;
  const { axes } = page.batch.value;
  const { line, column, rowHeader } = sight.geometry.value;
  const shown = lines[at];
  return (
    <div
      role="row"
      aria-rowindex={at + 2}
      class={shown?.isFirst ? 'matrix-line is-first' : 'matrix-line'}
      style={{ top: px(at * line), height: px(line) }}
    >
      <div
        role="rowheader"
        aria-colindex={1}
        class={rowHeader === 0 ? 'unseen' : 'matrix-row'}
        style={{ width: px(rowHeader) }}
      >
        <Name heading={shown?.row} axis={choice.value.rows} />
        {shown?.rest !== undefined && (
          <bdi class="matrix-rest" title={shown.rest}>
            {shown.rest}
          </bdi>
        )}
      </div>
      {sight.columns.value.map((columnAt) => {
        const place = { line: at, column: columnAt };
        const job = jobAt(pivot.value, place);
        return (
          <Cell
            key={job?.id ?? columnAt}
            page={page}
            job={job}
            line={at}
            column={columnAt}
            left={rowHeader + columnAt * column}
            width={column}
            isFocused={at === focus.value.line && columnAt === focus.value.column}
            rest={job && !isAligned ? restOf(axes, rest, job) : undefined}
          />
        );
      })}
    </div>
  );
}

interface NameProperties {
  readonly heading: Heading | undefined;
  readonly axis: string | undefined;
}

function Name({ heading, axis }: NameProperties) {
  if (axis === undefined) return <span class="unseen">Songs</span>;
  if (heading?.label === undefined) {
    return (
      <span class="hint" title={`not on the axis ${axis}`}>
        —
      </span>
    );
  }
  return (
    <bdi class="matrix-name" title={`${axis}: ${heading.label}`}>
      {heading.label}
    </bdi>
  );
}
