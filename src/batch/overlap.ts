/**
 * What a schedule does when one of its ticks comes. Ticks are told apart by their times, in milliseconds
 * since 1970; the same one may come twice, where the worker that took it up was lost.
 */
export const overlaps = ['skip', 'queue'] as const;

/** What a tick does while the batch of an earlier one goes on: `queue` lets one tick wait for its end. */
export type Overlap = (typeof overlaps)[number];

/** What is known of a schedule's ticks. */
export interface TickBook {
  /** The latest tick whose batch was begun. */
  readonly begun?: { readonly at: number; readonly isUnderWay: boolean };
  /** A tick that waits for the end of that batch. */
  readonly waiting?: number;
}

export type TickStep =
  | { readonly kind: 'begin' }
  /** Its batch has begun and is not over; to begin it again is to go on with it. */
  | { readonly kind: 'resume' }
  /** It is to be asked about again when the batch that goes on is over. */
  | { readonly kind: 'wait' }
  | { readonly kind: 'skip'; readonly because: 'under-way' | 'one-waits' | 'past' };

/** A tick that waits keeps its turn: those that come meanwhile are skipped. */
export function tickStep(overlap: Overlap, at: number, { begun, waiting }: TickBook): TickStep {
  if (begun && at <= begun.at) {
    return at === begun.at && begun.isUnderWay
      ? { kind: 'resume' }
      : { kind: 'skip', because: 'past' };
  }
  if (waiting !== undefined && waiting !== at) return { kind: 'skip', because: 'one-waits' };
  if (!begun?.isUnderWay) return { kind: 'begin' };
  return overlap === 'queue' ? { kind: 'wait' } : { kind: 'skip', because: 'under-way' };
}

/** Why nothing begins, for whoever reads a log; undefined where something does. @param tick as it is shown */
export function tickNews(tick: string, step: TickStep): string | undefined {
  switch (step.kind) {
    case 'begin':
    case 'resume':
      return undefined;
    case 'wait':
      return `${tick} waits: the batch of an earlier tick is still under way`;
    case 'skip':
      return `${tick} is skipped: ${skipReasons[step.because]}`;
  }
}

export const skipReasons: Record<Extract<TickStep, { readonly kind: 'skip' }>['because'], string> =
  {
    'under-way': 'the batch of an earlier tick is still under way',
    'one-waits': 'an earlier tick waits already',
    past: 'its batch is over, or a later tick has begun',
  };
