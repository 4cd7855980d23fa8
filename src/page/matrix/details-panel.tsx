/** All that is known of the job that has the focus: lyrics, tags, parameters, measures, attempts. */
import type { ComponentChildren } from 'preact';
import type { Attempt, PageJob, Song } from '../batch.ts';
import { Icon } from '../icon.tsx';
import type { Page } from '../page.ts';
import type { Details } from '../pieces.ts';
import { isPlayable } from '../player.ts';
import { compare } from '../song-actions.ts';
import {
  showBytes,
  showLength,
  showLufs,
  showMoment,
  showShare,
  showTime,
  showUsd,
} from '../words.ts';
import { describeStanding, marksOf } from './marks.ts';

export function DetailsPanel({ page }: { readonly page: Page }) {
  const job = page.matrix.focused.value;
  return (
    <aside class="details" aria-label="Details" tabIndex={0}>
      <div class="details-header">
        <h2>{job ? <bdi dir="ltr">{job.name}</bdi> : 'No job here'}</h2>
        <button
          type="button"
          class="quiet"
          title="Close (i)"
          aria-label="Close the details"
          onClick={() => {
            page.matrix.isDetailed.value = false;
          }}
        >
          <Icon name="close" />
        </button>
      </div>
      {job && <JobDetails page={page} job={job} />}
    </aside>
  );
}

interface Properties {
  readonly page: Page;
  readonly job: PageJob;
}

function JobDetails({ page, job }: Properties) {
  const details = page.pieces.value.detailsOf(job.index);
  const { word, why } = describeStanding(job);
  return (
    <>
      <Pairs pairs={Object.entries(job.coordinates)} />
      {!job.song && (
        <p class={job.status === 'failed' ? 'notice bad' : 'notice'}>
          <strong>{word}</strong> <bdi>{why}</bdi>
        </p>
      )}
      <Marks job={job} />
      <Likeness page={page} job={job} />
      {job.song && (
        <Section title="Song">
          <SongFacts song={job.song} />
        </Section>
      )}
      {job.further.map((file) => (
        <Section key={file.path} title={job.song ? 'Another file' : 'File'}>
          <SongFile file={file} />
        </Section>
      ))}
      <Sent details={details} />
      <Attempts job={job} />
      <Section title="Job">
        <Pairs
          pairs={[
            ['id', <code key="id">{job.id}</code>],
            ['cost', showUsd(job.cost)],
          ]}
        />
      </Section>
    </>
  );
}

function Marks({ job }: { readonly job: PageJob }) {
  const marks = marksOf(job);
  if (marks.length === 0) return null;
  return (
    <ul class="details-marks">
      {marks.map(({ kind, message }) => (
        <li key={kind} class={`notice ${kind}`}>
          <bdi>{message}</bdi>
        </li>
      ))}
    </ul>
  );
}

function Likeness({ page, job }: Properties) {
  const other = page.batch.value.byId.get(job.alike?.job ?? '');
  if (!isPlayable(other) || !isPlayable(job)) return null;
  return (
    <p>
      <button
        type="button"
        onClick={() => {
          compare(page, other, job);
        }}
      >
        <Icon name="compare" /> Compare it with that
      </button>
    </p>
  );
}

function SongFile({ file }: { readonly file: Song }) {
  return (
    <p class="details-file">
      <a href={file.url}>
        <bdi dir="ltr">{file.path}</bdi>
      </a>{' '}
      <span class="hint">{showBytes(file.bytes)}</span>
    </p>
  );
}

function SongFacts({ song }: { readonly song: Song }) {
  const { seconds, loudness, loudnessRange, truePeak, silence, clipped } = song;
  return (
    <>
      <SongFile file={song} />
      <Pairs
        pairs={[
          ['duration', seconds === undefined ? 'not known' : showLength(seconds)],
          ['loudness', loudness === undefined ? 'not measured' : showLufs(loudness)],
          ...pairIf('loudness range', loudnessRange, (value) => `${value.toFixed(1)} LU`),
          ...pairIf('true peak', truePeak, (value) => `${value.toFixed(1).replace('-', '−')} dBTP`),
          ...pairIf('silence', silence, showShare),
          ...pairIf('clipped samples', clipped, String),
        ]}
      />
    </>
  );
}

function pairIf(
  name: string,
  value: number | undefined,
  show: (value: number) => string,
): readonly (readonly [string, string])[] {
  return value === undefined ? [] : [[name, show(value)]];
}

/** The parameter that is sung. */
const lyrics = 'prompt';

function Sent({ details }: { readonly details: Details | 'missing' | undefined }) {
  if (details === undefined) return <p class="hint">Loading what was sent …</p>;
  if (details === 'missing') {
    return (
      <p class="notice warn">What was sent cannot be loaded: its file is not beside the page.</p>
    );
  }
  const { [lyrics]: sung, ...others } = details.parameters;
  return (
    <>
      <Section title="Sent">
        <Pairs pairs={Object.entries(others).map(([name, text]) => [name, showValue(text)])} />
      </Section>
      {sung !== undefined && (
        <Section title="Lyrics">
          <Lyrics text={sung} />
        </Section>
      )}
    </>
  );
}

/** Lists came as JSON: they are read as they were written in the manifest. */
function showValue(text: string): string {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) && value.every((one) => typeof one === 'string') ? value.join(', ') : text; // prettier-ignore
  } catch {
    return text;
  }
}

function Lyrics({ text }: { readonly text: string }) {
  return (
    <div class="lyrics">
      {text.split(/\r?\n/).map((line, index) =>
        /^\s*\[.*\]\s*$/.test(line) ? (
          <h4 key={index} dir="auto">
            {line.trim().slice(1, -1)}
          </h4>
        ) : (
          <p key={index} dir="auto">
            {line}
          </p>
        ),
      )}
    </div>
  );
}

function Attempts({ job }: { readonly job: PageJob }) {
  if (job.attempts.length === 0) return null;
  return (
    <Section title={job.attempts.length === 1 ? 'Attempt' : 'Attempts'}>
      <ol class="attempts">
        {job.attempts.map((attempt, index) => (
          <li key={index}>
            <span class="number">{showMoment(attempt.intendedAt)}</span>{' '}
            <bdi>{describeAttempt(attempt)}</bdi>
          </li>
        ))}
      </ol>
    </Section>
  );
}

function describeAttempt({ intendedAt, acceptedAt, endedAt, executed, failure }: Attempt): string {
  if (failure) return failure.message;
  if (endedAt === undefined) return acceptedAt === undefined ? 'sent, not answered' : 'goes on';
  const made = `made in ${showTime(endedAt - intendedAt)}`;
  return executed === undefined ? made : `${made}, of which ${showTime(executed)} executing`;
}

function Section(properties: { readonly title: string; readonly children: ComponentChildren }) {
  return (
    <section class="details-section">
      <h3>{properties.title}</h3>
      {properties.children}
    </section>
  );
}

interface PairsProperties {
  readonly pairs: readonly (readonly [string, ComponentChildren])[];
}

function Pairs({ pairs }: PairsProperties) {
  if (pairs.length === 0) return null;
  return (
    <dl class="pairs">
      {pairs.map(([name, value]) => (
        <div key={name} class="pair">
          <dt>
            <bdi>{name}</bdi>
          </dt>
          <dd>{typeof value === 'string' ? <bdi>{value}</bdi> : value}</dd>
        </div>
      ))}
    </dl>
  );
}
