/** The parts of a manifest that say how a batch is bought, checked and stopped. */
import type { Checks, Halt, Limits, Manifest } from './manifest.ts';
import {
  longestDuration,
  parseBudget,
  parseDuration,
  parseRate,
  parseShare,
  parseSize,
  parseSpan,
} from './quantities.ts';
import type { Reading } from './reading.ts';
import { booleanOf, fieldOf, numberOf, textOf, type Written } from './written.ts';

/** Of a manifest that sets none. */
export const defaultLimits: Limits = {
  tasks: 20,
  requestsPerSecond: 10,
  taskTimeout: 30 * 60_000,
  outputSize: 500e6,
};

export function readLimits(root: Written, reading: Reading): Limits {
  const limits = fieldOf(root, 'limits');
  const rate = textOf(fieldOf(limits, 'requests'));
  const budget = readBudget(fieldOf(limits, 'budget'));
  const jobs = numberOf(fieldOf(limits, 'jobs'));
  const deadline = readDuration(fieldOf(limits, 'deadline'), reading);
  return {
    tasks: numberOf(fieldOf(limits, 'tasks')) ?? defaultLimits.tasks,
    requestsPerSecond: parseRate(rate ?? '') ?? defaultLimits.requestsPerSecond,
    ...(budget !== undefined && { budget }),
    ...(jobs !== undefined && { jobs }),
    taskTimeout: readDuration(fieldOf(limits, 'taskTimeout'), reading) ?? defaultLimits.taskTimeout,
    ...(deadline !== undefined && { deadline }),
    outputSize: parseSize(textOf(fieldOf(limits, 'outputSize')) ?? '') ?? defaultLimits.outputSize,
  };
}

/** From the text as it stands; a number in hexadecimal has no decimal text. */
function readBudget(node: Written | undefined): bigint | undefined {
  const value = numberOf(node);
  if (node?.kind !== 'scalar' || value === undefined) return undefined;
  return parseBudget(node.source) ?? parseBudget(String(value));
}

function readDuration(node: Written | undefined, reading: Reading): number | undefined {
  const text = textOf(node);
  const duration = text === undefined ? undefined : parseDuration(text);
  if (!node || duration === undefined) return undefined;
  if (duration === 0) reading.findings.error(node.range, 'a duration is longer than nothing');
  if (duration > longestDuration) {
    reading.findings.error(node.range, 'a duration is at most 500 hours (500h)');
  }
  return duration;
}

export function readRetry(root: Written): Manifest['retry'] {
  return { attempts: numberOf(fieldOf(fieldOf(root, 'retry'), 'attempts')) ?? 3 };
}

export function readHalt(root: Written, reading: Reading): Halt | undefined {
  const node = fieldOf(fieldOf(root, 'halt'), 'failures');
  const count = numberOf(node);
  if (count !== undefined) return { count };
  const share = parseShare(textOf(node) ?? '');
  if (!node || share === undefined) return undefined;
  if (share === 0) {
    const hint = 'write 1 to stop at the first failed job';
    reading.findings.error(node.range, 'a share of 0% would stop before anything starts', hint);
  }
  return { share };
}

export function readSample(root: Written): Manifest['sample'] {
  const sample = fieldOf(root, 'sample');
  const jobs = numberOf(fieldOf(sample, 'jobs'));
  return jobs === undefined ? undefined : { jobs, seed: numberOf(fieldOf(sample, 'seed')) ?? 0 };
}

export function readChecks(root: Written, reading: Reading): Checks | undefined {
  const checks = fieldOf(root, 'checks');
  if (!checks) return undefined;
  const minSeconds = numberOf(fieldOf(checks, 'minSeconds'));
  const maxSilence = parseShare(textOf(fieldOf(checks, 'maxSilence')) ?? '');
  const loudness = readLoudness(fieldOf(checks, 'loudness'), reading);
  return {
    ...(minSeconds !== undefined && { minSeconds }),
    ...(maxSilence !== undefined && { maxSilence }),
    ...(loudness && { loudness }),
    warn: booleanOf(fieldOf(checks, 'warn')) ?? false,
  };
}

function readLoudness(node: Written | undefined, reading: Reading): Checks['loudness'] {
  const span = parseSpan(textOf(node) ?? '');
  if (!node || !span) return undefined;
  if (span.from >= span.to) {
    const hint = `write ${span.to}..${span.from}`;
    reading.findings.error(
      node.range,
      'this range of loudness is empty: the lower end is first',
      hint,
    );
  } else if (span.from < -70 || span.to > 0) {
    reading.findings.error(node.range, 'loudness lies between -70 and 0 LUFS');
  }
  return span;
}
