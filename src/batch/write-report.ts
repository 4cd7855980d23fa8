/**
 * Writes the listening page of a batch: `report/index.html`, further pages where it is too large for one, and
 * the pieces that they load from `report/data/`. What is there already is not written again.
 */
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { policyOf } from '../job/next-step.ts';
import type { StoreReader } from '../job/store.ts';
import { collectPages, type PieceJob } from '../listening/page-data.ts';
import type { PageData } from '../listening/page-format.ts';
import { pageHtml, pageMark, readPageCode } from '../listening/page-html.ts';
import { isPieceName, makePiece, wholeName } from '../listening/piece.ts';
import { isRemote } from '../manifest/s3-place.ts';
import { makeFolders } from '../outputs/folders.ts';
import { isFile, openRegular } from '../outputs/open-inside.ts';
import { isSystemError, onDisk, OutputError } from '../outputs/output-error.ts';
import { readOutline } from '../outputs/pictures.ts';
import { findMissing } from '../outputs/presence.ts';
import { writeWhole } from '../outputs/whole-file.ts';
import {
  alikeFact,
  hearNew,
  nothingHeard,
  readAlike,
  songsToHear,
  type AlikeNote,
} from './alike-note.ts';
import type { Batch } from './batch.ts';
import { lockFile } from './file-lock.ts';
import { limitsFact, readLimits } from './limit-note.ts';
import { manifestFact, readNote } from './run-note.ts';
import { diskShelf, type Shelf } from './shelf.ts';
import type { Tell } from './surroundings.ts';
import { besideSongs } from './workroom.ts';

export const reportFolder = 'report';
export const dataFolder = 'data';

/** What was found out already: by writing the metadata, or the page the last time. */
export interface Findings {
  readonly missing: ReadonlySet<string>;
  readonly heard: AlikeNote;
}

export interface WrittenReport {
  /** The first page: an absolute path, or in a bucket. */
  readonly index: string;
  /** What is in it. */
  readonly data: PageData;
  readonly heard: AlikeNote;
}

type ReportedBatch = Pick<Batch, 'manifest' | 'plan' | 'shownAs' | 'outputDir'>;

/**
 * One process at a time: `report --serve` writes while a run goes on, and the run at its end.
 * Throws `OutputError` where the disk will not have it.
 */
export async function writeReport(
  batch: ReportedBatch,
  store: StoreReader | undefined,
  version: string,
  findings: Partial<Findings> = {},
  shelf: Shelf = diskShelf(batch.outputDir),
): Promise<WrittenReport> {
  const folder = join(batch.outputDir, reportFolder);
  const unlock = await onDisk(folder, async () => {
    await makeFolders(folder);
    return lockFile(join(folder, '.lock'));
  });
  try {
    const written = await writePages(batch, store, version, findings, shelf);
    await shelf.publishPage();
    return written;
  } finally {
    unlock();
  }
}

/**
 * Jobs of which a run still writes the page: writing it takes a tenth of a millisecond for each, those of which
 * nothing is known yet included, whatever the run itself has done.
 */
const mostAtEnd = 20_000;

export interface EndedRun {
  readonly shelf: Shelf;
  /** Of songbatch. */
  readonly version: string;
  readonly findings: Findings;
  readonly tell: Tell;
  /** What writes the page later. */
  readonly remedy: string;
}

/**
 * At the end of a run, which does not depend on its page: songs and metadata are on disk, and whatever keeps the
 * page from being written, a bug of ours included, is told and costs nothing else. That of a large batch is left
 * to those who want to listen.
 *
 * @returns where its first page is; undefined where it was not written
 */
export async function writeReportOfRun(
  batch: ReportedBatch,
  store: StoreReader,
  { shelf, version, findings, tell, remedy }: EndedRun,
): Promise<string | undefined> {
  try {
    const stored = Object.values(store.counts().jobs).reduce((sum, count) => sum + count, 0);
    // Of a plan that has just begun all jobs are on the page; those that the plan has dropped, too.
    const jobs = Math.max(batch.plan.jobs, stored);
    if (jobs > mostAtEnd) {
      tell(`the listening page of ${jobs} jobs is not written after each run: ${remedy} writes it`);
      return undefined;
    }
    return (await writeReport(batch, store, version, findings, shelf)).index;
  } catch (error) {
    tell(`no listening page: ${wordsOf(error)}\n${remedy} writes it, and buys nothing`, 'warn');
    return undefined;
  }
}

function wordsOf(error: unknown): string {
  if (error instanceof OutputError) return error.message;
  const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return `this is a bug in songbatch, please report it\n${what}`;
}

