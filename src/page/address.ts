/**
 * What stands after `#` in the address: the view, and how it was left, so that a link shows what its sender saw
 * and a reload loses nothing. `#matrix?rows=lyrics&columns=seed`
 */

export const views = ['matrix', 'compare', 'ranking', 'numbers'] as const;

export type View = (typeof views)[number];

export interface Address {
  readonly view: View;
  /** As URLSearchParams takes and gives it, without `?`; empty where the view is as it comes. */
  readonly query: string;
}

export function readAddress(hash: string): Address {
  const [name, query = ''] = hash.replace(/^#/, '').split(/\?(.*)/s, 2);
  return { view: views.find((view) => view === name) ?? 'matrix', query };
}

export function addressOf({ view, query }: Address): string {
  return query === '' ? `#${view}` : `#${view}?${query}`;
}
