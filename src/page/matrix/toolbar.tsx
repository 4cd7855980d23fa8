/** Which axes are rows and columns, and which jobs are shown. */
import type { Page } from '../page.ts';
import { count } from '../words.ts';
import { Icon } from '../icon.tsx';

interface Properties {
  readonly page: Page;
}

export function MatrixToolbar({ page }: Properties) {
  return (
    <form
      class="toolbar matrix-toolbar"
      role="search"
      aria-label="What is shown"
      onSubmit={(event) => {
        event.preventDefault();
      }}
    >
      <Layout page={page} />
      <AxisFilters page={page} />
      <OtherFilters page={page} />
      <Shown page={page} />
    </form>
  );
}

function Layout({ page }: Properties) {
  const { choice, change } = page.matrix;
  const { rows, columns } = choice.value;
  const names = page.batch.value.axes.map(({ name }) => name);
  if (names.length === 0) return null;
  const swap = () => {
    change({ rows: columns, columns: rows });
  };
  return (
    <>
      <AxisChoice
        title="Rows"
        names={names}
        chosen={rows}
        onChoose={(name) => {
          if (name !== undefined && name === columns) swap();
          else change({ rows: name });
        }}
      />
      <button
        type="button"
        class="quiet"
        title="Swap rows and columns"
        aria-label="Swap rows and columns"
        onClick={swap}
      >
        <Icon name="swap" />
      </button>
      <AxisChoice
        title="Columns"
        names={names}
        chosen={columns}
        onChoose={(name) => {
          if (name !== undefined && name === rows) swap();
          else change({ columns: name });
        }}
      />
    </>
  );
}

interface AxisChoiceProperties {
  readonly title: string;
  readonly names: readonly string[];
  readonly chosen: string | undefined;
  readonly onChoose: (name: string | undefined) => void;
}

function AxisChoice({ title, names, chosen, onChoose }: AxisChoiceProperties) {
  return (
    <label class="field">
      {title}
      <select
        value={names.indexOf(chosen ?? '')}
        onChange={(event) => {
          onChoose(names[Number(event.currentTarget.value)]);
        }}
      >
        <option value={-1}>none</option>
        {names.map((name, index) => (
          <option key={name} value={index}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}

/** For each axis that is neither rows nor columns. */
function AxisFilters({ page }: Properties) {
  const { choice, change } = page.matrix;
  const { rows, columns, only } = choice.value;
  return page.batch.value.axes
    .filter(({ name, labels }) => name !== rows && name !== columns && labels.length > 1)
    .map(({ name, labels }) => (
      <label key={name} class="field">
        {name}
        <select
          value={labels.indexOf(only[name] ?? '')}
          onChange={(event) => {
            const label = labels[Number(event.currentTarget.value)];
            const { [name]: _, ...others } = only;
            change({ only: label === undefined ? others : { ...only, [name]: label } });
          }}
        >
          <option value={-1}>all</option>
          {labels.map((label, index) => (
            <option key={label} value={index} dir="auto">
              {label}
            </option>
          ))}
        </select>
      </label>
    ));
}

function OtherFilters({ page }: Properties) {
  const { choice, change } = page.matrix;
  const { songsOnly, hidesFailing, hidesAlike, stars, find } = choice.value;
  const { jobs } = page.batch.value;
  const boxes = [
    // Each only where it would hide something.
    ['Songs only', songsOnly, jobs.some(({ song }) => !song), () => ({ songsOnly: !songsOnly })],
    [
      'Without failed checks',
      hidesFailing,
      jobs.some(({ findings }) => findings.length > 0),
      () => ({ hidesFailing: !hidesFailing }),
    ],
    [
      'Without near-duplicates',
      hidesAlike,
      jobs.some(({ alike }) => alike),
      () => ({ hidesAlike: !hidesAlike }),
    ],
  ] as const;
  return (
    <>
      {boxes.map(
        ([title, isOn, isUseful, turned]) =>
          (isUseful || isOn) && (
            <label key={title} class="field">
              <input
                type="checkbox"
                checked={isOn}
                onChange={() => {
                  change(turned());
                }}
              />
              {title}
            </label>
          ),
      )}
      <label class="field">
        Stars
        <select
          value={stars}
          onChange={(event) => {
            change({ stars: Number(event.currentTarget.value) });
          }}
        >
          <option value={0}>any</option>
          {[1, 2, 3, 4].map((least) => (
            <option key={least} value={least}>
              {least} or more
            </option>
          ))}
          <option value={5}>5</option>
        </select>
      </label>
      <input
        type="search"
        class="matrix-find"
        placeholder="Find a name or label"
        aria-label="Find a name or label"
        value={find}
        onInput={(event) => {
          change({ find: event.currentTarget.value });
        }}
      />
    </>
  );
}

function Shown({ page }: Properties) {
  const { places } = page.matrix.pivot.value;
  const all = page.batch.value.jobs.length;
  const words = places.size === all ? count(all, 'job') : `${places.size.toLocaleString('en')} of ${count(all, 'job')}`; // prettier-ignore
  return (
    <>
      <output class="hint number matrix-shown">{words}</output>
      <button
        type="button"
        class="quiet"
        title="Details (i)"
        aria-label="Details"
        aria-pressed={page.matrix.isDetailed.value}
        onClick={() => {
          page.matrix.isDetailed.value = !page.matrix.isDetailed.value;
        }}
      >
        <Icon name="details" />
      </button>
    </>
  );
}
