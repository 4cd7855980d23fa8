/**
 * A saved plan as text: what somebody reads in a pull request and approves (`schemas/plan.schema.json`).
 *
 *     {
 *       "$schema": "https://songbatch.dev/schemas/plan.schema.json",
 *       "format": 1,
 *       ...                                        what is bought, where it goes, what it costs at most
 *       "jobs": {
 *         "3f0c...": "neon/dream-pop_s1",          one line a job: its id, and where its song goes
 *         ...
 *       }
 *     }
 *
 * It is what `JSON.stringify(plan, undefined, 2)` gives, and holds nothing of time and place, so that equal
 * plans are equal files. Only `jobs` may be long, which is why it comes last and is read line by line. What
 * is not laid out like that is refused: what is run must be what was read, also by people.
 */
import type { Picodollars } from '../job/money.ts';
import { exactUsd, parseUsd } from '../job/money.ts';
import { visible } from '../manifest/frame.ts';
import type { ListedJob } from '../plan/drift.ts';
import { validatePlan } from '../schemas/validators.ts';
import type { SelectionFlags } from './batch.ts';
import { showShard } from './batch.ts';

export interface SavedPlan {
  /** The manifest's name. */
  readonly batch: string;
  /** Its path, as seen from the working directory. */
  readonly manifest: string;
  readonly model: string;
  /** `ServiceChoice.name` */
  readonly service: string;
  /** Where the songs go, as seen from the working directory. */
  readonly folder: string;
  readonly selection: SelectionFlags;
  readonly counts: {
    /** Jobs of the manifest. */
    readonly jobs: number;
    readonly selected: number;
    /** Jobs that may be bought: those that are listed. */
    readonly toBuy: number;
  };
  /** What it costs; undefined where nobody knew. */
  readonly price?: {
    readonly perSong: Picodollars;
    /** What all the listed jobs may cost together. */
    readonly most: Picodollars;
  };
  /** The budget of the batch when it was saved. */
  readonly budget?: Picodollars;
}

/** What is shown of an axis; nothing depends on it. */
export type AxesShown = Readonly<
  Record<string, { readonly values: number; readonly labels: readonly string[] }>
>;

const schemaId = 'https://songbatch.dev/schemas/plan.schema.json';
const format = 1;

export function* planPieces(
  plan: SavedPlan,
  axes: AxesShown,
  jobs: Iterable<ListedJob>,
): Generator<string> {
  const { batch, manifest, model, service, folder, selection, counts, price, budget } = plan;
  const { only = [], skip = [], shard } = selection;
  const head = {
    $schema: schemaId,
    format,
    batch,
    manifest,
    model,
    service,
    folder,
    axes,
    selection: {
      only: inOrder(only),
      skip: inOrder(skip),
      ...(shard && { shard: showShard(shard) }),
    },
    counts,
    price: price
      ? {
          perSongUsd: exactUsd(price.perSong),
          totalUsd: exactUsd(price.perSong * BigInt(counts.toBuy)),
          atMostUsd: exactUsd(price.most),
        }
      : null,
    ...(budget !== undefined && { budgetUsd: exactUsd(budget) }),
  };
  yield `${JSON.stringify(head, undefined, 2).slice(0, -2)},\n  "jobs": {`;
  let separator = '\n';
  for (const { id, output } of jobs) {
    yield `${separator}    ${JSON.stringify(id)}: ${JSON.stringify(output)}`;
    separator = ',\n';
  }
  yield separator === '\n' ? '}\n}\n' : '\n  }\n}\n';
}

/** Flags in another order choose the same. */
function inOrder(filters: readonly string[]): readonly string[] {
  return [...new Set(filters)].sort();
}

/** Why a text is no plan that can be run; `line` from 1, where there is one to look at. */
export class PlanTextError extends Error {
  override readonly name = 'PlanTextError';
  readonly line: number | undefined;

  constructor(message: string, line?: number) {
    super(message);
    this.line = line;
  }
}

/** Whether a file may be taken for a saved plan, by what it begins with: also one of another version, or torn. */
export function looksLikePlan(start: string): boolean {
  return start.includes(schemaId);
}

interface ReadHead {
  readonly plan: SavedPlan;
  /** The line on which `jobs` opens, from 1, and whether it closes there: an empty list. */
  readonly jobsLine: number;
  readonly isEmpty: boolean;
}

/** Lines of what comes before the jobs: few, whatever a plan is about. */
const longestHead = 10_000;

