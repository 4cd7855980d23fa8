/** A message for whoever watches, one line or more; `info` unless it says how grave it is. */
export type Tell = (text: string, gravity?: Gravity) => void;

export type Gravity = 'info' | 'warn' | 'error';

/** What work on a batch is given of the world around it: read once, handed on as values. */
export interface Surroundings {
  readonly environment: NodeJS.ProcessEnv;
  /** Absolute. */
  readonly workingDirectory: string;
  /** The file of the configuration, as typed; unless given, it is searched for. */
  readonly configFile?: string;
  readonly tell: Tell;
}
