/**
 * A strict reader of Prometheus' text format 0.0.4, which shares no line with what writes it. It throws where
 * the text is not as the format's description has it, and where a histogram contradicts itself.
 */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface ReadFamily {
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly samples: readonly Sample[];
}

export type Exposition = ReadonlyMap<string, ReadFamily>;

const helpLine = /^# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) ((?:[^\\]|\\\\|\\n)*)$/;
const typeLine = /^# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram)$/;
const sampleLine = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/s;
const label = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\\\|\\n|\\")*)"(?:,|$)/y;
const number = /^(?:[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?|\+Inf|-Inf|NaN)$/;

export function readExposition(text: string): Exposition {
  if (!text.endsWith('\n')) throw new Error('the last line does not end');
  const families = new Map<string, { type: ReadFamily['type']; help: string; samples: Sample[] }>();
  const seen = new Set<string>();
  const lines = text.slice(0, -1).split('\n');
  let current = '';
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index] ?? '';
    if (line.startsWith('#')) {
      const help = helpLine.exec(line);
      const type = typeLine.exec(lines[++index] ?? '');
      if (!help || !type || help[1] !== type[1]) throw new Error(`no HELP with its TYPE: ${line}`);
      current = help[1] ?? '';
      if (families.has(current)) throw new Error(`${current} comes twice`);
      const kind = type[2] as ReadFamily['type'];
      families.set(current, { type: kind, help: unescape(help[2] ?? ''), samples: [] });
      if (kind === 'counter' && !current.endsWith('_total'))
        throw new Error(`${current} of counter`);
      continue;
    }
    const [, name = '', labels = '', value = ''] = sampleLine.exec(line) ?? [];
    const family = families.get(current);
    if (!family || !belongs(name, current, family.type)) throw new Error(`out of place: ${line}`);
    if (!number.test(value)) throw new Error(`no number: ${line}`);
    const read = readLabels(labels);
    const key = JSON.stringify([name, Object.entries(read).sort()]);
    if (seen.has(key)) throw new Error(`twice: ${line}`);
    seen.add(key);
    family.samples.push({ name, labels: read, value: toNumber(value) });
  }
  for (const [name, { type, samples }] of families) {
    if (samples.length === 0) throw new Error(`${name} has no samples`);
    if (type === 'counter' && samples.some(({ value }) => !(value >= 0))) throw new Error(name);
    if (type === 'histogram') checkHistogram(name, samples);
  }
  return families;
}

/** Undefined: there is no such series. */
export function valueOf(
  families: Exposition,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number | undefined {
  const family = families.get(name) ?? families.get(name.replace(/_(bucket|sum|count)$/, ''));
  const wanted = JSON.stringify(Object.entries(labels).sort());
  return family?.samples.find(
    (sample) =>
      sample.name === name && JSON.stringify(Object.entries(sample.labels).sort()) === wanted,
  )?.value;
}

function belongs(name: string, family: string, type: ReadFamily['type']): boolean {
  if (type !== 'histogram') return name === family;
  return ['_bucket', '_sum', '_count'].some((end) => name === family + end);
}

function readLabels(text: string): Record<string, string> {
  const labels: Record<string, string> = {};
  for (let at = 0; at < text.length; at = label.lastIndex) {
    label.lastIndex = at;
    const [, name = '', value = ''] = label.exec(text) ?? [];
    if (name === '' || name in labels) throw new Error(`no labels: ${text}`);
    labels[name] = unescape(value);
  }
  return labels;
}

function unescape(text: string): string {
  return text.replace(/\\(.)/gs, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped));
}

function toNumber(text: string): number {
  return Number(text.replace('Inf', 'Infinity'));
}

/** For each set of labels: bounds and counts ascend, to the one without end, which is the count. */
function checkHistogram(name: string, samples: readonly Sample[]): void {
  const groups = Map.groupBy(samples, ({ labels: { le: _, ...others } }) => JSON.stringify(others));
  for (const group of groups.values()) {
    const buckets = group.filter((sample) => sample.name === `${name}_bucket`);
    const bounds = buckets.map(({ labels }) => toNumber(labels['le'] ?? 'NaN'));
    const counts = buckets.map(({ value }) => value);
    const count = group.find((sample) => sample.name === `${name}_count`)?.value;
    const ascend = (values: readonly number[]) =>
      values.every((value, index) => value >= (values[index - 1] ?? -Infinity));
    const isWhole =
      bounds.at(-1) === Infinity && counts.at(-1) === count && group.length === buckets.length + 2;
    if (!isWhole || !ascend(bounds) || !ascend(counts))
      throw new Error(`${name} contradicts itself`);
  }
}
