/**
 * Tool/Detail -> what one task costs, as far as the API says so before any was run.
 *
 * `dynamicprice` is what is charged where it is there; of its methods only `cpr` (per request) under
 * no condition is a price for one task. Without it a task is charged by the second, and
 * `approximatelycost` is the average. Anything else is not a price that we could promise.
 */
import { parseUsd, type Picodollars } from '../job/money.ts';
import type { Price } from '../job/song-api.ts';
import { asList, asObject, asText, parseJson, type JsonObject } from './loose-json.ts';

/** Undefined when the answer describes no model at all. */
export function parsePrice(answer: JsonObject): Price | undefined {
  const tool = asObject(asList(answer['tool'])[0]);
  if (!tool) return undefined;
  const rows = priceRows(tool['dynamicprice']);
  const perTask = rows.length > 0 ? flatPrice(rows) : amount(tool['approximatelycost']);
  return perTask === undefined ? {} : { perTask };
}

function priceRows(raw: unknown): readonly unknown[] {
  return asList(typeof raw === 'string' ? parseJson(raw) : raw);
}

function flatPrice(rows: readonly unknown[]): Picodollars | undefined {
  const row = asObject(rows[0]);
  const isFlat =
    rows.length === 1 &&
    row?.['priceMethod'] === 'cpr' &&
    Object.keys(asObject(row['inputs']) ?? {}).length === 0;
  return isFlat ? amount(row['price']) : undefined;
}

/** Zero stands for "not known": nothing here is free. */
export function amount(raw: unknown): Picodollars | undefined {
  const price = parseUsd(asText(raw));
  return price === 0n ? undefined : price;
}
