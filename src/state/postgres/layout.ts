/**
 * The layout of what many machines share: a schema of its own in a PostgreSQL database.
 *
 *   meta      `layout`: the version of the tables; `salt`: by which accounts are told apart
 *   accounts  one for each base URL and key. `allowed`, `proven`, `probe_at` are the limit in force
 *             (job/concurrency.ts) below `ceiling`; `open` tasks may be in flight, of which `asking` are Runs that
 *             have not been answered; nothing is submitted before `paused_until` (milliseconds since 1970).
 *   batches   `service` (a base URL), `name` and `place` make the batch: another key is no other batch, or it would be
 *             bought again. `place` is the folder of the songs as seen from where it was run, `folder` what that came to
 *             where the batch was begun. `version` says how the rows of the batch
 *             are written: whoever has another leaves it alone. `events` counts its events, and with `jobs`,
 *             `spent`, `dearest`, `open` and `forsaken` is kept with each of them. A `round` is one `run` of it:
 *             `terms` is what that allows, `pending` its orders that nobody has closed, `submitted`, `ended` and
 *             `failed` what became of its jobs, `unproven` the submissions that it has taken for lost on the user's
 *             word alone, `stopped` why nothing more is submitted.
 *   events    the truth, only ever added to: seq counts from 1 without gaps for each batch, since whoever adds
 *             locks the batch. `type` and `detail` are those of the state file (event-code.ts), with the texts
 *             that it shares written out (rows.ts). `mark` is the sender's own name for it, by which it finds out
 *             whether an event whose commit was not answered is there. `session` is who sent it.
 *   jobs      one row for each job with events, numbered from 1 in the order in which they came: `spec` as rows.ts
 *             says, `last` its last event. `wish`: what it sends, which copies of one job (`repeat`) have in common.
 *             `asking`: its Run may be on its way. `forsaken`: in doubt, and its place was given to others.
 *   tasks     which job has claimed a task: one only, whatever happens.
 *   orders    the jobs that a round wants made, as the manifest says them; closed when nothing is left to do, or
 *             nothing can be done (`why`). `may_buy` is false for those that it only wants brought home.
 *   facts     of a batch as a whole (`Store.setFact`)
 *   sessions  processes: a row for each connection that a worker or a coordinator lives by, and the `heir` of one
 *             whose connection broke (session.ts).
 *   uploads   where local songs were uploaded to, for each account.
 *   ticks     of schedules (ticks.ts), by the time `at` which each should have begun, in milliseconds since 1970:
 *             `waiting`, at most one `under-way` for each schedule, `over` or `skipped`. `data` is the schedule as
 *             it was at the tick, until that is over or skipped. `holder` makes its batch, and was last `seen`.
 *
 * Everything about one account is changed under the lock of its row, then its batches' rows: one order, no
 * deadlocks. That makes one commit after the other; changes that come together share one (commit-queue.ts).
 * Rejected: sequences (numbers become visible out of order, and a follower misses events), counting tasks in
 * flight by looking at jobs (two who look at once both see room).
 */
import { StateError } from '../state-error.ts';
import type { Database, Query } from './database.ts';

/** Of the tables. */
const layoutVersion = 1;
/** Of what is written into them for a batch. To be raised with anything that an older worker would get wrong. */
export const batchVersion = 1;

/** Any number, always the same: who creates the tables waits for who does already. */
const creation = 0x736e6762;

/** Creates the tables where there are none. Throws `StateError` where they are a later version's. */
export async function prepareLayout(database: Database): Promise<void> {
  const version = await database.transaction(async (query) => {
    await query('SELECT pg_advisory_xact_lock($1)', [creation]);
    const [there] = await query("SELECT to_regclass('songbatch.meta') IS NOT NULL AS is_there");
    if (there?.['is_there'] !== true) await createTables(query);
    const [row] = await query("SELECT value FROM songbatch.meta WHERE key = 'layout'");
    return Number(row?.['value']);
  });
  if (version === layoutVersion) return;
  const { shownAs } = database;
  throw new StateError(
    'newer',
    shownAs,
    `${shownAs} was made by another version of songbatch (layout ${version}, this one knows ${layoutVersion}); use the same version on all machines`,
  );
}

async function createTables(query: Query): Promise<void> {
  await query('CREATE SCHEMA IF NOT EXISTS songbatch');
  for (const table of tables) await query(`CREATE ${table}`);
  await query(
    "INSERT INTO songbatch.meta VALUES ('layout', $1), ('salt', gen_random_uuid()::text)",
    [String(layoutVersion)],
  );
}

