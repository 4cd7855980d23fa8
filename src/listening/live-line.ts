/**
 * `GET /live`: Server-Sent Events (https://html.spec.whatwg.org/#server-sent-events) to every page that is
 * open. They carry no data but versions; the page fetches what it does not have.
 *
 *   event: batch      the batch's data have this version
 *   event: ratings    the ratings were saved, by this page or another, and have this ETag
 *   :                 a comment, so that a connection that is dead is noticed
 */
import type { ServerResponse } from 'node:http';

export interface LiveLine {
  /** @param version of the batch's data now: a page that comes back may have missed some */
  readonly join: (response: ServerResponse, version: string) => void;
  readonly tell: (event: 'batch' | 'ratings', version: string) => void;
  readonly close: () => void;
}

const heartbeatMs = 15_000;
/** Milliseconds after which a browser tries again. */
const retryMs = 1_000;

export function createLiveLine(): LiveLine {
  const pages = new Set<ServerResponse>();
  const write = (text: string) => {
    for (const page of pages) {
      // It has not read for long: when it wakes up it comes again and is told what holds then.
      if (page.writableNeedDrain) page.destroy();
      else page.write(text);
    }
  };
  const heartbeat = setInterval(() => {
    write(':\n\n');
  }, heartbeatMs).unref();

  return {
    join: (response, version) => {
      pages.add(response);
      response.on('close', () => pages.delete(response));
      response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
      response.write(`retry: ${retryMs}\n\n${eventOf('batch', version)}`);
    },
    tell: (event, version) => {
      write(eventOf(event, version));
    },
    close: () => {
      clearInterval(heartbeat);
      for (const page of pages) page.end();
    },
  };
}

function eventOf(event: string, version: string): string {
  return `event: ${event}\ndata: ${version}\n\n`;
}
