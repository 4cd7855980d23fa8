/**
 * Calls a task's `callbackUrl` when the task has ended, however it did.
 *
 * The vendor says no more of it than that "a POST request" is sent. So the body is what Task/Detail
 * answers, and the rest is what is said of the webhooks of agents: any answer but 200 is a failure,
 * and after three of them, two seconds apart, it is given up. No credentials are sent, and no signature.
 * Nothing of it is written down: what a server had not delivered when it ended is never delivered.
 *
 * Whoever may call Run could so make this machine talk to others that only it reaches. As long as the
 * server listens on loopback, only who is on this machine may, and any host is called. Otherwise only
 * hosts that were named at the start. Redirects are not followed.
 */
import { isIPv6 } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

import pLimit from 'p-limit';
import { Agent, request } from 'undici';

import { yes } from './answer.ts';
import type { FaultInjector } from './faults.ts';
import type { Ledger } from './ledger.ts';
import { hasEnded } from './lifecycle.ts';
import { describeTask } from './task-answer.ts';
import type { Task } from './task.ts';

export interface WebhooksOptions {
  readonly ledger: Ledger;
  readonly faults: FaultInjector;
  readonly speed: number;
  /** Host names and addresses that may be called. */
  readonly hosts: readonly string[] | 'any';
  /** Where this server's files are. */
  readonly origin: () => string;
}

export interface Webhooks {
  /** To be told of every status of a task. */
  readonly entered: (task: Task) => void;
  /** Breaks off all calls. */
  readonly close: () => Promise<void>;
}

const mostTries = 3;
/** Seconds of model time between tries. */
const pause = 2;
/** Milliseconds for which a receiver may take to answer. */
const patience = 10_000;
const callsAtOnce = 8;
/** More than that are given up before they are tried. */
const mostWaiting = 10_000;
/** Bytes of an answer that are read, to keep the connection. */
const longestAnswer = 64 * 1024;

export function createWebhooks(options: WebhooksOptions): Webhooks {
  const { ledger, faults, speed, origin } = options;
  const mayCall = callable(options.hosts);
  const inFlight = pLimit(callsAtOnce);
  const dispatcher = new Agent({ connections: callsAtOnce, pipelining: 1, allowH2: false });
  const closing = new AbortController();
  const calledEarly = new WeakSet<Task>();

  const enqueue = (task: Task, url: URL): void => {
    if (closing.signal.aborted) return;
    if (inFlight.pendingCount >= mostWaiting) ledger.countWebhook('failed');
    else void inFlight(call, url, detailOf(task, origin()));
  };

  /** Never rejects. */
  const call = async (url: URL, detail: string): Promise<void> => {
    for (let tries = 1; ; tries++) {
      const taken = await post(url, detail);
      if (closing.signal.aborted) return;
      if (taken || tries === mostTries) {
        ledger.countWebhook(taken ? 'delivered' : 'failed');
        return;
      }
      const { signal } = closing;
      await delay((pause * 1000) / speed, undefined, { signal }).catch(() => undefined);
    }
  };

  const post = async (url: URL, detail: string): Promise<boolean> => {
    const signal = AbortSignal.any([closing.signal, AbortSignal.timeout(patience)]);
    try {
      const { statusCode, body } = await request(url, {
        dispatcher,
        signal,
        method: 'POST',
        headers: { 'content-type': 'application/json', 'user-agent': 'songbatch-sandbox' },
        body: detail,
      });
      await body.dump({ limit: longestAnswer, signal }).catch(() => undefined);
      return statusCode === 200;
    } catch {
      return false;
    }
  };

  const ended = (task: Task, url: URL): void => {
    if (calledEarly.has(task)) return;
    switch (faults.dice?.first(['webhook.drop', 'webhook.twice'])) {
      case 'webhook.drop':
        return;
      case 'webhook.twice':
        enqueue(task, url);
        break;
      case undefined:
    }
    enqueue(task, url);
  };

  return {
    entered: (task) => {
      const isLast = hasEnded(task.status);
      if (!isLast && task.status !== 'task_postprocess_start') return;
      const url = callbackOf(task);
      if (!url) return;
      if (!mayCall(url)) {
        if (isLast) ledger.countWebhook('refused');
      } else if (isLast) {
        ended(task, url);
      } else if (faults.dice?.strikes('webhook.early')) {
        calledEarly.add(task);
        enqueue(task, url);
      }
    },
    close: async () => {
      closing.abort();
      inFlight.clearQueue();
      await dispatcher.destroy();
    },
  };
}

/** Undefined where there is nothing to call: the vendor's own samples send a sentence. */
function callbackOf(task: Task): URL | undefined {
  const text = task.parameters['callbackUrl'];
  const url = typeof text === 'string' ? URL.parse(text) : null;
  return url && /^https?:$/.test(url.protocol) ? url : undefined;
}

function callable(hosts: WebhooksOptions['hosts']): (url: URL) => boolean {
  if (hosts === 'any') return () => true;
  const names = new Set(hosts.map(hostnameOf));
  return ({ hostname }) => names.has(hostname);
}

/** A name or an address as URLs have it: in lower case, IPv6 in brackets; undefined: it is neither. */
export function hostnameOf(host: string): string | undefined {
  if (isIPv6(host)) return new URL(`http://[${host}]`).hostname;
  return /^[^\s/\\?#@:[\]]+$/.test(host) ? URL.parse(`http://${host}`)?.hostname : undefined;
}

function detailOf(task: Task, origin: string): string {
  return JSON.stringify(yes({ total: '1', tasklist: [describeTask(task, origin)] }).body);
}