/** Throws `PlanTextError`. */
export function readPlanHead(lines: Iterable<string>): ReadHead {
  const head: string[] = [];
  for (const line of lines) {
    const opening = /^\s*"jobs": ?\{(\}?)$/.exec(line);
    if (opening) {
      const isEmpty = opening[1] === '}';
      return { plan: parseHead(head), jobsLine: head.length + 1, isEmpty };
    }
    head.push(line);
    if (head.length > longestHead) break;
  }
  const text = head.join('\n');
  refuseOthers(text);
  throw new PlanTextError('it ends before its jobs, or is not laid out as it was saved');
}

function refuseOthers(head: string): void {
  if (!looksLikePlan(head)) throw new PlanTextError('it is no saved plan');
  const found = Number(/"format": ?(\d{1,9})\b/.exec(head)?.[1] ?? format);
  if (found > format) {
    throw new PlanTextError(
      `a newer songbatch saved it (format ${found}, this one reads ${format})`,
    );
  }
}

/** As the schema has it. */
interface StoredHead extends Pick<
  SavedPlan,
  'batch' | 'manifest' | 'model' | 'service' | 'folder' | 'counts'
> {
  readonly selection: {
    readonly only: readonly string[];
    readonly skip: readonly string[];
    readonly shard?: string;
  };
  readonly price: { readonly perSongUsd: string; readonly atMostUsd: string } | null;
  readonly budgetUsd?: string;
}

function parseHead(lines: readonly string[]): SavedPlan {
  const text = lines.join('\n');
  refuseOthers(text);
  let value: unknown;
  try {
    value = JSON.parse(`${text}"jobs": {}}`);
  } catch (error) {
    throw new PlanTextError(`it is not JSON: ${visible((error as Error).message)}`);
  }
  if (!validatePlan(value)) {
    const clauses = (validatePlan.errors ?? [])
      .slice(0, 5)
      .map(({ instancePath, message, params }) => {
        const key: unknown = params['additionalProperty'];
        const where = instancePath === '' ? 'it' : instancePath.slice(1).replaceAll('/', '.');
        const what =
          typeof key === 'string' ? `has an unknown key "${key}"` : (message ?? 'is wrong');
        return visible(`${where} ${what}`);
      });
    throw new PlanTextError(clauses.join('; '));
  }
  const { batch, manifest, model, service, folder, selection, counts, price, budgetUsd } =
    value as StoredHead;
  const [index = 1, of = 1] = selection.shard?.split('/').map(Number) ?? [];
  return {
    batch,
    manifest,
    model,
    service,
    folder,
    counts,
    selection: {
      only: selection.only,
      skip: selection.skip,
      ...(selection.shard !== undefined && { shard: { index, of } }),
    },
    ...(price && { price: { perSong: usd(price.perSongUsd), most: usd(price.atMostUsd) } }),
    ...(budgetUsd !== undefined && { budget: usd(budgetUsd) }),
  };
}

/** What the schema lets through is an amount. */
function usd(text: string): Picodollars {
  return parseUsd(text) ?? 0n;
}

/**
 * The jobs that are listed on the lines behind `jobs`. Throws `PlanTextError` where they are laid out
 * otherwise, end too early, or are not as many as the plan says.
 */
export function* readPlanJobs(
  lines: Iterable<string>,
  { plan, jobsLine, isEmpty }: ReadHead,
): Generator<ListedJob> {
  let number = jobsLine;
  let jobs = 0;
  let behind: 'opening' | 'comma' | 'job' | 'jobs' | 'plan' = isEmpty ? 'jobs' : 'opening';
  for (const line of lines) {
    number++;
    const job = /^\s*"([0-9a-f]{32})": ?("(?:[^"\\]|\\.)+")(,?)$/.exec(line);
    if (job && (behind === 'opening' || behind === 'comma')) {
      const [, id = '', name = '', comma] = job;
      yield { id, output: textOf(name, number) };
      jobs++;
      behind = comma === ',' ? 'comma' : 'job';
    } else if (line.trim() === '}' && (behind === 'opening' || behind === 'job')) {
      behind = 'jobs';
    } else if (line.trim() === '}' && behind === 'jobs') {
      behind = 'plan';
    } else if (line.trim() !== '') {
      throw new PlanTextError(`this is not as it was saved: ${visible(line.slice(0, 80))}`, number);
    }
  }
  if (behind !== 'plan') throw new PlanTextError('it ends in the middle');
  if (jobs !== plan.counts.toBuy) {
    throw new PlanTextError(`it lists ${jobs} of the ${plan.counts.toBuy} jobs that it counts`);
  }
}

function textOf(json: string, line: number): string {
  try {
    return JSON.parse(json) as string;
  } catch {
    throw new PlanTextError(`this is no text in JSON: ${visible(json.slice(0, 80))}`, line);
  }
}
