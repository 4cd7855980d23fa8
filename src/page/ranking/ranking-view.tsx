import type { Page } from '../page.ts';

export function RankingView({ page }: { readonly page: Page }) {
  return <p>{page.batch.value.jobs.length} jobs</p>;
}
