/**
 * A run for people: one line for each thing worth knowing, and on a terminal a progress line below
 * them that is drawn again and again.
 */
import { describeFinding } from '../job/checks.ts';
import { showUsd } from '../job/money.ts';
import type { RunEvent, Tally } from '../run/events.ts';
import { count, printable, showDuration, showFailure, showFile, showTally } from './words.ts';

export interface Screen {
  readonly write: (text: string) => void;
  /** Whether a line can be drawn again. */
  readonly isTerminal: boolean;
  readonly columns: () => number;
  readonly hasColour: boolean;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Without a terminal: a line about progress at most this often, in milliseconds. */
const quietInterval = 10_000;

type Colour = 'green' | 'red' | 'yellow' | 'dim';
const codes: Record<Colour, number> = { green: 32, red: 31, yellow: 33, dim: 2 };

export function createTextReport(screen: Screen): (event: RunEvent) => void {
  const startedAt = screen.now();
  let lastQuietLine = startedAt;
  let isDrawn = false;

  const paint = (colour: Colour, text: string) =>
    screen.hasColour ? `\x1b[${codes[colour]}m${text}\x1b[0m` : text;

  const clear = () => {
    if (isDrawn) screen.write('\r\x1b[2K');
    isDrawn = false;
  };
  const line = (text: string) => {
    clear();
    screen.write(`${text}\n`);
  };
  const progress = (tally: Tally) => {
    if (screen.isTerminal) {
      clear();
      screen.write(progressLine(tally, screen.now() - startedAt, screen.columns()));
      isDrawn = true;
    } else if (screen.now() - lastQuietLine >= quietInterval) {
      lastQuietLine = screen.now();
      screen.write(`${showTally(tally)} · ${showUsd(tally.spent)} spent\n`);
    }
  };

  return (event) => {
    const text = lineOf(event, paint);
    if (text !== undefined) line(text);
    if (event.type === 'finished') clear();
    else progress(event.tally);
  };
}

/** What an event is worth saying; undefined: the progress line is enough. */
function lineOf(
  event: RunEvent,
  paint: (colour: Colour, text: string) => string,
): string | undefined {
  switch (event.type) {
    case 'started': {
      const { manifest } = event.plan;
      const price = event.price === undefined ? '' : `, about ${showUsd(event.price)} a song`;
      return `${manifest.name}: ${count(event.tally.jobs, 'job')}: ${showTally(event.tally)}${price}`;
    }
    case 'submitted':
      if (event.adopted) {
        const what = `task ${printable(event.taskId)} was found for ${event.job.output}`;
        return paint('yellow', `! ${what}: its answer had been lost, it is not bought again`);
      }
      return undefined;
    case 'in-doubt':
      return paint(
        'yellow',
        `? ${event.job.output}: ${printable(event.message)}; looking through the task list`,
      );
    case 'retrying':
      return paint(
        'yellow',
        `! ${event.job.output}: attempt ${event.attempt}: ${showFailure(event.failure)}; trying again`,
      );
    case 'saved':
      return [
        ...event.files.map((file, index) => {
          const shown = showFile(file, event.measured[index]);
          return `${paint('green', '✓')} ${shown}  ${showUsd(event.cost)}`;
        }),
        ...event.findings.map((finding) =>
          paint('yellow', `! ${event.job.output} ${printable(describeFinding(finding))}`),
        ),
      ].join('\n');
    case 'failed':
      return paint('red', `✗ ${event.job.output}: ${showFailure(event.failure)}`);
    case 'throttled':
      return paint('yellow', `! at most ${event.limit} in flight now: ${printable(event.message)}`);
    case 'trouble':
      return paint('yellow', `! ${printable(event.message)}`);
    case 'stopping':
      return paint('yellow', `! no more submissions: ${printable(event.reason.message)}`);
    case 'ended':
    case 'finished':
      return undefined;
  }
}

/** `[=====>      ] 5/12  2 in flight · 5 waiting  $0.17  00:42`, cut to the width of the terminal. */
function progressLine(tally: Tally, elapsed: number, columns: number): string {
  const ended = tally.done + tally.failed;
  const width = 20;
  const filled = tally.jobs === 0 ? width : Math.floor((ended / tally.jobs) * width);
  const bar = `${'='.repeat(filled)}${' '.repeat(width - filled)}`;
  const text = `[${bar}] ${ended}/${tally.jobs}  ${showTally(tally)}  ${showUsd(tally.spent)}  ${showDuration(elapsed)}`;
  // One column is left free: a full line would wrap on some terminals.
  return text.slice(0, Math.max(0, columns - 1));
}
