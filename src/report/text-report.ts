/**
 * A run for people: one line for each thing worth knowing. Below them, on a terminal, stand a few lines
 * with the whole picture, drawn again and again; elsewhere plain lines tell of progress now and then.
 */
import { describeFinding } from '../job/checks.ts';
import { showUsd } from '../job/money.ts';
import type { RunEvent } from '../run/events.ts';
import { liveBlock } from './live-block.ts';
import { createPlainProgress } from './plain-progress.ts';
import type { RunPicture } from './run-picture.ts';
import type { ScreenSize } from './standing-block.ts';
import type { Paint } from './words.ts';
import {
  count,
  painter,
  printable,
  showDuration,
  showFailure,
  showFile,
  showTally,
  wrapWords,
} from './words.ts';

export interface Screen {
  /** Whole lines, to stay. */
  readonly write: (text: string) => void;
  /** The lines that stand below all others from now on. Absent: nothing can be drawn twice here. */
  readonly stand?: (lines: readonly string[]) => void;
  readonly size: () => ScreenSize;
  readonly hasColour: boolean;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

export interface TextReport {
  readonly see: (event: RunEvent) => void;
  /** Called several times a second: time goes on without events, and windows change their size. */
  readonly tick: () => void;
  /** Whatever stands is taken away. */
  readonly close: () => void;
}

/** Milliseconds between two frames at least. */
const shortestFrame = 100;
/** Pauses of the API that are shorter go by untold, and of many only one in so long is told. */
const unremarkablePause = 2000;
const quietAfterPause = 60_000;

/** @param picture has seen every event before the report does */
export function createTextReport(screen: Screen, picture: RunPicture): TextReport {
  const paint = painter(screen.hasColour);
  const say = (text: string | undefined) => {
    if (text === undefined) return;
    screen.write(`${screen.stand ? wrapWords(text, screen.size().columns - 1) : text}\n`);
  };
  const progress = screen.stand
    ? createBlock(screen, screen.stand, picture, paint)
    : createLines(screen, picture, say);
  const isNews = createNewsFilter(screen.now);
  let isOver = false;

  const close = () => {
    isOver = true;
    screen.stand?.([]);
  };

  return {
    see: (event) => {
      if (isNews(event)) say(lineOf(event, paint));
      if (event.type === 'finished') close();
      else progress.see(event);
    },
    tick: () => {
      if (!isOver) progress.tick();
    },
    close,
  };
}

/**
 * The account's limit is met again and again, each time one task more is tried, and an API that wants to
 * be left alone says so again and again.
 */
function createNewsFilter(now: () => number): (event: RunEvent) => boolean {
  let lowestTold = Infinity;
  let pauseToldAt = -Infinity;
  return (event) => {
    switch (event.type) {
      case 'throttled': {
        const isLower = event.limit < lowestTold;
        lowestTold = Math.min(lowestTold, event.limit);
        return isLower;
      }
      case 'paused': {
        const isLong = event.pause >= unremarkablePause;
        if (!isLong || now() - pauseToldAt < quietAfterPause) return false;
        pauseToldAt = now();
        return true;
      }
      default:
        return true;
    }
  };
}

type Progress = Pick<TextReport, 'see' | 'tick'>;

function createBlock(
  screen: Screen,
  stand: (lines: readonly string[]) => void,
  picture: RunPicture,
  paint: Paint,
): Progress {
  let drawnAt = -Infinity;
  let isOutdated = false;
  let size = screen.size();
  const draw = () => {
    const view = picture.view();
    if (!view) return;
    drawnAt = screen.now();
    isOutdated = false;
    size = screen.size();
    stand(liveBlock(view, size, paint));
  };
  const hasOtherSize = () => {
    const { columns, rows } = screen.size();
    return columns !== size.columns || rows !== size.rows;
  };
  return {
    see: () => {
      isOutdated = true;
      if (screen.now() - drawnAt >= shortestFrame) draw();
    },
    // Without events only the time changes, which is told in seconds: with ten thousand tasks in flight a frame is dear.
    tick: () => {
      if (isOutdated || secondOf(screen.now()) !== secondOf(drawnAt) || hasOtherSize()) draw();
    },
  };
}

function secondOf(time: number): number {
  return Math.floor(time / 1000);
}

function createLines(
  { now }: Screen,
  picture: RunPicture,
  say: (text: string | undefined) => void,
): Progress {
  const progress = createPlainProgress(now);
  return {
    see: (event) => {
      say(progress.phaseOf(event));
    },
    tick: () => {
      say(progress.due(picture));
    },
  };
}

/** What an event is worth saying; undefined: what is said of progress is enough. */
/** Undefined: nothing worth a line by itself. */
export function lineOf(event: RunEvent, paint: Paint): string | undefined {
  switch (event.type) {
    case 'started': {
      const { manifest } = event.plan;
      const price = event.price === undefined ? '' : `, about ${showUsd(event.price)} a song`;
      return `${manifest.name}: ${count(event.tally.jobs, 'job')}: ${showTally(event.tally)}${price}`;
    }
    case 'submitted':
      if (event.adopted) {
        const what = `task ${printable(event.taskId)} was found for ${printable(event.job.output)}`;
        return paint('yellow', `! ${what}: its answer had been lost, it is not bought again`);
      }
      return undefined;
    case 'in-doubt':
      return paint(
        'yellow',
        `? ${printable(event.job.output)}: ${printable(event.message)}; looking through the task list`,
      );
    case 'retrying':
      return paint(
        'yellow',
        `! ${printable(event.job.output)}: attempt ${event.attempt}: ${showFailure(event.failure)}; trying again`,
      );
    case 'saved':
      return [
        ...event.files.map((file, index) => {
          const shown = showFile(file, event.measured[index]);
          return `${paint('green', '✓')} ${shown}  ${showUsd(event.cost)}`;
        }),
        ...event.findings.map((finding) =>
          paint(
            'yellow',
            `! ${printable(event.job.output)} ${printable(describeFinding(finding))}`,
          ),
        ),
      ].join('\n');
    case 'failed':
      return paint('red', `✗ ${printable(event.job.output)}: ${showFailure(event.failure)}`);
    case 'throttled':
      return paint('yellow', `! at most ${event.limit} in flight now: ${printable(event.message)}`);
    case 'paused':
      return paint(
        'yellow',
        `! ${printable(event.message)}; no submissions for ${showDuration(event.pause)}`,
      );
    case 'trouble':
      return paint('yellow', `! ${printable(event.message)}`);
    case 'stopping':
      return paint('yellow', `! no more submissions: ${printable(event.reason.message)}`);
    case 'ended':
    case 'raised':
    case 'held':
    case 'finished':
      return undefined;
  }
}
