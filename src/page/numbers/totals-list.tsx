/** The figures that one looks for first. */
import { count, showMinutes, showUsd } from '../words.ts';
import { showLasting, showNumber } from './figures.ts';
import type { Totals } from './totals.ts';

interface Fact {
  readonly name: string;
  readonly value: string;
  readonly hint: string;
}

export function TotalsList({ totals }: { readonly totals: Totals }) {
  return (
    <section aria-label="In all">
      <dl class="totals">
        {factsOf(totals).map(({ name, value, hint }) => (
          <div key={name} class="card">
            <dt>{name}</dt>
            <dd>
              <span class="value number">{value}</span>
              <span class="hint">{hint}</span>
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function factsOf(totals: Totals): readonly Fact[] {
  const { paid, sound, attempts, failedAttempts, lost, elapsed, busy, parallelism, peak } = totals;
  return [
    { name: 'Paid', value: showUsd(paid), hint: `for ${count(attempts, 'attempt')}` },
    {
      name: 'A minute of sound',
      value: sound > 0 ? showUsd((60 * paid) / sound) : '—',
      hint: showMinutes(sound),
    },
    {
      name: 'Lost to failed attempts',
      value: showUsd(lost),
      hint: `${failedAttempts} of ${count(attempts, 'attempt')} failed`,
    },
    {
      name: 'First submission to last end',
      value: elapsed === undefined ? '—' : showLasting(elapsed),
      hint: `${showLasting(busy)} of it with tasks in flight`,
    },
    {
      name: 'Tasks at once',
      value: parallelism === undefined ? '—' : showNumber(parallelism),
      hint: `on average while there were any; ${peak} at most`,
    },
  ];
}
