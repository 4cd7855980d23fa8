/**
 * Do listeners agree? Krippendorff's alpha for names without an order (A, B, equal): 1 is perfect
 * agreement, 0 what chance would give, below 0 worse than that. Listeners need not have heard the same.
 * K. Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011).
 */

export interface Agreement {
  /** Undefined where there is one answer only: then nothing can be told apart from chance. */
  readonly alpha: number | undefined;
  /** Of all two answers to the same question, the share that is the same; 0 to 1. */
  readonly share: number;
  /** Questions that two listeners or more have answered. */
  readonly questions: number;
}

/**
 * @param questions the answers to each, one for each listener who gave one
 * @returns undefined where no question has two answers
 */
export function agreementOf(questions: readonly (readonly string[])[]): Agreement | undefined {
  const shared = questions.filter((answers) => answers.length > 1);
  if (shared.length === 0) return undefined;

  // Of each question the pairs of answers of different listeners, weighted so that each answer counts once.
  let values = 0;
  let agreeing = 0;
  let pairs = 0;
  let agreeingPairs = 0;
  const totals = new Map<string, number>();
  for (const answers of shared) {
    const counts = countsOf(answers);
    const same = orderedPairs(counts);
    values += answers.length;
    agreeing += same / (answers.length - 1);
    pairs += answers.length * (answers.length - 1);
    agreeingPairs += same;
    for (const [answer, count] of counts) totals.set(answer, (totals.get(answer) ?? 0) + count);
  }
  const byChance = orderedPairs(totals) / (values - 1);
  return {
    alpha: totals.size > 1 ? (agreeing - byChance) / (values - byChance) : undefined,
    share: agreeingPairs / pairs,
    questions: shared.length,
  };
}

function countsOf(answers: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const answer of answers) counts.set(answer, (counts.get(answer) ?? 0) + 1);
  return counts;
}

/** Of equal answers. */
function orderedPairs(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((sum, count) => sum + count * (count - 1), 0);
}
