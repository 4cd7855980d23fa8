/** The matrix of songs. */
import type { Page } from '../page.ts';
import { isPlayable } from '../player.ts';
import { Waveform } from '../waveform.tsx';

export function MatrixView({ page }: { readonly page: Page }) {
  return (
    <ul>
      {page.batch.value.jobs.filter(isPlayable).map((job) => (
        <li key={job.id}>
          <button
            type="button"
            onClick={() => {
              page.player.play(job);
            }}
          >
            {job.name}
          </button>
          <Waveform page={page} job={job} />
        </li>
      ))}
    </ul>
  );
}
