/** What the header of an M4A says of it, where there is nothing to decode it with. */
import type { AudioFormat, StatedMeasures } from '../job/measures.ts';

export async function readStated(path: string, format: AudioFormat): Promise<StatedMeasures> {
  try {
    const { parseFile } = await import('music-metadata');
    const { format: found } = await parseFile(path, { skipCovers: true });
    const { duration, sampleRate, numberOfChannels } = found;
    return {
      format,
      ...(isPositive(duration) && { duration: Math.round(duration * 1000) / 1000 }),
      ...(isPositive(sampleRate) && { sampleRate }),
      ...(isPositive(numberOfChannels) && { channels: numberOfChannels }),
    };
  } catch {
    // A header that cannot be read states nothing.
    return { format };
  }
}

function isPositive(value: number | undefined): value is number {
  return value !== undefined && Number.isFinite(value) && value > 0;
}
