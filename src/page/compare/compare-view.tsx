/** The compare view: blind comparisons and ABX tests. */
import { useEffect } from 'preact/hooks';
import type { Page } from '../page.ts';
import { AbxTrial } from './abx-trial.tsx';
import { BlindTrial } from './blind-trial.tsx';
import { ChoosePairs } from './choose-pairs.tsx';
import { AbxOutcome, SittingOutcome } from './outcome.tsx';

export function CompareView({ page }: { readonly page: Page }) {
  const { stage, playsOn } = page.compare;
  useEffect(
    () => () => {
      // Who comes back finds the same pair, and silence.
      playsOn.value = false;
    },
    [playsOn],
  );
  switch (stage.value.kind) {
    case 'choosing':
      return <ChoosePairs page={page} />;
    case 'blind':
      return <BlindTrial page={page} pair={stage.value.pair} />;
    case 'judged':
      return <SittingOutcome page={page} />;
    case 'abx':
      return <AbxTrial page={page} pair={stage.value.pair} test={stage.value.test} />;
    case 'tested':
      return <AbxOutcome page={page} pair={stage.value.pair} test={stage.value.test} />;
  }
}
