import { expect, test } from 'vitest';
import { passwordOf, shownAddress } from '../../src/batch/engine-address.ts';
import { UsageError } from '../../src/batch/usage-error.ts';
import { engineAddress, engineAddressIfSaid } from '../../src/cli/engine-flags.ts';

const database = 'postgres://songs:hunter2@db.example.com:5433/songbatch';

test('PostgreSQL is the queue too, unless Redis is named', () => {
  expect(engineAddress({ engine: database }, {})).toEqual({
    state: database,
    queue: { kind: 'postgres', url: database },
  });
  expect(engineAddress({ engine: database, queue: 'rediss://cache' }, {})).toEqual({
    state: database,
    queue: { kind: 'redis', url: 'rediss://cache' },
  });
});

test('A flag comes before the environment, and a variable that is set to nothing is not set', () => {
  const environment = { SONGBATCH_ENGINE: 'postgresql://other/songs', SONGBATCH_QUEUE: '' };
  expect(engineAddress({}, environment).state).toBe('postgresql://other/songs');
  expect(engineAddress({ engine: database }, environment).state).toBe(database);
  expect(engineAddressIfSaid({}, { SONGBATCH_ENGINE: '' })).toBeUndefined();
});

test('A queue in the environment alone makes no engine; one that is typed wants one', () => {
  expect(engineAddressIfSaid({}, { SONGBATCH_QUEUE: 'redis://cache' })).toBeUndefined();
  expect(() => engineAddressIfSaid({ queue: 'redis://cache' }, {})).toThrow(
    /--queue without an engine/,
  );
});

test.each([
  [{}, {}, 'no engine is named'],
  [{ engine: 'redis://hunter2@cache' }, {}, '--engine is no address of PostgreSQL'],
  [{ engine: 'mysql://songs:hunter2@db/songs' }, {}, '--engine is no URL of PostgreSQL'],
  [{ engine: 'postgres://songs:hun/ter2@db:x/songs' }, {}, '--engine is no URL of PostgreSQL'],
  [{}, { SONGBATCH_ENGINE: 'postgres://songs:hunter2@db' }, 'SONGBATCH_ENGINE names no database'],
  [{ engine: 'postgres://db/songs?password=hunter2' }, {}, '--engine has a password behind'],
  [{ engine: database, queue: 'hunter2' }, {}, '--queue is no URL of PostgreSQL or Redis'],
])('What is no address is refused, and never shown: %j %j', (flags, environment, message) => {
  const refusal = refusalOf(() => engineAddress(flags, environment));
  expect(refusal.message).toContain(message);
  expect(`${refusal.message} ${refusal.hint ?? ''}`).not.toContain('hunter2');
});

test('Shown are host and database', () => {
  expect(shownAddress(database)).toBe('postgres://db.example.com:5433/songbatch');
  expect(shownAddress('postgres:///songs?host=/run/postgresql&sslkey=mine')).toBe(
    'postgres:///run/postgresql/songs',
  );
  expect(shownAddress('postgres://songs:hun/ter2@db:x/songs')).toBe('an address that is none');
});

test('A password is known by what it means', () => {
  expect(passwordOf('postgres://songs:a%40b%2Fc@db/songs')).toBe('a@b/c');
  expect(passwordOf('postgres://songs:100%@db/songs')).toBe('100%');
  expect(passwordOf('no address')).toBe('');
});

function refusalOf(act: () => unknown): UsageError {
  try {
    act();
  } catch (error) {
    if (error instanceof UsageError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}
