/** What went wrong, by reason: how often, what it cost, whom it met. */
import { useSignal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import type { PageJob } from '../batch.ts';
import type { Page } from '../page.ts';
import { count, showUsd } from '../words.ts';
import { groupFailures, type FailureGroup, type ReasonGroup } from './failures.ts';
import { OnDemand } from './on-demand.tsx';
import { SongList } from './song-list.tsx';

/** Messages of one reason that are shown; servers may word each failure differently. */
const messagesAtOnce = 10;

export function FailureTable({
  page,
  jobs,
}: {
  readonly page: Page;
  readonly jobs: readonly PageJob[];
}) {
  const groups = useMemo(() => groupFailures(jobs), [jobs]);
  return (
    <section class="card" aria-labelledby="numbers-failures">
      <h2 id="numbers-failures">Failures</h2>
      {groups.length === 0 ? (
        <p class="hint">No attempt has failed.</p>
      ) : (
        <div class="wide" tabIndex={0} role="region" aria-label="Table: failures">
          <table>
            <thead>
              <tr>
                <th scope="col">Reason</th>
                <th scope="col" class="number">
                  Attempts
                </th>
                <th scope="col" class="number">
                  Jobs lost
                </th>
                <th scope="col" class="number">
                  Cost
                </th>
                <th scope="col">Jobs</th>
              </tr>
            </thead>
            {groups.map((group) => (
              <Reason key={group.reason} page={page} group={group} />
            ))}
          </table>
        </div>
      )}
    </section>
  );
}

function Reason({ page, group }: { readonly page: Page; readonly group: ReasonGroup }) {
  const shown = useSignal(messagesAtOnce);
  const { reason, messages } = group;
  const rest = messages.length - shown.value;
  return (
    <tbody>
      <tr class="reason">
        <th scope="rowgroup">{reason}</th>
        <Sums of={group} />
        <td />
      </tr>
      {messages.slice(0, shown.value).map((failure) => (
        <tr key={failure.message}>
          <th scope="row">
            <bdi>{failure.message}</bdi>
          </th>
          <Sums of={failure} />
          <td>
            <OnDemand summary={count(failure.jobs.length, 'job')}>
              {() => <SongList page={page} songs={failure.jobs.map((job) => ({ job }))} />}
            </OnDemand>
          </td>
        </tr>
      ))}
      {rest > 0 && (
        <tr>
          <td colSpan={5}>
            <button
              type="button"
              class="quiet"
              onClick={() => {
                shown.value += 10 * messagesAtOnce;
              }}
            >
              {count(rest, 'more message')}
            </button>
          </td>
        </tr>
      )}
    </tbody>
  );
}

function Sums({ of: { attempts, failed, cost } }: { readonly of: FailureGroup | ReasonGroup }) {
  return (
    <>
      <td class="number">{attempts}</td>
      <td class="number">{failed}</td>
      <td class="number">{showUsd(cost)}</td>
    </>
  );
}
