/** The timeline as a table: what each run came to. */
import { useMemo } from 'preact/hooks';
import type { PageJob } from '../batch.ts';
import { count } from '../words.ts';
import { showLasting, showMoment } from './figures.ts';
import { runFiguresOf, type RunFigures } from './run-figures.ts';
import type { Step } from './timeline.ts';
import type { ObservedRun } from './watch.ts';

const counts = [
  ['In flight at most', 'peak'],
  ['Songs', 'songs'],
  ['Failed attempts', 'failedAttempts'],
] as const;

/** The latest of very many. */
const mostRuns = 100;

export interface RunTableProps {
  readonly runs: readonly ObservedRun[];
  readonly jobs: readonly PageJob[];
  readonly inFlight: readonly Step[];
}

export function RunTable({ runs, jobs, inFlight }: RunTableProps) {
  const shown = useMemo(
    () => runFiguresOf(runs.slice(-mostRuns), jobs, inFlight),
    [runs, jobs, inFlight],
  );
  return (
    <>
      <div class="wide" tabIndex={0} role="region" aria-label="Table: runs">
        <table>
          <thead>
            <tr>
              <th scope="col">Run</th>
              <th scope="col">Lasted</th>
              <th scope="col">Limit</th>
              {counts.map(([title, key]) => (
                <th key={key} scope="col" class="number">
                  {title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map((run) => (
              <tr key={run.from}>
                <th scope="row">{showMoment(run.from)}</th>
                <td>{describeLength(run)}</td>
                <td>{describeLimit(run)}</td>
                {counts.map(([, key]) => (
                  <td key={key} class="number">
                    {run[key]}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {runs.length > shown.length && (
        <p class="hint">{count(runs.length - shown.length, 'earlier run')} not shown.</p>
      )}
    </>
  );
}

function describeLength({ from, to, hasEnded }: RunFigures): string {
  return `${showLasting(to - from)}${hasEnded ? '' : ', and did not end by itself (yet)'}`;
}

function describeLimit({ limit: { asked, least } }: RunFigures): string {
  return least < asked ? `${asked}, lowered to ${least}` : String(asked);
}
