/**
 * The `texts` table: JSON that many jobs share, kept once. Lyrics of 2 kB times a thousand seeds
 * are one row here and a number in a thousand others.
 */
import { createHash } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { json, Malformed, whole } from './stored-value.ts';

export interface Texts {
  /** The number of a text; it is added when it is new. */
  readonly numberOf: (json: string) => number;
  /** The parsed text of a number. Whoever gets it shares it: not to be changed. */
  readonly valueOf: (number: number) => unknown;
  /** To be called after a rollback: numbers given out may not exist. */
  readonly forget: () => void;
}

/** Enough for the axes of most batches, little enough (a few MB) for a batch of nothing but lyrics. */
const remembered = 1000;

export function openTexts(db: DatabaseSync): Texts {
  const find = db.prepare('SELECT id FROM texts WHERE sha256 = ?');
  const read = db.prepare('SELECT json FROM texts WHERE id = ?');
  const numbers = new Map<string, number>();
  const values = new Map<number, unknown>();

  const look = (sha256: Uint8Array): number | undefined => {
    const row = find.get(sha256);
    return row && whole(row['id']);
  };
  const add = (sha256: Uint8Array, text: string): number =>
    Number(
      db.prepare('INSERT INTO texts (sha256, json) VALUES (?, ?)').run(sha256, text)
        .lastInsertRowid,
    );

  return {
    numberOf: (text) => {
      const known = numbers.get(text);
      if (known !== undefined) return known;
      const sha256 = createHash('sha256').update(text).digest();
      const number = look(sha256) ?? add(sha256, text);
      remember(numbers, text, number);
      return number;
    },
    valueOf: (number) => {
      const known = values.get(number);
      if (known !== undefined) return known;
      const row = read.get(number);
      if (!row) throw new Malformed(`a job refers to text ${number}, which is not there`);
      const value = json(row['json']);
      remember(values, number, value);
      return value;
    },
    forget: () => {
      numbers.clear();
      values.clear();
    },
  };
}

function remember<Key, Value>(map: Map<Key, Value>, key: Key, value: Value): void {
  if (map.size >= remembered) map.clear();
  map.set(key, value);
}
