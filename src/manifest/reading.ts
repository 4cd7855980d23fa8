/** What every reader of a part of the manifest has at hand. */
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import type { Findings } from './findings.ts';
import type { KnownModel } from './known-model.ts';
import type { AxisValue } from './manifest.ts';
import type { SourceRange } from './problem.ts';
import type { Sources } from './sources.ts';

export interface Reading {
  /** Absolute path of the manifest. */
  readonly path: string;
  /** The same as it was typed. */
  readonly shownAs: string;
  readonly text: string;
  readonly findings: Findings;
  readonly sources: Sources;
  readonly model: KnownModel;
}

/** A value of an axis that still knows where it comes from. */
export interface ReadValue extends AxisValue {
  readonly range: SourceRange;
  /** The URL or the absolute path that it was read from: another name for it. */
  readonly origin?: string;
}

/** Paths in a manifest start from its own folder. */
export function absolute(path: string, reading: Reading): string {
  return resolve(dirname(reading.path), path);
}

/** An absolute path as the user would type it, seen from where the manifest was named. */
export function shown(path: string, reading: Reading): string {
  if (isAbsolute(reading.shownAs)) return path;
  return join(dirname(reading.shownAs), relative(dirname(reading.path), path));
}
