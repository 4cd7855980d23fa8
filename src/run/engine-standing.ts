/** How a batch of many machines goes, as somebody sees it who looks in from outside. */
export interface EngineStanding {
  /** Its address, without what opens a door. */
  readonly address: string;
  readonly workers: number;
  /** Tasks that the account may have in flight, and has. */
  readonly allowed: number;
  readonly inFlight: number;
  /** Jobs that workers are still to see to. */
  readonly orders: number;
  /** Why nothing more is submitted. */
  readonly stopped?: string;
}
