/**
 * Tool/Detail -> what a model takes and what it costs. Pure, and it never throws: groups may be null,
 * numbers are strings, and the names of options stand under `value`, `id` or `name`, with the word
 * "undefined" in the places that are not meant.
 */
import type { ModelDescription, ModelParameter } from '../manifest/model.ts';
import type { Picodollars } from '../job/money.ts';
import { asList, asNumber, asObject, asText, parseJson, type JsonObject } from './loose-json.ts';
import { amount, parsePrice } from './price.ts';
import { oneLine } from './server-words.ts';

/** One choice of a select or multiselect. */
export interface ModelOption {
  /** What is sent; verbatim. */
  readonly value: string;
  /** For people. */
  readonly label: string;
}

/** An input of a model, with all that Tool/Detail says of it. */
export interface ToolParameter extends ModelParameter {
  /** The heading under which the model's page shows it. */
  readonly group: string;
  /** `options`, with their labels. */
  readonly choices: readonly ModelOption[] | undefined;
  /** Bounds and step of a number, where they are told. */
  readonly min?: number;
  readonly max?: number;
  readonly step?: number;
}

/** A row of the model's price table. */
export interface PriceRow {
  /** Parameters under which it applies; none: it always does. */
  readonly inputs: Readonly<Record<string, string>>;
  /** USD for one unit of `method`. */
  readonly price: Picodollars;
  /** `cpr` (a request), `cps` (a second), `cpo` (an output), ...: as the API names it. */
  readonly method: string;
}

/** A model as the API describes it. Words for people are one line each, fit to be shown. */
export interface Tool extends ModelDescription {
  readonly title: string;
  readonly description: string;
  readonly parameters: readonly ToolParameter[];
  readonly prices: readonly PriceRow[];
  /** USD for a second of work; what counts where there are no `prices`. */
  readonly perSecond?: Picodollars;
  /** USD for a task of average length. */
  readonly averageCost?: Picodollars;
  /** USD for one task, whatever its parameters, as far as that is told before it runs. */
  readonly perTask?: Picodollars;
}

/**
 * @param model `owner/name` as it was asked for: the answer spells it in ways of its own
 * @returns undefined when the answer describes no model at all
 */
export function parseTool(answer: JsonObject, model: string): Tool | undefined {
  const tool = asObject(asList(answer['tool'])[0]);
  if (!tool) return undefined;
  const perSecond = amount(tool['cps']);
  const averageCost = amount(tool['approximatelycost']);
  const perTask = parsePrice(answer)?.perTask;
  return {
    model,
    title: oneLine(asText(tool['title'])),
    description: oneLine(asText(tool['description']), 2000),
    parameters: firstOfEachName(asList(unwrapped(tool['parameters'])).flatMap(parseGroup)),
    prices: asList(unwrapped(tool['dynamicprice'])).flatMap(parseRow),
    ...(perSecond !== undefined && { perSecond }),
    ...(averageCost !== undefined && { averageCost }),
    ...(perTask !== undefined && { perTask }),
  };
}

function parseGroup(raw: unknown): readonly ToolParameter[] {
  const group = asObject(raw);
  const title = oneLine(asText(group?.['title']));
  return asList(group?.['items'])
    .map((item) => parseParameter(asObject(item) ?? {}, title))
    .filter((parameter) => parameter.id !== '');
}

/** A task has one value of a name, however often the model's page asks for it. */
function firstOfEachName(parameters: readonly ToolParameter[]): readonly ToolParameter[] {
  const named = new Set<string>();
  return parameters.filter(({ id }) => !named.has(id) && named.add(id));
}

function parseParameter(item: JsonObject, group: string): ToolParameter {
  const choices = parseOptions(item['options']);
  const [min, max, step] = ['min', 'max', 'step'].map((key) => asNumber(item[key]));
  return {
    id: firstReal(item, ['id', 'name']),
    type: asText(item['type']),
    label: oneLine(firstReal(item, ['label'])),
    required: [true, 'true', 1, '1'].some((yes) => item['required'] === yes),
    default: parseDefault(item['default']),
    options: choices?.map(({ value }) => value),
    note: oneLine(firstReal(item, ['note', 'help'])),
    group,
    choices,
    ...(min !== undefined && { min }),
    ...(max !== undefined && { max }),
    ...(step !== undefined && { step }),
  };
}

function parseOptions(raw: unknown): readonly ModelOption[] | undefined {
  const options = asList(unwrapped(raw))
    .map((option): ModelOption => {
      const fields = asObject(option) ?? { value: option };
      const value = firstReal(fields, ['value', 'id', 'name', 'label']);
      const label = firstReal(fields, ['label', 'name']);
      return { value, label: label === '' ? oneLine(value) : oneLine(label) };
    })
    .filter(({ value }) => value !== '');
  return options.length > 0 ? options : undefined;
}

/** Of a multiselect it may be a list. */
function parseDefault(raw: unknown): string {
  return Array.isArray(raw) ? raw.map(asSent).join(', ') : asSent(raw);
}

function parseRow(raw: unknown): readonly PriceRow[] {
  const row = asObject(raw);
  const price = amount(row?.['price']);
  if (!row || price === undefined) return [];
  const inputs = Object.entries(asObject(row['inputs']) ?? {});
  return [
    {
      inputs: Object.fromEntries(inputs.map(([name, value]) => [name, asText(value)])),
      price,
      method: asText(row['priceMethod']),
    },
  ];
}

function firstReal(fields: JsonObject, keys: readonly string[]): string {
  const texts = keys.map((key) => asSent(fields[key]));
  return texts.find((text) => text !== '' && text !== 'undefined') ?? '';
}

/** A value as a manifest's is sent: true and false are texts too. */
function asSent(value: unknown): string {
  return typeof value === 'boolean' ? String(value) : asText(value);
}

/** Lists come as they are, or as JSON in a string. */
function unwrapped(raw: unknown): unknown {
  return typeof raw === 'string' ? parseJson(raw) : raw;
}
