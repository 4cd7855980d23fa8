/**
 * The schemas fit the documents, and are not so wide that anything would fit.
 */
import { describe, expect, it } from 'vitest';

import { cases } from './cases.ts';
import { documented, misfits } from './documents.ts';
import { retyped, shortened } from './mutations.ts';

/** What decisions hang on: the envelope, and of what is in it what every document shows. */
const indispensable =
  /^\/[a-z]+$|^\/(tasklist|tool)\/\d+\/id$|\/(code|message|status|outputs|url|slugowner)$/;

/** What a task was sent, and what shows off a model, is anybody's. */
const free = /^\/tasklist\/\d+\/parameters\/|^\/tool\/\d+\/inspire\/\d+\//;

describe.each(cases)('the schema for $name', ({ documented: name, shape }) => {
  const fits = ({ value }: { readonly value: unknown }): boolean =>
    misfits(`answers#${shape}`, value).length === 0;
  const paths = (mutations: readonly { readonly path: string }[]): string[] =>
    mutations.map(({ path }) => path).filter((path) => !free.test(path));

  it('fits the documented answer', () => {
    expect(misfits(`answers#${shape}`, documented(name))).toEqual([]);
  });

  it('allows more than any document shows', () => {
    const more = { ...(documented(name) as object), somethingNew: { deep: [1] } };
    expect(misfits(`answers#${shape}`, more)).toEqual([]);
  });

  it('lets nothing of another type pass, wherever it is', () => {
    expect(paths(retyped(documented(name)).filter(fits))).toEqual([]);
  });

  it('insists on what decisions hang on', () => {
    const lacking = shortened(documented(name)).filter(({ path }) => indispensable.test(path));
    expect(lacking.length).toBeGreaterThan(1);
    expect(paths(lacking.filter(fits))).toEqual([]);
  });
});
