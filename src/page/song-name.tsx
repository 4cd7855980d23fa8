/** What tells a song from the others of its batch: its labels on the axes that have several. */
import type { PageAxis } from '../listening/page-format.ts';
import type { PageJob } from './batch.ts';

export interface SongNameProps {
  readonly job: Pick<PageJob, 'name' | 'coordinates'>;
  readonly axes: readonly PageAxis[];
  /** Only these, where somebody knows the rest. */
  readonly only?: readonly string[] | undefined;
}

export function SongName({ job, axes, only }: SongNameProps) {
  const labels = axes
    .filter(({ name, labels }) => (only ? only.includes(name) : labels.length > 1))
    .flatMap(({ name }) => {
      const label = job.coordinates[name];
      return label === undefined ? [] : [{ name, label }];
    });
  if (labels.length === 0)
    return (
      <bdi class="song-name" dir="ltr">
        {job.name}
      </bdi>
    );
  return (
    <span class="song-name">
      {labels.map(({ name, label }) => (
        <span key={name} class="coordinate">
          <span class="axis">{name}</span> <bdi>{label}</bdi>
        </span>
      ))}
    </span>
  );
}
