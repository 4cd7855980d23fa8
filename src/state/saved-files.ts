/**
 * Reads the songs of a state without the histories that they come from: every run looks whether they are still
 * there, and there may be a million of them.
 */
import type { DatabaseSync } from 'node:sqlite';
import { outlooks, stageOf } from '../job/outlook.ts';
import type { JobFile } from '../job/store.ts';
import { decodeFiles } from './event-code.ts';
import { decodePaths } from './job-code.ts';
import { eventTypes } from './schema.ts';
import { json, list, text, whole } from './stored-value.ts';
import { openTexts } from './texts.ts';

/** Jobs that are read at once: between two pieces nobody is in the way of those who write. */
const atOnce = 256;

const saved = eventTypes.indexOf('saved');
const isSaved = `outlook IN (${[...outlooks.keys()].filter(isOfSavedJob).join(', ')})`;

function isOfSavedJob(code: number): boolean {
  const outlook = outlooks[code];
  return outlook !== undefined && stageOf(outlook) === 'saved';
}

/** Nothing but measures can have come after the files, so the chain of events is followed a step or two. */
const filesQuery = `SELECT number, lower(hex(id)) AS id, shape, spec,
  (WITH RECURSIVE chain (seq, before, type, detail) AS (
     SELECT seq, before, type, detail FROM events WHERE seq = last
     UNION ALL
     SELECT events.seq, events.before, events.type, events.detail
     FROM chain JOIN events ON events.seq = chain.seq - chain.before
     WHERE chain.type <> ${saved} AND chain.before > 0
   )
   SELECT detail FROM chain WHERE type = ${saved}) AS files
  FROM jobs WHERE number > ? AND ${isSaved} ORDER BY number LIMIT ${atOnce}`;

interface SavedJob {
  readonly number: number;
  readonly files: readonly JobFile[];
}

/** Reads some jobs behind a number, in their order. Throws `Malformed`. */
export function filesReader(db: DatabaseSync): (number: number) => readonly SavedJob[] {
  const texts = openTexts(db);
  const statement = db.prepare(filesQuery);
  return (number) =>
    statement.all(number).map((row) => {
      const job = text(row['id']);
      const spec = { shape: whole(row['shape']), spec: text(row['spec']) };
      const files = decodeFiles(list(json(row['files'])), decodePaths(job, spec, texts));
      return { number: whole(row['number']), files: files.map((file) => ({ ...file, job })) };
    });
}
