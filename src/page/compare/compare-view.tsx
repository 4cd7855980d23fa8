import type { Page } from '../page.ts';

export function CompareView({ page }: { readonly page: Page }) {
  return <p>{page.batch.value.jobs.length} jobs</p>;
}
