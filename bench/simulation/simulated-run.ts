/** One run of the real scheduler in virtual time, and the figures that it came to. */
import { requestsAtOnce } from '../../src/job/concurrency.ts';
import { parseManifest } from '../../src/manifest/parse.ts';
import { makePlan, type Plan } from '../../src/plan/plan.ts';
import { everything } from '../../src/plan/selection.ts';
import type { RunEvent } from '../../src/run/events.ts';
import type { RunPorts } from '../../src/run/ports.ts';
import { runBatch } from '../../src/run/run.ts';
import { createForgetfulStore } from './forgetful-store.ts';
import { createVirtualServer, type Books } from './virtual-server.ts';
import { createVirtualTime, type VirtualTime } from './virtual-time.ts';

const start = 1_700_000_000_000;

export interface Scenario {
  readonly jobs: number;
  /** `limits.tasks` */
  readonly tasks: number;
  readonly requestsPerSecond: number;
  /** Tasks that the account allows, so many milliseconds after the start; without end if left out. */
  readonly limitAt?: (elapsed: number) => number;
  readonly seed: string;
}

export interface Figures extends Books {
  readonly done: number;
  readonly failed: number;
  /** Milliseconds from the end of a task until the run knew of it, at a share of all. */
  readonly delay: (share: number) => number;
  /** Milliseconds of virtual time, the last task included. */
  readonly duration: number;
  readonly cpuSeconds: number;
  /** Bytes. */
  readonly memory: number;
  readonly troubles: number;
}

export async function simulate(scenario: Scenario): Promise<Figures> {
  const { jobs, tasks, requestsPerSecond, limitAt = () => Infinity } = scenario;
  const before = process.cpuUsage();
  const time = createVirtualTime(start);
  const server = createVirtualServer({
    ...scenario,
    time,
    requestsInFlight: requestsAtOnce(requestsPerSecond),
    limitAt: (elapsed) => Math.min(tasks, limitAt(elapsed)),
  });
  const delays = createHistogram();
  let troubles = 0;
  const ports: RunPorts = {
    api: server.api,
    store: createForgetfulStore(),
    outputs: instantOutputs(time),
    clock: time,
    emit: (event: RunEvent) => {
      if (event.type === 'trouble') troubles++;
      const end = event.type === 'ended' ? server.endOf(event.taskId) : undefined;
      if (end !== undefined) delays.add(time.now() - end);
    },
  };
  const settings = {
    plan: planOf(jobs, requestsPerSecond),
    selection: everything,
    tasks,
    runsAtOnce: requestsAtOnce(requestsPerSecond),
    settleGrace: 15_000,
    resubmitUnknown: false,
  };
  const { tally } = await time.drive(runBatch(settings, ports, new AbortController().signal));
  const { user, system } = process.cpuUsage(before);
  return {
    ...server.books(),
    done: tally.done,
    failed: tally.failed,
    delay: delays.at,
    duration: time.now() - start,
    cpuSeconds: (user + system) / 1e6,
    memory: process.resourceUsage().maxRSS * 1024,
    troubles,
  };
}

/** Songs come in a tenth of a second, from elsewhere: they are no requests to the API. */
function instantOutputs(time: VirtualTime): RunPorts['outputs'] {
  return {
    fetch: async ({ url }, { name }) => {
      await time.sleep(100);
      return {
        kind: 'saved',
        file: { path: name, bytes: 1, sha256: url, mediaType: 'audio/wav' },
      };
    },
    isPresent: () => Promise.resolve(true),
    missingOf: () => [],
  };
}

function planOf(jobs: number, requestsPerSecond: number): Plan {
  const text = `name: simulation
defaults: { prompt: "[verse]\\nla", genre: Pop, instrument: guitar, mood: happy, gender: female, timbre: bright vocal }
matrix: { seed: { from: 1, to: ${jobs} } }
limits: { requests: ${requestsPerSecond}/s }
`;
  const nothing = { unreadable: 'there are no files here' };
  const { manifest, problems } = parseManifest(
    {
      path: '/simulation.yaml',
      shownAs: 'simulation.yaml',
      text,
      sha256: '',
      workingDirectory: '/',
    },
    {
      glob: () => [],
      readText: () => nothing,
      modelFile: () => undefined,
      identify: () => nothing,
    },
  );
  const plan = manifest && makePlan(manifest);
  if (!plan || 'problems' in plan) {
    const all = [...problems, ...(plan?.problems ?? [])].map(({ message }) => message);
    throw new Error(`the manifest of this simulation is wrong: ${all.join('; ')}`);
  }
  return plan;
}

interface Histogram {
  readonly add: (milliseconds: number) => void;
  /** @param share from 0 to 1 */
  readonly at: (share: number) => number;
}

/** To a tenth of a second; all beyond an hour is an hour. */
function createHistogram(): Histogram {
  const counts = new Uint32Array(36_000);
  let all = 0;
  return {
    add: (milliseconds) => {
      const tenth = Math.min(counts.length - 1, Math.round(milliseconds / 100));
      counts[tenth] = (counts[tenth] ?? 0) + 1;
      all++;
    },
    at: (share) => {
      let seen = 0;
      for (const [tenth, count] of counts.entries()) {
        seen += count;
        if (seen >= all * share) return tenth * 100;
      }
      return NaN;
    },
  };
}
