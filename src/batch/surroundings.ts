/** A message for whoever watches, one line or more; `info` unless it says how grave it is. */
export type Tell = (text: string, gravity?: Gravity) => void;

export type Gravity = 'info' | 'warn' | 'error';

/** What work on a batch is given of the world around it: read once, handed on as values. */
export interface Surroundings {
  readonly environment: NodeJS.ProcessEnv;
  /** Absolute. */
  readonly workingDirectory: string;
  readonly tell: Tell;
}
