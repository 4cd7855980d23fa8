/** Whether this page follows the run, and whether ratings are saved. */
import type { Live } from './live.ts';

export function LiveStatus({ live }: { readonly live: Live }) {
  const saving = live.saving.value;
  const trouble = [
    ...(live.connection.value === 'away' ? ['The server does not answer; trying again'] : []),
    ...(live.connection.value === 'outdated' ? ['songbatch was updated: reload this page'] : []),
    ...(saving.kind === 'unsaved' ? [`Ratings are not saved: ${saving.why}`] : []),
  ].join('. ');
  return (
    <div class="live">
      {trouble === '' && (
        <span class="live-well">
          {saving.kind === 'saved' ? 'Live · ratings saved' : 'Live · saving ratings …'}
        </span>
      )}
      <span class="live-trouble" role="status">
        {trouble}
      </span>
    </div>
  );
}
