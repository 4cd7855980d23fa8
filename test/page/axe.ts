/** What axe-core finds wrong with a page as it is now, in light and in dark. */
import axe from 'axe-core';
import type { Page } from 'playwright-core';

/** A line for each violation: the rule, and where. */
export async function violations(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source);
  const found: string[] = [];
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    const violated = await page.evaluate<{ id: string; nodes: { html: string }[] }[]>(
      'axe.run().then(({ violations }) => violations)',
    );
    for (const { id, nodes } of violated) {
      found.push(...nodes.map(({ html }) => `${colorScheme}: ${id}: ${html}`));
    }
  }
  return found;
}
