/**
 * What the listener wants to see of the matrix: which axes are rows and columns, and which jobs. It is written
 * into the address; what is not said there is as it comes.
 */
import type { PageAxis } from '../../listening/page-format.ts';
import type { PageJob } from '../batch.ts';
import type { Layout } from './pivot.ts';

export interface Choice extends Layout {
  /** Axis to the one label that is shown of it. */
  readonly only: Readonly<Record<string, string>>;
  /** Only jobs whose songs are here. */
  readonly songsOnly: boolean;
  /** Without songs that fail a check. */
  readonly hidesFailing: boolean;
  /** Without songs that sound like an earlier one. */
  readonly hidesAlike: boolean;
  /** Only songs with so many stars and more; 0: all. */
  readonly stars: number;
  /** Only jobs whose name or labels have all of these words. */
  readonly find: string;
}

/** Columns that fit into a window. */
const mostColumns = 8;

/** Seeds side by side, if they fit: they differ least, and are what one chooses between. */
export function usualLayout(axes: readonly PageAxis[]): Layout {
  const wide = axes.filter(({ labels }) => labels.length > 1);
  const [first, ...others] = wide;
  if (!first) return { rows: undefined, columns: undefined };
  // A single axis is a list: its songs get all the width there is.
  if (others.length === 0) return { rows: first.name, columns: undefined };
  const fitting = wide.filter(({ labels }) => labels.length <= mostColumns);
  const seed = fitting.find(({ name }) => name === 'seed');
  const columns = seed ?? longest(fitting) ?? shortest(wide);
  const rows = longest(wide.filter((axis) => axis !== columns));
  return { rows: rows?.name, columns: columns?.name };
}

function longest(axes: readonly PageAxis[]): PageAxis | undefined {
  return axes.toSorted((one, other) => other.labels.length - one.labels.length)[0];
}

function shortest(axes: readonly PageAxis[]): PageAxis | undefined {
  return axes.toSorted((one, other) => one.labels.length - other.labels.length)[0];
}

/** In the place of an axis: none. */
const none = '-';

/** @param query as of URLSearchParams; what makes no sense for these axes is passed over */
export function readChoice(query: string, axes: readonly PageAxis[]): Choice {
  const said = new URLSearchParams(query);
  const usual = usualLayout(axes);
  const axis = (key: 'rows' | 'columns') => {
    const name = said.get(key);
    if (name === none) return undefined;
    return axes.find((one) => one.name === name)?.name ?? usual[key];
  };
  const rows = axis('rows');
  const columns = axis('columns');
  const only = axes.flatMap(({ name, labels }) => {
    const label = said.get(name);
    return label !== null && labels.includes(label) ? [[name, label] as const] : [];
  });
  const stars = Number(said.get('stars'));
  return {
    rows,
    columns: columns === rows ? undefined : columns,
    only: Object.fromEntries(only),
    songsOnly: said.get('show') === 'songs',
    hidesFailing: said.getAll('hide').includes('failing'),
    hidesAlike: said.getAll('hide').includes('alike'),
    stars: Number.isInteger(stars) && stars >= 0 && stars <= 5 ? stars : 0,
    find: said.get('find') ?? '',
  };
}

export function writeChoice(choice: Choice, axes: readonly PageAxis[]): string {
  const usual = usualLayout(axes);
  const said = new URLSearchParams();
  for (const key of ['rows', 'columns'] as const) {
    if (choice[key] !== usual[key]) said.append(key, choice[key] ?? none);
  }
  for (const [axis, label] of Object.entries(choice.only)) said.append(axis, label);
  if (choice.songsOnly) said.append('show', 'songs');
  if (choice.hidesFailing) said.append('hide', 'failing');
  if (choice.hidesAlike) said.append('hide', 'alike');
  if (choice.stars > 0) said.append('stars', String(choice.stars));
  if (choice.find !== '') said.append('find', choice.find);
  return said.toString();
}

/** @param starsOf how the listener rated it, 0 where not at all */
export function isShown(job: PageJob, choice: Choice, starsOf: (job: PageJob) => number): boolean {
  const { rows, columns, only, songsOnly, hidesFailing, hidesAlike, stars } = choice;
  if (songsOnly && !job.song) return false;
  if (hidesFailing && job.findings.length > 0) return false;
  if (hidesAlike && job.alike) return false;
  for (const [axis, label] of Object.entries(only)) {
    // Of rows and columns all are there, whatever was chosen while they were none.
    if (axis !== rows && axis !== columns && job.coordinates[axis] !== label) return false;
  }
  if (stars > 0 && starsOf(job) < stars) return false;
  return isFound(job, choice.find);
}

function isFound({ name, coordinates, failure }: PageJob, find: string): boolean {
  const words = find.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return true;
  const text = [name, ...Object.values(coordinates), failure?.message ?? ''].join(' ').toLowerCase(); // prettier-ignore
  return words.every((word) => text.includes(word));
}
