/**
 * Plays songs, one at a time. Switching carries the position over: the next song starts silently at the
 * place of the one that is heard, and takes its place once it really plays, so that there is no gap. Songs that
 * are held against each other have a deck of their own (`compare/deck.ts`).
 */
import { computed, effect, signal, type ReadonlySignal, type Signal } from '@preact/signals';
import type { PageJob, Song } from './batch.ts';
import { commonLevel, matchedVolume } from './loudness.ts';

/** A job that has a song. */
export interface PlayableJob extends PageJob {
  readonly song: Song;
}

export function isPlayable(job: PageJob | undefined): job is PlayableJob {
  return job?.song !== undefined;
}

export interface Player {
  /** What is heard, or would be. */
  readonly job: ReadonlySignal<PlayableJob | undefined>;
  readonly isPlaying: ReadonlySignal<boolean>;
  /** Seconds, some times a second while it plays. */
  readonly position: ReadonlySignal<number>;
  /** Seconds, of the song that is heard; 0 while nobody knows. */
  readonly length: ReadonlySignal<number>;
  /** Why it cannot be played, for people. */
  readonly trouble: ReadonlySignal<string | undefined>;
  /** Whether songs are played equally loud. */
  readonly isMatched: Signal<boolean>;
  /** LUFS to which they are turned down; undefined where they are not. */
  readonly level: ReadonlySignal<number | undefined>;
  /** As the listener wants it, from 0 to 1. */
  readonly volume: Signal<number>;
  /** From its beginning (`at` 0), from a place, or, without one, from where the song before it is. */
  readonly play: (job: PlayableJob, at?: number) => void;
  /** Puts it in the place of what is heard, without a sound, where nothing plays. */
  readonly cue: (job: PlayableJob) => void;
  readonly toggle: () => void;
  readonly pause: () => void;
  readonly seek: (seconds: number) => void;
  /** Fetches what is likely to be heard next. */
  readonly prepare: (jobs: readonly PlayableJob[]) => void;
}

/** Elements that are kept: the one that is heard, the one before it, its neighbours in the matrix. */
const kept = 8;
/** Seconds by which the next song may begin elsewhere; more is heard as an echo of the place, not as the same place. */
const tolerance = 0.03;

