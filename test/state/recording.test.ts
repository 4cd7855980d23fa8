import { join } from 'node:path';
import { expect, it } from 'vitest';
import { recorder } from '../../src/state/recording.ts';
import { connect, disconnect } from '../../src/state/run-connection.ts';
import { identity, policy } from './identity.ts';
import { scratchFolder } from './scratch.ts';
import { goodLife, songJob } from './songs.ts';

// SQLite may have undone the whole transaction by then: nobody who shares it may be told that it was kept.
it('fails a whole transaction where the file refuses what only one of its events needs', () => {
  const db = connect(join(scratchFolder(), 'state.sqlite'), identity);
  const recording = recorder(db, policy);
  const [intended, accepted] = goodLife(1);
  recording.transact(() => {
    recording.append(songJob(1), intended);
  });
  const pages = Number(db.prepare('PRAGMA page_count').get()?.['page_count']);
  db.exec(`PRAGMA max_page_count = ${pages}`);
  const uploads = { inputAudioUrl: `https://cdn.example.com/${'x'.repeat(20_000)}` };
  expect(() => {
    recording.transact(() => {
      recording.append(songJob(1), accepted);
      recording.append(songJob(2), { ...intended, uploads });
    });
  }).toThrow('full');
  recording.transact(() => {
    expect(recording.append(songJob(1), accepted)).toMatchObject({
      kept: { attempts: [{ stage: 'running' }] },
    });
  });
  expect(db.prepare('SELECT count(*) AS n FROM events').get()).toEqual({ n: 2 });
  disconnect(db);
});
