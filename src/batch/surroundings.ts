/** What work on a batch is given of the world around it: read once, handed on as values. */
export interface Surroundings {
  readonly environment: NodeJS.ProcessEnv;
  /** Absolute. */
  readonly workingDirectory: string;
  /** The file of the configuration, as typed; unless given, it is searched for. */
  readonly configFile?: string;
  /** A message for whoever watches, one line or more. */
  readonly tell: (text: string) => void;
}
