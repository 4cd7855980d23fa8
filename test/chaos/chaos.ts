/**
 * A batch in bad weather: the real CLI against a server that loses answers, answers nonsense and
 * fails tasks, killed with SIGKILL again and again and started again with the same command, until it
 * is through. `audit.ts` then compares what the server's books say with what lies on disk.
 *
 * Faults and moments of death come from seeds. Moments are told by what the server has been asked
 * rather than by the clock, so that a slow machine is hit at the same stages; how processes and
 * kernels interleave stays their own affair, so a seed repeats the weather, not every step.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { type Chance, chance } from '../../src/sandbox/engine/random.ts';
import type { FaultName, Faults } from '../../src/sandbox/faults.ts';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import type { Running, World } from '../cli/rig.ts';
import { createWorld, manifestText, tinySong } from '../cli/rig.ts';
import type { Audit } from './audit.ts';
import { audit } from './audit.ts';

export interface Storm {
  readonly seed: number;
  /** Different songs. */
  readonly songs: number;
  /** `repeat`: jobs with equal parameters, whose tasks must not be mixed up; 1 if left out. */
  readonly copies?: number;
  /** SIGKILLs; fewer only if the batch is through before. */
  readonly kills: number;
}

export interface Aftermath {
  readonly audit: Audit;
  readonly kills: number;
  /** How often the command was started. */
  readonly starts: number;
  /** Tasks that the server made. */
  readonly tasks: number;
  readonly faults: Readonly<Partial<Record<FaultName, number>>>;
}

/** One Run in ten is taken and its answer lost; of all else that can go wrong one in twenty does. */
const rates: Faults['rates'] = {
  'run.dropAfter': 0.1,
  'run.dropBefore': 0.05,
  'run.500': 0.05,
  'run.500after': 0.05,
  'run.502html': 0.05,
  'run.garbage': 0.05,
  'detail.500': 0.05,
  'detail.502html': 0.05,
  'detail.garbage': 0.05,
  'detail.empty': 0.05,
  'detail.drop': 0.05,
  'list.500': 0.05,
  'list.502html': 0.05,
  'list.garbage': 0.05,
  'list.empty': 0.05,
  'list.drop': 0.05,
  'list.noParameters': 0.05,
  'list.lag': 0.1,
  'download.truncate': 0.05,
  'download.500': 0.05,
  'download.wrongLength': 0.05,
  'download.noRange': 0.05,
  'task.fail': 0.07,
  'task.error': 0.01,
  'task.cancel': 0.01,
  'task.noOutputs': 0.01,
};

/** Of model time: 0.4 s, well within the grace time. */
const lagSeconds = 40;

/** A task takes a third of a second: long enough to be hit at every stage, short enough to wait for. */
const speed = 100;
const inFlight = 3;

/** What is listed late here is less than half a second late. */
const command = ['run', 'm.yaml', '--settle-grace', '1s'];

/** More starts than this without an end mean that it does not converge. */
const mostStarts = 40;

export async function weather({
  seed,
  songs,
  copies = 1,
  kills: wanted,
}: Storm): Promise<Aftermath> {
  const cleanUps: (() => Promise<void>)[] = [];
  const world = await createWorld({
    speed,
    workers: inFlight,
    render: tinySong,
    faults: { seed, rates, lagSeconds },
    onFinished: (cleanUp) => cleanUps.push(cleanUp),
  });
  try {
    const limits = `limits: { tasks: ${inFlight}, requests: 1000/s }`;
    const more = `${limits}\nretry: { attempts: 10 }\nrepeat: ${copies}`;
    world.write('m.yaml', manifestText({ seeds: songs, more }));
    const { kills, starts } = await killAgainAndAgain(world, wanted, chance(`kills ${seed}`));
    const calmStarts = await runToTheEnd(world);
    const { created, faults } = world.server.books();
    return {
      audit: await audit(world, { songs, copies }),
      kills,
      starts: starts + calmStarts,
      tasks: created,
      faults,
    };
  } finally {
    for (const cleanUp of cleanUps) await cleanUp();
  }
}

async function killAgainAndAgain(
  world: World,
  wanted: number,
  luck: Chance,
): Promise<{ kills: number; starts: number }> {
  let kills = 0;
  let starts = 0;
  while (kills < wanted) {
    const running = world.start(...command);
    starts++;
    await kill(running, world.server, drawMoment(luck));
    const { code, stderr } = await running.ended;
    if (code === null) kills++;
    else if (code === 0) break;
    // It may as well have stopped by itself, with jobs in doubt.
    else if (code !== 3) throw new Error(`exit code ${code}\n${stderr}`);
  }
  return { kills, starts };
}

/** Without kills, but in the same weather: what stays in doubt is settled by a later start. */
async function runToTheEnd(world: World): Promise<number> {
  for (let starts = 1; starts <= mostStarts; starts++) {
    const { code, stdout, stderr } = await world.songbatch(...command);
    if (code === 0) return starts;
    if (code !== 3) throw new Error(`exit code ${code}\n${stdout}\n${stderr}`);
  }
  throw new Error(`not through after ${mostStarts} starts`);
}

/** When to kill: so long after the n-th request of a kind that this process makes, or after its start. */
interface Moment {
  readonly request?: { readonly endpoint: string; readonly nth: number };
  /** Milliseconds. */
  readonly after: number;
}

/** Half of them around a Run, where the money is. */
function drawMoment(luck: Chance): Moment {
  const kind = luck.next();
  const upTo = (bound: number) => luck.next() * bound;
  const nth = (most: number) => 1 + Math.floor(upTo(most));
  if (kind < 0.5) return { request: { endpoint: 'Run', nth: nth(3) }, after: upTo(8) };
  if (kind < 0.65) return { request: { endpoint: 'Task/List', nth: nth(3) }, after: upTo(20) };
  if (kind < 0.75) return { request: { endpoint: 'Task/Detail', nth: nth(2) }, after: upTo(20) };
  if (kind < 0.9) return { request: { endpoint: 'files', nth: nth(2) }, after: upTo(20) };
  return { after: upTo(800) };
}

async function kill({ child, ended }: Running, server: Sandbox, moment: Moment): Promise<void> {
  const { request } = moment;
  if (request) {
    const asked = () => server.books({ limit: 1 }).requests[request.endpoint] ?? 0;
    const before = asked();
    const isOn = () => child.exitCode === null && child.signalCode === null;
    while (isOn() && asked() < before + request.nth) await delay(1);
  }
  if (moment.after >= 1) await Promise.race([delay(moment.after), ended]);
  child.kill('SIGKILL');
}
