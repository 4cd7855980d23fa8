import { join } from 'node:path';
import { expect, it } from 'vitest';
import { jobReader } from '../../src/state/reading.ts';
import { recorder } from '../../src/state/recording.ts';
import { connect, disconnect } from '../../src/state/run-connection.ts';
import { identity, policy } from './identity.ts';
import { scratchFolder } from './scratch.ts';
import { goodLife, songJob } from './songs.ts';

it('gives back what a song of no length measures', () => {
  const db = connect(join(scratchFolder(), 'state.sqlite'), identity);
  const recording = recorder(db, policy);
  const silence = { leading: 0, trailing: 0, total: 0, share: 0 };
  const clipping = { runs: 0, samples: 0 };
  const format = { format: 'wav', sampleRate: 44_100, channels: 2 } as const;
  const measures = { ...format, duration: 0, silence, clipping };
  const measured = [{ kind: 'measured', measures }] as const;
  const events = [...goodLife(1), { type: 'measured', at: 5e12, measured } as const];
  recording.transact(() => {
    for (const event of events) recording.append(songJob(1), event);
  });
  const record = jobReader(db)(1).record;
  expect(record.attempts[0]).toMatchObject({ measured });
  disconnect(db);
});

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