async function writePages(
  { manifest, plan, shownAs, outputDir }: ReportedBatch,
  store: StoreReader | undefined,
  version: string,
  findings: Partial<Findings>,
  shelf: Shelf,
): Promise<WrittenReport> {
  const folder = join(outputDir, reportFolder);
  const code = readPageCode();
  const heard = await hearAll(outputDir, store, findings.heard, shelf);
  const facts = {
    plan,
    store,
    policy: policyOf(manifest),
    shownAs,
    service: readNote(store?.fact(manifestFact))?.service ?? '',
    runs: readLimits(store?.fact(limitsFact)),
    version,
    writtenAt: Date.now(),
    missing: findings.missing ?? (await findMissing(shelf.lookFor(store?.savedFiles() ?? []))),
    nearDuplicates: heard.pairs,
  };
  const names = new Set<string>();
  let first: PageData | undefined;
  for (const page of collectPages(facts)) {
    const pieces: string[] = [];
    for (const jobs of page.pieces) pieces.push(await writePiece(outputDir, jobs, shelf));
    const data: PageData = { ...page.data, pieces };
    const name = pageFile(data.page.number);
    const path = join(folder, name);
    if ((await whoseIs(path)) === 'foreign') {
      throw new OutputError('disk', `${path} is no page of songbatch: move it elsewhere`);
    }
    await writeWhole(path, pageHtml(data, code));
    for (const one of [name, ...pieces]) names.add(one);
    first ??= data;
  }
  if (!first) throw new Error('a report without a page');
  await removeStale(folder, names);
  const { dir } = manifest.output;
  const index = besideSongs(isRemote(dir) ? dir : outputDir, `${reportFolder}/${pageFile(1)}`);
  return { index, data: first, heard };
}

export function pageFile(number: number): string {
  return number === 1 ? 'index.html' : `page-${number}.html`;
}

/** Goes on from what was heard last, by us or by a run. */
async function hearAll(
  outputDir: string,
  store: StoreReader | undefined,
  heard: AlikeNote = nothingHeard,
  shelf: Shelf,
): Promise<AlikeNote> {
  if (!store) return nothingHeard;
  const noted = readAlike(store.fact(alikeFact));
  const latest = noted.revision > heard.revision ? noted : heard;
  await shelf.bringOutlines(songsToHear(store, latest));
  return hearNew(outputDir, store, latest);
}

/** Answers the name of its file. */
async function writePiece(
  outputDir: string,
  jobs: readonly PieceJob[],
  shelf: Shelf,
): Promise<string> {
  const data = join(outputDir, reportFolder, dataFolder);
  const whole = wholeName(jobs);
  if (await isFile(join(data, whole))) return whole;
  await shelf.bringOutlines(jobs.flatMap(({ pictured }) => pictured ?? []));
  const { name, text } = await makePiece(jobs, (sha256) => readOutline(outputDir, sha256));
  await writeWhole(join(data, name), [text]);
  return name;
}

/** Whether what lies there is a page of ours: only that is written over, or removed. */
async function whoseIs(path: string): Promise<'nobody' | 'ours' | 'foreign'> {
  try {
    const file = await openRegular(path);
    if (!file) return 'foreign';
    try {
      const { buffer, bytesRead } = await file.handle.read(Buffer.alloc(1024));
      return buffer.toString('utf8', 0, bytesRead).includes(pageMark) ? 'ours' : 'foreign';
    } finally {
      await file.handle.close();
    }
  } catch (error) {
    if (!isSystemError(error)) throw error;
    return error.code === 'ENOENT' ? 'nobody' : 'foreign';
  }
}

/** Milliseconds for which a page that is open in a browser may still ask for its pieces. */
const grace = 60 * 60 * 1000;

/** Pages and pieces of an earlier state of the batch. */
async function removeStale(folder: string, names: ReadonlySet<string>): Promise<void> {
  await onDisk(folder, async () => {
    for (const name of await readdir(folder)) {
      if (!/^page-\d+\.html$/.test(name) || names.has(name)) continue;
      if ((await whoseIs(join(folder, name))) === 'ours') await rm(join(folder, name));
    }
    const data = join(folder, dataFolder);
    for (const name of await namesIn(data)) {
      if (!isPieceName(name) || names.has(name)) continue;
      const { mtimeMs } = await stat(join(data, name));
      if (Date.now() - mtimeMs > grace) await rm(join(data, name), { force: true });
    }
  });
}

/** None where there is no such folder: a batch without jobs has no pieces. */
async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch {
    return [];
  }
}
