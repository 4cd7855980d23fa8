import { describe, expect, test } from 'vitest';
import { accepted, errors, labels, manifestWith, values, verse } from './rig.ts';

const matrix = (axes: string): string => manifestWith(`matrix:\n  ${axes}\n`);

describe('lyrics', () => {
  test('come from texts, files and globs, labelled by id, stem or hash', () => {
    const manifest = accepted(
      matrix(`lyrics:
    - lyrics/*.txt
    - songs/my song.v2.lrc
    - "[verse]\\nInline"
    - |
      [chorus]
      A block
    - { id: named, text: "[verse]\\nNamed" }
    - { id: other, file: songs/x.md }`),
      {
        'lyrics/b.txt': verse,
        'lyrics/a.txt': verse,
        'songs/my song.v2.lrc': verse,
        'songs/x.md': '[verse]\nfrom a file\n',
      },
    );
    expect(labels(manifest, 'lyrics')).toEqual([
      'a',
      'b',
      'my-song.v2',
      'text-ba4cc547',
      'text-fe39c8b8',
      'named',
      'other',
    ]);
    expect(values(manifest, 'lyrics').at(-1)?.parameters).toEqual({
      prompt: '[verse]\nfrom a file',
    });
  });

  test('are the same text whatever ends its lines', () => {
    const manifest = accepted(matrix('lyrics: [a.txt, b.txt]'), {
      'a.txt': '[verse]\r\nOne  \r\n\r\n[chorus]\r\nTwo\r\n\r\n',
      'b.txt': '[verse]\nOne\n\n[chorus]\nTwo',
    });
    const [a, b] = values(manifest, 'lyrics');
    expect(a?.parameters).toEqual({ prompt: '[verse]\nOne\n\n[chorus]\nTwo' });
    expect(b?.parameters).toEqual(a?.parameters);
  });
});

describe('references', () => {
  test('are URLs, local songs by their content, or none', () => {
    const manifest = accepted(
      matrix(`reference:
    - https://example.com/music/Neon%20Nights.mp3?token=1
    - http://example.com/
    - { id: mine, file: songs/mine.wav }
    - none`),
      { 'songs/mine.wav': 'RIFF' },
    );
    expect(labels(manifest, 'reference')).toEqual(['Neon-Nights', 'example.com', 'mine', 'none']);
    expect(values(manifest, 'reference').map(({ parameters }) => parameters)).toEqual([
      { inputAudioUrl: 'https://example.com/music/Neon%20Nights.mp3?token=1' },
      { inputAudioUrl: 'http://example.com/' },
      {
        inputAudioUrl: {
          file: '/home/ann/batches/songs/mine.wav',
          sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
          bytes: 4,
        },
      },
      {},
    ]);
  });

  test.each([
    'ftp://example.com/a.mp3',
    'file:///etc/passwd',
    'javascript:x',
    'https://',
    'data:,x',
  ])('refuses %s', (url) => {
    expect(errors(matrix(`reference: ["${url}"]`))).toEqual([
      `"${url}" is not an http or https URL`,
    ]);
  });
});

describe('tags', () => {
  test('go out as the exact option, whatever case and spacing they were written in', () => {
    const manifest = accepted(matrix('genre: [pop, [k pop, latin_pop], R&B, poprock]'));
    expect(values(manifest, 'genre').map(({ parameters }) => parameters.genre)).toEqual([
      ['Pop'],
      ['K-pop', 'latin pop'],
      ['R&B'],
      ['poprock'],
    ]);
  });

  test('are never split at a comma', () => {
    const manifest = accepted(matrix('mood: ["adventure, emotion"]'));
    expect(values(manifest, 'mood')).toEqual([
      { label: 'adventure-emotion', parameters: { mood: ['adventure, emotion'] } },
    ]);
  });

  test('sweep by themselves under a label made of them', () => {
    expect(labels(accepted(matrix('genre: [[rock, punk], Bossa Nova]')), 'genre')).toEqual([
      'rock+punk',
      'Bossa-Nova',
    ]);
  });

  test('are known by the id of their combination', () => {
    const manifest = accepted(
      matrix('tags: [{ id: dream, genre: pop, mood: [dreamy, calm], timbre: Airy Vocal }]'),
    );
    expect(values(manifest, 'tags')).toEqual([
      {
        label: 'dream',
        parameters: { genre: ['Pop'], mood: ['Dreamy', 'Calm'], timbre: ['airy vocal'] },
      },
    ]);
  });

  test('that Wiro does not know are errors with the nearest three', () => {
    expect(errors(matrix('genre: [rokc]\n  tags: [{ id: a, mood: [happyy, Calm] }]'))).toEqual([
      '"rokc" is not a genre that Wiro knows',
      '"happyy" is not a mood that Wiro knows',
    ]);
  });
});

describe('clone', () => {
  test('is sent as a plain text', () => {
    expect(values(accepted(matrix('clone: [both, vocal]')), 'clone')).toEqual([
      { label: 'both', parameters: { audio_prompt_type: 'both' } },
      { label: 'vocal', parameters: { audio_prompt_type: 'vocal' } },
    ]);
  });
});

describe('seeds', () => {
  test('are sent as digits', () => {
    expect(values(accepted(matrix('seed: [42, "7", 0]')), 'seed')).toEqual([
      { label: '42', parameters: { seed: '42' } },
      { label: '7', parameters: { seed: '7' } },
      { label: '0', parameters: { seed: '0' } },
    ]);
    expect(labels(accepted(matrix('seed: { from: 9, to: 11 }')), 'seed')).toEqual([
      '9',
      '10',
      '11',
    ]);
  });

  test('of a range of a million million are made one by one', () => {
    const [axis] = accepted(matrix('seed: { from: 1, to: 1000000000000 }')).axes;
    expect(axis?.size).toBe(1_000_000_000_000);
    expect(axis?.at(999_999_999_999).label).toBe('1000000000000');
  });
});

describe('labels', () => {
  test('are unique on their axis, be it only in case', () => {
    const files = { 'a/fade.txt': verse, 'b/fade.txt': verse, 'c/FADE.txt': verse };
    expect(errors(matrix('lyrics: [a/*.txt, b/fade.txt, c/FADE.txt]'), files)).toEqual([
      'two values of lyrics have the label "fade", at "batches/a/fade.txt" (4:12) and "batches/b/fade.txt" (4:21)',
      'the labels "fade" and "FADE" differ only in case, at "batches/a/fade.txt" (4:12) and "batches/c/FADE.txt" (4:33)',
    ]);
    expect(errors(matrix('seed: [1, "1"]'))).toEqual([
      'two values of seed have the label "1", at 4:10 and 4:13',
    ]);
  });

  test.each(['a/b', '..', '.hidden', 'x.', 'con', 'LPT1.txt', 'a~b', 'a\\\\b', 'a b', '💥', '-x'])(
    'refuse the id %s',
    (id) => {
      expect(errors(matrix(`tags: [{ id: "${id}", genre: Pop }]`))).toEqual([
        expect.stringMatching(/ cannot be an id: it has to be safe as a file name$/),
      ]);
    },
  );
});
