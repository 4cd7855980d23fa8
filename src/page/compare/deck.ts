/**
 * Plays songs that are held against each other: all of them run in step, and all but one are mute, so that
 * switching is instant and keeps the place. They are equally loud, and begin anew where the shortest ends: neither
 * loudness nor length tells them apart.
 *
 * The page's player is not used for this: it knows, and shows, what it plays. The elements here are not part
 * of the document.
 */
import { effect, signal, type ReadonlySignal } from '@preact/signals';
import type { Song } from '../batch.ts';
import { commonLevel, isMatched, matchedVolume } from '../loudness.ts';

export interface Deck {
  /** Position among the songs of the one that is heard. */
  readonly heard: ReadonlySignal<number>;
  readonly isPlaying: ReadonlySignal<boolean>;
  /** Seconds. */
  readonly position: ReadonlySignal<number>;
  /** Whether they are equally loud; a song that is far too quiet, or was not measured, cannot be matched. */
  readonly isMatched: boolean;
  /** Seconds that are played: of the shortest; 0 until it is known. */
  readonly length: ReadonlySignal<number>;
  /** For how many seconds each was heard. */
  readonly heardFor: ReadonlySignal<readonly number[]>;
  /** Position of a song that cannot be played. */
  readonly broken: ReadonlySignal<number | undefined>;
  /** Lets this one be heard from here on. */
  readonly turnTo: (song: number) => void;
  /** The same, and plays. */
  readonly listen: (song: number) => void;
  readonly toggle: () => void;
  readonly seek: (seconds: number) => void;
  /** Counts anew what was heard. */
  readonly forgetHeard: () => void;
  readonly close: () => void;
}

/** Milliseconds between looks at where the songs are. */
const pace = 50;
/** Seconds before the end of the shortest at which all begin anew: the next look may come late. */
const margin = 0.15;
/** Seconds by which a mute song may be off. */
const tolerance = 0.005;
/** Seconds by which it is off so far that running faster or slower would take too long. */
const lost = 0.5;

/**
 * @param songs may name one song several times
 * @param volume from 0 to 1
 */
export function createDeck(songs: readonly Song[], volume: ReadonlySignal<number>): Deck {
  const heard = signal(0);
  const isPlaying = signal(false);
  const position = signal(0);
  const length = signal(shortest(songs.map(({ seconds }) => seconds)));
  const heardFor = signal<readonly number[]>(songs.map(() => 0));
  const broken = signal<number | undefined>(undefined);
  const level = commonLevel(songs);
  const elements = songs.map((song, index) => {
    const element = new Audio(song.url);
    element.preload = 'auto';
    element.muted = index !== 0;
    element.addEventListener('durationchange', () => {
      length.value = shortest([length.value, ...elements.map(({ duration }) => duration)]);
    });
    element.addEventListener('error', () => {
      broken.value = index;
      pause();
    });
    return element;
  });
  const stopFollowing = effect(() => {
    for (const [index, song] of songs.entries()) {
      const element = elements[index];
      if (element) element.volume = volume.value * matchedVolume(song, level);
    }
  });
  let looks: ReturnType<typeof setInterval> | undefined;

  const play = (): void => {
    isPlaying.value = true;
    looks ??= setInterval(look, pace);
    for (const element of elements) {
      // Why it cannot be played its error event tells; what stopped it otherwise the next look sees.
      element.play().catch(() => undefined);
    }
  };
  const pause = (): void => {
    clearInterval(looks);
    looks = undefined;
    isPlaying.value = false;
    for (const element of elements) element.pause();
  };
  const seek = (seconds: number): void => {
    position.value = seconds;
    for (const element of elements) element.currentTime = seconds;
  };

  const turnTo = (song: number): void => {
    heard.value = song;
    for (const [index, element] of elements.entries()) {
      if (index === song) element.playbackRate = 1;
      element.muted = index !== song;
    }
  };

  const look = (): void => {
    const leader = elements[heard.value];
    if (!leader) return;
    const place = leader.currentTime;
    const passed = place - position.value;
    if (passed > 0 && passed < lost) {
      heardFor.value = heardFor.value.map((seconds, index) =>
        index === heard.value ? seconds + passed : seconds,
      );
    }
    position.value = place;
    if (leader.ended || (length.value > 0 && place >= length.value - margin)) {
      seek(0);
      play();
    } else if (leader.paused) {
      // The browser refused, or somebody pressed a key on their headphones.
      pause();
    } else {
      for (const element of elements) if (element !== leader) keepInStep(element, place);
    }
  };

  return {
    heard,
    isPlaying,
    isMatched: songs.every((song) => isMatched(song, level)),
    position,
    length,
    heardFor,
    broken,
    turnTo,
    listen: (song) => {
      turnTo(song);
      if (!isPlaying.value) play();
    },
    toggle: () => {
      if (isPlaying.value) pause();
      else play();
    },
    seek,
    forgetHeard: () => {
      heardFor.value = songs.map(() => 0);
    },
    close: () => {
      pause();
      stopFollowing();
      for (const element of elements) {
        element.removeAttribute('src');
        element.load();
      }
    },
  };
}

/** A mute song catches up, or lets the others: a jump would cost more time than it is off. */
function keepInStep(element: HTMLAudioElement, place: number): void {
  if (element.seeking) return;
  const behind = place - element.currentTime;
  if (Math.abs(behind) > lost) element.currentTime = place;
  const correction = Math.abs(behind) < tolerance ? 0 : 4 * behind;
  element.playbackRate = 1 + Math.max(-0.2, Math.min(0.2, correction));
}

function shortest(lengths: readonly (number | undefined)[]): number {
  const known = lengths.filter((length) => length !== undefined && length > 0 && length < Infinity);
  return known.length > 0 ? Math.min(...known.map(Number)) : 0;
}
