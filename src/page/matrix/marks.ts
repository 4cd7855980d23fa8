/** What is to be noticed about a job, in a sign, a word and a sentence. */
import type { PageJob } from '../batch.ts';
import { count } from '../words.ts';

export interface Mark {
  /** How it is meant. */
  readonly kind: 'bad' | 'warn alike' | 'warn clipped' | 'dropped';
  readonly sign: string;
  readonly word: string;
  readonly message: string;
}

export function marksOf({ findings, alike, song, isDropped }: PageJob): readonly Mark[] {
  const marks: Mark[] = [];
  if (findings.length > 0) {
    const [first] = findings;
    const more = findings.length > 1 ? ` +${findings.length - 1}` : '';
    const message = `fails its check: ${findings.map((one) => one.message).join(', ')}`;
    marks.push({ kind: 'bad', sign: '!', word: `${first?.check ?? ''}${more}`, message });
  }
  if (alike) {
    const share = `${Math.round(100 * alike.similarity)} %`;
    const message = `sounds like ${alike.name}, ${share}`;
    marks.push({ kind: 'warn alike', sign: '≈', word: share, message });
  }
  if (song?.clipped !== undefined && song.clipped > 0) {
    const message = `clipped: ${count(song.clipped, 'sample')} at full scale`;
    marks.push({ kind: 'warn clipped', sign: '⊓', word: 'clipped', message });
  }
  if (isDropped) {
    const message = 'the manifest does not have it any more';
    marks.push({ kind: 'dropped', sign: '†', word: 'dropped', message });
  }
  return marks;
}

export interface Standing {
  readonly word: string;
  /** Empty where there is nothing to say. */
  readonly why: string;
}

/** Where a job stands, of which there is no song to play. */
export function describeStanding({
  status,
  failure,
  isMissing,
  attempts,
  song,
  further,
}: PageJob): Standing {
  if (isMissing) return { word: 'Gone', why: 'its file was saved and is not there any more' };
  switch (status) {
    case 'waiting': {
      const last = attempts.at(-1)?.failure;
      return { word: 'Waiting', why: last ? `for another attempt: ${last.message}` : '' };
    }
    case 'in-doubt':
      return { word: 'In doubt', why: 'it was sent, and no answer came: the next run finds out' };
    case 'running':
      return { word: 'Running', why: '' };
    case 'ended':
      return { word: 'Made', why: 'and not downloaded yet' };
    case 'done':
      if (song) return { word: 'Done', why: '' };
      return { word: 'Done', why: further.length > 0 ? 'no song: its details name what was made' : 'without a file' }; // prettier-ignore
    case 'failed': {
      if (failure) return { word: 'Failed', why: failure.message };
      const last = attempts.at(-1)?.failure?.message ?? '';
      return { word: 'Failed', why: `${last}; the next run tries it again` };
    }
  }
}
