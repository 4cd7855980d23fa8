/** A server's words are data: whatever they are, no file, terminal or page of ours does what they say. */
import { readdirSync } from 'node:fs';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import ajvFormats from 'ajv-formats';
import { describe, expect, test } from 'vitest';
import type { Meddling } from '../cli/meddler.ts';
import type { Ended } from '../cli/rig.ts';
import type { MetBatch, RawTask } from './faulty-batch.ts';
import {
  expectAllHome,
  filesOf,
  inEverySituation,
  isRun,
  isTaskCall,
  meet,
  metadataOf,
  rewrite,
  rewriteTasks,
} from './faulty-batch.ts';

/** Paths, escapes of both kinds, RTL marks, HTML, NUL, line breaks, and a formula for spreadsheets. */
const words =
  '../../../evil\\..\\evil \u001b[2J\u001b]0;owned\u0007\u009b31m \u202Egnp.exe\u2066 <script>alert(1)</script>\u0000\r\n=cmd() "quoted" \u200b';

/** What a terminal acts on, or what makes text look like another. */
const acting = /[[\p{Cc}--[\t\n]]\u200e\u200f\u202a-\u202e\u2066-\u2069]/v;

function expectHarmless({ stdout, stderr }: Ended): void {
  expect(stdout).not.toMatch(acting);
  expect(stderr).not.toMatch(acting);
  expect(stderr).not.toMatch(/this is a bug|^\s+at /m);
}

const isMetadata = await metadataSchema();

async function metadataSchema() {
  const file = new URL('../../schemas/metadata.schema.json', import.meta.url);
  const ajv = new Ajv2020({ allErrors: true });
  ajvFormats.default(ajv);
  return ajv.compile(JSON.parse(await readFile(file, 'utf8')) as object);
}

/** Nothing beside the batch's own files, and metadata as its schema has it. */
function expectTidy(batch: MetBatch): void {
  expect(readdirSync(batch.world.folder).sort()).toEqual(['m.yaml', 'out']);
  const rest = filesOf(batch.world).filter((file) => !/^vocal\/\d\.wav$/.test(file));
  expect(rest).toEqual(['SHA256SUMS', 'metadata.json', 'state.sqlite']);
  isMetadata(metadataOf(batch.world));
  expect(isMetadata.errors ?? []).toEqual([]);
}

/** Everywhere but where it would only break the task itself. */
function hostile(task: RawTask): object {
  const outputs = (task['outputs'] as object[]).map((output) => ({
    ...output,
    name: words,
    contenttype: words,
    accesskey: words,
    id: words,
  }));
  return {
    ...task,
    outputs,
    name: words,
    uuid: words,
    socketaccesstoken: words,
    description: words,
    debugoutput: words,
    debugerror: words,
    categories: words,
    [words]: words,
  };
}

describe.concurrent('hostile words', () => {
  test.for(
    inEverySituation([
      { format: 'text', only: 'while running' },
      { format: 'json', only: 'at restart' },
    ]),
  )(
    'all over a good task do nothing ($format), $situation',
    async ({ situation, format }, { onTestFinished }) => {
      const batch = await meet(situation, {
        onFinished: onTestFinished,
        flags: ['--log-format', format],
        target: isTaskCall,
        fault: () => rewriteTasks(hostile),
      });
      expectAllHome(batch);
      expectHarmless(batch.last);
      expectTidy(batch);
    },
  );

  const ends = [
    { name: 'status', only: 'while running', end: { status: words } },
    {
      name: 'exit code',
      only: 'at restart',
      end: { status: 'task_postprocess_end', pexit: words, outputs: [] },
    },
    { name: 'log', end: { status: 'task_error', debugerror: words, debugoutput: words } },
  ];
  test.for(inEverySituation(ends))(
    'in the $name of a task are shown as text only, $situation',
    async ({ situation, end }, { onTestFinished }) => {
      const batch = await meet(situation, {
        onFinished: onTestFinished,
        manifest: { seeds: 2, more: 'retry: { attempts: 1 }' },
        flags: ['--deadline', '2s', '--log-format', situation === 'at restart' ? 'json' : 'text'],
        target: isTaskCall,
        fault: () => rewriteTasks((task) => ({ ...task, ...end, totalcost: '0' })),
      });
      expect([1, 3]).toContain(batch.last.code);
      expectHarmless(batch.last);
      expectTidy(batch);
      expectHarmless(await batch.world.songbatch('status', 'm.yaml'));
      expectHarmless(await batch.world.songbatch('status', 'm.yaml', '--json'));
    },
  );

  const answers: readonly { name: string; meddling: Meddling }[] = [
    {
      name: 'a refusal',
      meddling: rewrite(() => ({ result: false, errors: [{ code: 0, message: words }] })),
    },
    {
      name: 'a refusal without its form',
      meddling: rewrite(() => ({ result: false, errors: words })),
    },
    { name: 'an error page', meddling: () => ({ status: 503, body: words }) },
    { name: 'a 401', meddling: () => ({ status: 401, body: words }) },
    { name: 'a 429', meddling: { status: 429, body: words, headers: { 'retry-after': '9999' } } },
    {
      name: 'a task id',
      meddling: rewrite((body) => ({ ...body, taskid: words, socketaccesstoken: words })),
    },
  ];
  test.for(answers.map((row, index) => ({ ...row, format: index % 2 === 0 ? 'text' : 'json' })))(
    'in $name to a Run are shown as text only ($format)',
    async ({ meddling, format }, { onTestFinished }) => {
      const batch = await meet('while running', {
        onFinished: onTestFinished,
        manifest: { seeds: 2, more: 'retry: { attempts: 1 }' },
        flags: ['--tasks', '1', '--log-format', format],
        target: isRun,
        fault: (nth) => (nth === 2 ? meddling : 'pass'),
      });
      expect([0, 1, 3]).toContain(batch.last.code);
      expectHarmless(batch.last);
      expectTidy(batch);
      expectHarmless(await batch.world.songbatch('status', 'm.yaml'));
    },
  );
});

