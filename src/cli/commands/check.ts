/** `songbatch check`: measures any file of sound. Needs no manifest, asks nobody, changes nothing. */
import type { Command } from 'commander';
import type { CheckFlags } from '../actions/check.ts';
import { exitCodes } from '../exit-codes.ts';
import { jsonFlag, parsePath } from '../flags.ts';
import type { Invocation } from '../invocation.ts';

export function addCheckCommand(program: Command, invocation: Invocation): void {
  program
    .command('check')
    .summary('measure any file of sound')
    .description(
      'Measures songs, whoever made them: duration, loudness (LUFS, EBU R 128), true peak, clipping, silence.\nReads WAV, MP3, FLAC, Ogg Vorbis and Opus by itself, and M4A where ffmpeg is installed.\nExits with 0 if all could be measured, with 1 if some could not.',
    )
    .argument('<file...>', 'the files; what they are is told by their bytes')
    .option(
      '--peaks <file>',
      'write the outline of the wave here, as JSON (of one file)',
      parsePath,
    )
    .option('--spectrogram <file>', 'write a spectrogram here, as PNG (of one file)', parsePath)
    .addOption(jsonFlag())
    .addHelpText(
      'after',
      `
Examples:
  songbatch check out/demo/*.wav
  songbatch check song.mp3 --spectrogram song.png
  songbatch check out/**/*.wav --json | jq -r 'select(.loudness < -20) | .file'

With --json every file is a line of its own; schemas/measures.schema.json tells what is in it. Loudness is
LUFS, its range LU, true peak dBTP; all times are seconds. What a file does not have is left out.`,
    )
    .action(async (files: readonly string[], flags: CheckFlags) => {
      const { check } = await import('../actions/check.ts');
      const allMeasured = await check(files, flags, invocation);
      invocation.exitWith(allMeasured ? exitCodes.done : exitCodes.failed);
    });
}