const tables = [
  'TABLE songbatch.meta (key text PRIMARY KEY, value text NOT NULL)',
  `TABLE songbatch.accounts (
    id text PRIMARY KEY,
    url text NOT NULL,
    ceiling integer NOT NULL DEFAULT 0,
    allowed integer NOT NULL DEFAULT 0,
    proven integer NOT NULL DEFAULT 0,
    probe_at bigint NOT NULL DEFAULT 0,
    open integer NOT NULL DEFAULT 0,
    asking integer NOT NULL DEFAULT 0,
    paused_until bigint NOT NULL DEFAULT 0
  )`,
  `TABLE songbatch.batches (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account text NOT NULL REFERENCES songbatch.accounts,
    service text NOT NULL,
    name text NOT NULL,
    place text NOT NULL,
    folder text NOT NULL,
    version integer NOT NULL,
    events bigint NOT NULL DEFAULT 0,
    jobs bigint NOT NULL DEFAULT 0,
    spent numeric NOT NULL DEFAULT 0,
    dearest numeric,
    open integer NOT NULL DEFAULT 0,
    forsaken integer NOT NULL DEFAULT 0,
    round integer NOT NULL DEFAULT 0,
    terms text,
    pending integer NOT NULL DEFAULT 0,
    is_planned boolean NOT NULL DEFAULT false,
    submitted integer NOT NULL DEFAULT 0,
    ended integer NOT NULL DEFAULT 0,
    failed integer NOT NULL DEFAULT 0,
    unproven integer NOT NULL DEFAULT 0,
    stopped text,
    UNIQUE (service, name, place)
  )`,
  `TABLE songbatch.events (
    batch bigint NOT NULL,
    seq bigint NOT NULL,
    job bytea NOT NULL,
    at bigint NOT NULL,
    type smallint NOT NULL,
    detail text NOT NULL,
    mark text NOT NULL,
    session bigint,
    PRIMARY KEY (batch, seq)
  )`,
  'INDEX histories ON songbatch.events (batch, job, seq)',
  `TABLE songbatch.jobs (
    batch bigint NOT NULL,
    id bytea NOT NULL,
    number bigint NOT NULL,
    spec text NOT NULL,
    last bigint NOT NULL,
    wish bytea NOT NULL,
    asking boolean NOT NULL DEFAULT false,
    forsaken boolean NOT NULL DEFAULT false,
    round integer NOT NULL,
    PRIMARY KEY (batch, id)
  )`,
  'INDEX runs_on_their_way ON songbatch.jobs (wish) WHERE asking',
  `TABLE songbatch.tasks (
    account text NOT NULL,
    id text NOT NULL,
    batch bigint NOT NULL,
    job bytea NOT NULL,
    PRIMARY KEY (account, id)
  )`,
  `TABLE songbatch.orders (
    batch bigint NOT NULL,
    job bytea NOT NULL,
    round integer NOT NULL,
    spec text NOT NULL,
    may_buy boolean NOT NULL,
    is_closed boolean NOT NULL DEFAULT false,
    why text,
    PRIMARY KEY (batch, job)
  )`,
  'INDEX open_orders ON songbatch.orders (batch) WHERE NOT is_closed',
  `TABLE songbatch.facts (
    batch bigint NOT NULL,
    key text NOT NULL,
    value text NOT NULL,
    PRIMARY KEY (batch, key)
  )`,
  `TABLE songbatch.sessions (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account text NOT NULL,
    role text NOT NULL,
    host text NOT NULL,
    pid integer NOT NULL,
    backend integer NOT NULL,
    tasks integer NOT NULL,
    calls boolean NOT NULL DEFAULT true,
    since timestamptz NOT NULL DEFAULT now(),
    seen timestamptz NOT NULL DEFAULT now(),
    heir bigint
  )`,
  `TABLE songbatch.uploads (
    account text NOT NULL,
    sha256 text NOT NULL,
    url text NOT NULL,
    PRIMARY KEY (account, sha256)
  )`,
  `TABLE songbatch.ticks (
    account text NOT NULL REFERENCES songbatch.accounts,
    schedule text NOT NULL,
    at bigint NOT NULL,
    stage text NOT NULL,
    overlap text NOT NULL,
    data text,
    holder text,
    seen timestamptz,
    begun_at bigint,
    ended_at bigint,
    note text,
    outcome text,
    PRIMARY KEY (account, schedule, at)
  )`,
] as const;
