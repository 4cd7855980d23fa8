/** `--select`: what winners are, as it is typed. */
import { axisNames, type AxisName } from '../manifest/manifest.ts';

export type Choice =
  | { readonly by: 'jobs'; readonly most: number }
  | { readonly by: 'axis'; readonly axis: AxisName; readonly most: number };

/** `top=10`, `axis=seed`, `axis=seed:3`; undefined for anything else. */
export function parseChoice(text: string): Choice | undefined {
  const top = /^top=([1-9]\d{0,5})$/.exec(text);
  if (top) return { by: 'jobs', most: Number(top[1]) };
  const best = /^axis=([a-z]+)(?::([1-9]\d{0,5}))?$/.exec(text);
  const axis = axisNames.find((name) => name === best?.[1]);
  return axis && { by: 'axis', axis, most: Number(best?.[2] ?? 1) };
}

export function showChoice(choice: Choice): string {
  if (choice.by === 'jobs') return `top=${choice.most}`;
  return `axis=${choice.axis}${choice.most > 1 ? `:${choice.most}` : ''}`;
}