describe.concurrent('an output URL that is', () => {
  const rows = [
    'file:///etc/hostname',
    'ftp://127.0.0.1/song.wav',
    'javascript:alert(1)',
    'data:audio/wav;base64,UklGRg==',
    '//127.0.0.1/song.wav',
    '/etc/hostname',
    'http://',
    'http://[',
    `http://127.0.0.1:1/${words}`,
    '',
  ].map((url) => ({ url }));
  test('no address for a song fails its job, is not opened, and buys no other song', async ({
    onTestFinished,
  }) => {
    const batch = await meet('while running', {
      onFinished: onTestFinished,
      manifest: { seeds: rows.length },
      target: isTaskCall,
      fault: () =>
        rewriteTasks((task) => ({
          ...task,
          // The price is not told either: nothing says that it was not billed.
          totalcost: '',
          outputs: [{ name: words, url: rows[Number(task.parameters['seed']) - 1]?.url }],
        })),
    });
    expectHarmless(batch.last);
    expectTidy(batch);
    expect(batch.world.server.books()).toMatchObject({ created: rows.length, duplicates: 0 });
    const reasons = metadataOf(batch.world).jobs.map(
      ({ attempts }) => attempts[0]?.failure?.reason,
    );
    // The one that is a web address leads nowhere today: it stays to be fetched.
    expect(reasons).toEqual(
      rows.map(({ url }) => (url.startsWith('http://127') ? undefined : 'output-unavailable')),
    );
  });

  test.for(inEverySituation([{}]))(
    'one with a user and a password is asked without them, and they are shown nowhere, $situation',
    async ({ situation }, { onTestFinished }) => {
      const seen: string[] = [];
      const batch = await meet(situation, {
        onFinished: onTestFinished,
        meddleWithSongs: true,
        target: isTaskCall,
        fault: () =>
          rewriteTasks((task) => ({
            ...task,
            outputs: (task['outputs'] as { url: string }[]).map((output) => ({
              ...output,
              url: output.url.replace('http://', 'http://someone:password-2718@'),
            })),
          })),
        otherwise: (_path, _nth, { headers }) => {
          seen.push(JSON.stringify(headers));
          return 'pass';
        },
      });
      expectAllHome(batch);
      expect(seen.filter((headers) => /authorization|2718/i.test(headers))).toEqual([]);
      expect(batch.last.stdout + batch.last.stderr).not.toContain('2718');
      for (const file of ['metadata.json', 'SHA256SUMS', 'report/index.html']) {
        expect(batch.world.read(`out/${file}`)).not.toContain('2718');
      }
    },
  );
});

test('nothing was written outside of the folders of these tests', async () => {
  const above = await readdir(join(import.meta.dirname, '../..'));
  expect(above.filter((name) => name.includes('evil'))).toEqual([]);
});
