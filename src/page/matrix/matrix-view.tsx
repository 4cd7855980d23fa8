/** The matrix of songs: what is chosen of it, the songs, and on demand all that is known of one. */
import type { Page } from '../page.ts';
import { DetailsPanel } from './details-panel.tsx';
import { Grid } from './grid.tsx';
import { MatrixToolbar } from './toolbar.tsx';

export function MatrixView({ page }: { readonly page: Page }) {
  const { pivot, isDetailed } = page.matrix;
  const isEmpty = pivot.value.lines.length === 0;
  return (
    <div class="matrix-view">
      <MatrixToolbar page={page} />
      <div class="matrix-stage">
        {isEmpty ? <Empty page={page} /> : <Grid page={page} />}
        {isDetailed.value && <DetailsPanel page={page} />}
      </div>
    </div>
  );
}

function Empty({ page }: { readonly page: Page }) {
  const { jobs } = page.batch.value;
  return (
    <p class="empty">
      {jobs.length === 0 ? (
        'Nothing has been made yet: songs come here as soon as a run has begun.'
      ) : (
        <>
          None of {jobs.length} jobs is left over by what is chosen above.{' '}
          <button
            type="button"
            onClick={() => {
              page.queries.matrix.value = '';
            }}
          >
            Show all
          </button>
        </>
      )}
    </p>
  );
}
