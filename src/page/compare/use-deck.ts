/** A deck with the songs of a pair, as long as the pair is asked. */
import { effect, untracked } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import type { Page } from '../page.ts';
import type { RatableSong } from './asked-pairs.ts';
import { createDeck, type Deck } from './deck.ts';

/** @param songs the same array as long as they are the same songs */
export function useDeck({ compare, player }: Page, songs: readonly RatableSong[]): Deck {
  const deck = useMemo(
    () =>
      createDeck(
        songs.map(({ playable }) => playable.song),
        player.volume,
      ),
    [songs],
  );
  useEffect(() => {
    player.pause();
    if (compare.playsOn.value) deck.listen(0);
    const stopWatching = effect(() => {
      const song = songs[deck.broken.value ?? -1];
      if (!song) return;
      untracked(() => {
        compare.passOver(song);
      });
    });
    return () => {
      stopWatching();
      deck.close();
    };
  }, [deck]);
  return deck;
}
