/**
 * Tool/Detail -> what one task costs, as far as the API says so before any was run.
 *
 * `dynamicprice` is what is charged where it is there: rows of `{inputs, price, priceMethod}`, as JSON
 * in a string. One row under no condition is a price for one task when it is per request (`cpr`; the
 * method is missing in some answers), or per second (`cps`) and we know how many those usually are.
 * Without rows a task is charged by the second, and `approximatelycost` is the average. Anything else
 * depends on what is sent or made, and is not a price that we could promise.
 */
import { parseUsd, type Picodollars } from '../job/money.ts';
import type { Price } from '../job/song-api.ts';
import { asList, asObject, asText, parseJson, type JsonObject } from './loose-json.ts';

/** Undefined when the answer describes no model at all. */
export function parsePrice(answer: JsonObject): Price | undefined {
  const tool = asObject(asList(answer['tool'])[0]);
  if (!tool) return undefined;
  const rows = priceRows(tool['dynamicprice']);
  const perTask = rows.length > 0 ? rowPrice(rows, tool) : amount(tool['approximatelycost']);
  const seconds = usualSeconds(tool);
  return {
    ...(perTask !== undefined && { perTask }),
    ...(seconds !== undefined && { seconds }),
  };
}

/** `approximatelycost` is the usual seconds at the rate `cps`. */
function usualSeconds(tool: JsonObject): number | undefined {
  const cost = amount(tool['approximatelycost']);
  const rate = amount(tool['cps']);
  if (cost === undefined || rate === undefined) return undefined;
  const tenths = (cost * 10n) / rate;
  return tenths === 0n ? undefined : Number(tenths) / 10;
}

function priceRows(raw: unknown): readonly unknown[] {
  return asList(typeof raw === 'string' ? parseJson(raw) : raw);
}

function rowPrice(rows: readonly unknown[], tool: JsonObject): Picodollars | undefined {
  const row = asObject(rows[0]);
  const isConditional = Object.keys(asObject(row?.['inputs']) ?? {}).length > 0;
  if (!row || rows.length > 1 || isConditional) return undefined;
  const price = amount(row['price']);
  switch (asText(row['priceMethod'])) {
    case 'cpr':
    case '':
      return price;
    case 'cps':
      return price && usualCost(price, tool);
    default:
      return undefined;
  }
}

/** The cost of the usual seconds at another rate, rounded up. */
function usualCost(perSecond: Picodollars, tool: JsonObject): Picodollars | undefined {
  const cost = amount(tool['approximatelycost']);
  const rate = amount(tool['cps']);
  if (cost === undefined || rate === undefined) return undefined;
  return (perSecond * cost + rate - 1n) / rate;
}

/** Zero stands for "not known": nothing here is free. */
export function amount(raw: unknown): Picodollars | undefined {
  const price = parseUsd(asText(raw));
  return price === 0n ? undefined : price;
}
