import type { Page } from '../page.ts';

export function NumbersView({ page }: { readonly page: Page }) {
  return <p>{page.batch.value.jobs.length} jobs</p>;
}
