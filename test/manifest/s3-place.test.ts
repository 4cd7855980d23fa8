/** `s3://bucket/prefix` in output.dir. */
import { describe, expect, test } from 'vitest';
import { renderProblem } from '../../src/manifest/frame.ts';
import { isRemote, parseS3Place, showS3Place } from '../../src/manifest/s3-place.ts';
import { manifestWith, read } from './rig.ts';

describe('a place in a bucket', () => {
  test.each([
    ['s3://songs', 'songs', ''],
    ['s3://songs/', 'songs', ''],
    ['s3://songs/a', 'songs', 'a/'],
    ['s3://songs/a/b//', 'songs', 'a/b/'],
    ['S3://songs/Ä ö/2026-11-22', 'songs', 'Ä ö/2026-11-22/'],
    ['s3://my.songs-1/a', 'my.songs-1', 'a/'],
  ])('%s', (text, bucket, prefix) => {
    const place = parseS3Place(text);
    expect(place).toEqual({ bucket, prefix });
    if ('fault' in place) throw new Error(place.fault);
    expect(parseS3Place(showS3Place(place))).toEqual(place);
  });

  test.each([
    's3:/songs/a',
    's3:songs',
    's3://',
    's3:///a',
    's3://Songs/a',
    's3://so/a',
    's3://so..ngs/a',
    's3://songs//a',
    's3://songs/../a',
    's3://songs/a/./b',
    's3://songs/a\\b',
    's3://songs/a\u0007',
    `s3://songs/${'ä'.repeat(300)}`,
    'gs://songs/a',
    'https://songs.s3.amazonaws.com/a',
  ])('is not %s', (text) => {
    expect(isRemote(text)).toBe(true);
    expect(parseS3Place(text)).toHaveProperty('fault');
  });

  test.each(['out/s3', 'C:/songs', 'c:\\songs', './s3:/x', 'out/s3://x'])(
    '%s is a folder',
    (text) => {
      expect(isRemote(text)).toBe(false);
    },
  );
});

describe('output.dir', () => {
  const text = (dir: string) =>
    manifestWith(`matrix: { seed: [1, 2] }\noutput: { dir: "${dir}" }\n`);

  test('may be one, for every day anew', () => {
    const { manifest } = read(text('s3://songs/{date}/'), {}, { date: '2026-11-22' });
    expect(manifest?.output.dir).toBe('s3://songs/2026-11-22');
    expect(manifest?.output.dirOn?.('2026-11-21')).toBe('s3://songs/2026-11-21');
  });

  test('that is none is shown in its place', () => {
    const { manifest, problems } = read(text('s3://Songs/a'));
    expect(manifest).toBeUndefined();
    const frame = problems.map(renderProblem).join('\n');
    expect(frame).toContain('"Songs" is no bucket');
    expect(frame).toContain('^~~~');
    expect(frame).toContain('hint: write s3://bucket/prefix');
  });
});
