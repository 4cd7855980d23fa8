/** What files measure: for people a block each, for machines a JSON object each. */
import type { AudioFormat, Measured, Measures, StatedMeasures } from '../job/measures.ts';
import { describeDamage } from '../job/measures.ts';
import { count, printable } from './words.ts';

/** @param name of the file, as the user gave it */
export function measuredText(name: string, measured: Measured): string {
  const lines =
    measured.kind === 'measured' ? measuresLines(measured.measures) : whyLines(measured);
  return [printable(name), ...lines.map(([key, text]) => `  ${key.padEnd(11)}${text}`)].join('\n');
}

/** See schemas/measures.schema.json. */
export function measuredJson(name: string, measured: Measured): object {
  if (measured.kind === 'measured') return { file: name, measured: true, ...measured.measures };
  const { cause, why, stated } = measured;
  return { file: name, measured: false, cause, why, ...(stated && { stated }) };
}

type Line = readonly [key: string, text: string];

const formatNames: Readonly<Record<AudioFormat, string>> = {
  wav: 'WAV',
  mp3: 'MP3',
  flac: 'FLAC',
  vorbis: 'Ogg Vorbis',
  opus: 'Ogg Opus',
  m4a: 'M4A',
  aac: 'AAC',
};

function measuresLines(measures: Measures): readonly Line[] {
  const { loudness, loudnessRange, truePeak, clipping, silence, damage = [] } = measures;
  const range = loudnessRange === undefined ? '' : `, range ${loudnessRange.toFixed(1)} LU`;
  return [
    ['format', formatText(measures)],
    ['duration', `${measures.duration.toFixed(3)} s`],
    ['loudness', loudness === undefined ? 'none' : `${loudness.toFixed(1)} LUFS${range}`],
    ['true peak', truePeak === undefined ? 'none' : `${truePeak.toFixed(1)} dBTP`],
    [
      'clipping',
      clipping.runs === 0
        ? 'none'
        : `${count(clipping.runs, 'run')} of ${count(clipping.samples, 'sample')} together`,
    ],
    [
      'silence',
      silence.total === 0
        ? 'none'
        : `${silence.total.toFixed(2)} s (${(silence.share * 100).toFixed(1)} %), ${silence.leading.toFixed(2)} s at the start, ${silence.trailing.toFixed(2)} s at the end`,
    ],
    ...damage.map((one): Line => ['damage', describeDamage(one)]),
  ];
}

function whyLines({ why, stated }: Exclude<Measured, { kind: 'measured' }>): readonly Line[] {
  const lines: Line[] = [['unmeasured', printable(why)]];
  if (!stated) return lines;
  if (stated.duration !== undefined) lines.push(['duration', `${stated.duration} s by its header`]);
  return [...lines, ['format', formatText(stated)]];
}

function formatText({ format, sampleRate, channels }: StatedMeasures): string {
  return [
    formatNames[format],
    ...(sampleRate === undefined ? [] : [`${sampleRate / 1000} kHz`]),
    ...(channels === undefined ? [] : [channelText(channels)]),
  ].join(', ');
}

function channelText(channels: number): string {
  return channels === 1 ? 'mono' : channels === 2 ? 'stereo' : count(channels, 'channel');
}