/** @param songs all of the batch: they decide how loud is loud */
export function createPlayer(songs: ReadonlySignal<readonly Song[]>): Player {
  const job = signal<PlayableJob | undefined>(undefined);
  const isPlaying = signal(false);
  const position = signal(0);
  const trouble = signal<string | undefined>(undefined);
  const isMatched = signal(true);
  const volume = signal(1);
  /** Seconds, by the file itself. */
  const ownLength = signal(0);
  const level = computed(() => (isMatched.value ? commonLevel(songs.value) : undefined));
  /** By URL; the latest used is last. */
  const elements = new Map<string, HTMLAudioElement>();
  /** A switch that waits for its song to play; a later one makes it void. */
  let switching = 0;
  /** Between the wish to hear a song and its sound. */
  let isComing = false;

  const elementOf = ({ song }: PlayableJob): HTMLAudioElement => {
    const element = elements.get(song.url) ?? makeElement(song.url);
    elements.delete(song.url);
    elements.set(song.url, element);
    for (const url of elements.keys()) {
      if (elements.size <= kept) break;
      if (url !== song.url && url !== job.value?.song.url) drop(url);
    }
    return element;
  };
  const makeElement = (url: string): HTMLAudioElement => {
    const element = new Audio(url);
    const isHeard = () => element === heard();
    element.addEventListener('durationchange', () => {
      if (isHeard()) ownLength.value = secondsOf(element);
    });
    // The end, or somebody else: a headset that was pulled out, the keys of the system.
    element.addEventListener('pause', () => {
      if (isHeard() && isPlaying.value && element.paused) pause();
    });
    return element;
  };
  /** What was loaded is let go at once, not when the browser comes to it. */
  const drop = (url: string): void => {
    const element = elements.get(url);
    elements.delete(url);
    element?.pause();
    element?.removeAttribute('src');
    element?.load();
  };
  const heard = () => job.value && elements.get(job.value.song.url);

  const makeAudible = (next: PlayableJob, heardNow: HTMLAudioElement): void => {
    job.value = next;
    ownLength.value = secondsOf(heardNow);
    for (const element of elements.values()) {
      const isHeard = element === heardNow;
      element.volume = isHeard ? volumeOf(next) : 0;
      if (!isHeard) element.pause();
    }
  };
  const volumeOf = ({ song }: PlayableJob) => volume.value * matchedVolume(song, level.value);

  const start = async (next: PlayableJob, at: number | undefined): Promise<void> => {
    const turn = ++switching;
    isComing = true;
    trouble.value = undefined;
    const element = elementOf(next);
    const before = heard();
    const isSame = element === before;
    const place = at ?? (isSame || !before ? element.currentTime : before.currentTime);
    const from = placeWithin(place, next.song.seconds);
    if (Math.abs(element.currentTime - from) > tolerance) element.currentTime = from;
    if (!isSame) element.volume = 0;
    try {
      await element.play();
    } catch (error) {
      // A later switch took its place: nothing is wrong.
      if (turn === switching) fail(next, error);
      return;
    }
    if (turn !== switching) return;
    isComing = false;
    isPlaying.value = true;
    makeAudible(next, element);
  };

  const fail = (next: PlayableJob, error: unknown): void => {
    pause();
    job.value = next;
    position.value = 0;
    if (error instanceof DOMException && error.name === 'NotAllowedError') {
      trouble.value = 'this browser wants to be clicked before it plays: press play once more';
      return;
    }
    trouble.value = `${next.song.path} cannot be played: the file is not there, or this browser does not know its format`;
    // The next try asks for the file anew.
    drop(next.song.url);
  };

  const pause = (): void => {
    switching++;
    isComing = false;
    isPlaying.value = false;
    position.value = heard()?.currentTime ?? 0;
    for (const element of elements.values()) element.pause();
  };

  const tick = (): void => {
    const element = heard();
    if (element) position.value = element.currentTime;
    if (isPlaying.value) requestAnimationFrame(tick);
  };
  effect(() => {
    if (isPlaying.value) requestAnimationFrame(tick);
  });
  effect(() => {
    const current = job.value;
    if (!current) return;
    const now = volumeOf(current);
    const element = heard();
    if (element) element.volume = now;
  });

  return {
    job,
    isPlaying,
    position,
    length: computed(() => job.value?.song.seconds ?? ownLength.value),
    trouble,
    isMatched,
    level,
    volume,
    play: (next, at) => {
      void start(next, at);
    },
    cue: (next) => {
      if (isPlaying.value || isComing) return;
      pause();
      trouble.value = undefined;
      const element = elementOf(next);
      job.value = next;
      position.value = element.currentTime;
      ownLength.value = secondsOf(element);
    },
    toggle: () => {
      if (isPlaying.value || isComing) pause();
      else if (job.value) void start(job.value, undefined);
    },
    pause,
    seek: (seconds) => {
      const current = job.value;
      if (!current) return;
      const to = Math.max(0, Math.min(seconds, current.song.seconds ?? ownLength.value));
      position.value = to;
      for (const element of elements.values()) {
        if (element === heard() || !element.paused) element.currentTime = to;
      }
    },
    prepare: (jobs) => {
      for (const next of jobs) elementOf(next).preload = 'auto';
    },
  };
}

/** A song that has ended, or is shorter than the one before it, starts anew. */
function placeWithin(place: number, seconds: number | undefined): number {
  return seconds !== undefined && place > seconds - 0.2 ? 0 : Math.max(0, place);
}

function secondsOf({ duration }: HTMLAudioElement): number {
  return Number.isFinite(duration) ? duration : 0;
}
