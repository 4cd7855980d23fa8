/**
 * Metrics, and their text in Prometheus' exposition format 0.0.4:
 *
 *     # HELP songbatch_jobs Jobs of the batch, by where they stand.
 *     # TYPE songbatch_jobs gauge
 *     songbatch_jobs{batch="nightly",state="done"} 12
 *
 * A series is a name and its labels, and lives as long as the process: the values of a label come from a
 * closed set, or from a name of which there are few.
 */

export type Labels = Readonly<Record<string, string>>;

/** Only grows. */
export interface Counter {
  /** @param amount 0 makes the series, so that its first increase is seen as one */
  readonly add: (amount?: number, labels?: Labels) => void;
}

export interface Gauge {
  readonly set: (value: number, labels?: Labels) => void;
}

export interface Histogram {
  readonly observe: (value: number, labels?: Labels) => void;
}

export interface Registry {
  /** Its name ends in `_total`. */
  readonly counter: (name: string, help: string) => Counter;
  readonly gauge: (name: string, help: string) => Gauge;
  /** @param bounds of its buckets, ascending; the one without end is added */
  readonly histogram: (name: string, help: string, bounds: readonly number[]) => Histogram;
  /** Before every text: for values that are read where they are, not told. */
  readonly beforeText: (read: () => void) => void;
  readonly text: () => string;
}

interface Family {
  readonly head: string;
  readonly lines: () => Iterable<string>;
}

export function createRegistry(): Registry {
  const families = new Map<string, Family>();
  const readers: (() => void)[] = [];

  function add(type: string, name: string, help: string, lines: Family['lines']): void {
    if (families.has(name)) throw new Error(`there are two metrics ${name}`);
    const head = `# HELP ${name} ${escapeHelp(help)}\n# TYPE ${name} ${type}`;
    families.set(name, { head, lines });
  }

  /** Values by the labels that they go by, as these are written. */
  function simple(type: 'counter' | 'gauge', name: string, help: string): Map<string, number> {
    const values = new Map<string, number>();
    add(type, name, help, function* () {
      for (const [labels, value] of values) yield sample(name, labels, value);
    });
    return values;
  }

  return {
    counter: (name, help) => {
      const values = simple('counter', name, help);
      return {
        add: (amount = 1, labels = {}) => {
          const key = writeLabels(labels);
          values.set(key, (values.get(key) ?? 0) + amount);
        },
      };
    },
    gauge: (name, help) => {
      const values = simple('gauge', name, help);
      return {
        set: (value, labels = {}) => {
          values.set(writeLabels(labels), value);
        },
      };
    },
    histogram: (name, help, bounds) => {
      const observed = new Map<string, Observed>();
      add('histogram', name, help, function* () {
        for (const [labels, one] of observed) yield* histogramLines(name, labels, bounds, one);
      });
      return {
        observe: (value, labels = {}) => {
          const key = writeLabels(labels);
          const { counts, sum } = observed.get(key) ?? {
            counts: new Array<number>(bounds.length + 1).fill(0),
            sum: 0,
          };
          const bucket = bounds.findIndex((bound) => value <= bound);
          const index = bucket === -1 ? bounds.length : bucket;
          observed.set(key, {
            counts: counts.with(index, (counts[index] ?? 0) + 1),
            sum: sum + value,
          });
        },
      };
    },
    beforeText: (read) => {
      readers.push(read);
    },
    text: () => {
      for (const read of readers) read();
      const lines: string[] = [];
      for (const family of families.values()) {
        const samples = [...family.lines()];
        if (samples.length > 0) lines.push(family.head, ...samples);
      }
      return `${lines.join('\n')}\n`;
    },
  };
}

/** Each in its own bucket only, the last of them without end. */
interface Observed {
  readonly counts: readonly number[];
  readonly sum: number;
}

/** In the text a bucket counts all that lies below its bound. */
function* histogramLines(
  name: string,
  labels: string,
  bounds: readonly number[],
  { counts, sum }: Observed,
): Generator<string> {
  let below = 0;
  for (const [index, count] of counts.entries()) {
    below += count;
    const le = `le="${written(bounds[index] ?? Infinity)}"`;
    yield sample(`${name}_bucket`, labels === '' ? le : `${labels},${le}`, below);
  }
  yield sample(`${name}_sum`, labels, sum);
  yield sample(`${name}_count`, labels, below);
}

function sample(name: string, labels: string, value: number): string {
  return `${name}${labels === '' ? '' : `{${labels}}`} ${written(value)}`;
}

function written(value: number): string {
  if (Number.isFinite(value)) return String(value);
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
}

/** `batch="nightly",state="done"` */
function writeLabels(labels: Labels): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${escapeHelp(value).replaceAll('"', '\\"')}"`)
    .join(',');
}

function escapeHelp(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}
