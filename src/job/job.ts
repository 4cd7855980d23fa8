/** A job: one combination of the matrix, as it is bought. */
import type { AxisName } from '../manifest/manifest.ts';
import type { ParameterSources } from '../manifest/parameters.ts';

/**
 * 32 lower-case hex digits: the hash of what is bought (model and parameters), not of its place in
 * the matrix. `plan/identity.ts` says how it is made.
 */
export type JobId = string;

export type Coordinates = Readonly<Partial<Record<AxisName, string>>>;

export interface Job {
  readonly id: JobId;
  readonly model: string;
  /** Axis to label; only the axes that this job stands on. */
  readonly coordinates: Coordinates;
  readonly parameters: ParameterSources;
  /** Where its song goes: a path below the output folder, `/` between folders, no extension. */
  readonly output: string;
}
