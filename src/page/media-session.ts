/** The keys of keyboards, headsets and lock screens that play and pause: they work the player, and show its song. */
import { useSignalEffect } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { Page } from './page.ts';

export function useMediaSession({ player, batch }: Page): void {
  useEffect(() => {
    // Not every browser has it, whatever TypeScript believes.
    if (!('mediaSession' in navigator)) return;
    const { mediaSession } = navigator;
    mediaSession.setActionHandler('play', player.toggle);
    mediaSession.setActionHandler('pause', player.toggle);
    return () => {
      mediaSession.setActionHandler('play', null);
      mediaSession.setActionHandler('pause', null);
      // A song that is compared blind must not be named.
      mediaSession.metadata = null;
    };
  }, [player]);
  useSignalEffect(() => {
    const job = player.job.value;
    if (!('mediaSession' in navigator) || !job) return;
    const { name } = batch.value.data.batch;
    navigator.mediaSession.metadata = new MediaMetadata({ title: job.name, artist: name });
  });
}
