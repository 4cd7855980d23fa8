import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { describe, expect, onTestFinished, test } from 'vitest';
import fc from '../fast-check.ts';
import { createSocketHints, type SocketHints } from '../../src/wiro/socket.ts';
import { until } from '../cli/rig.ts';
import { heldClock, type HeldClock } from './held-clock.ts';
import { certificate, privateKey } from './localhost-certificate.ts';
import { socketServer, type Caller, type SocketServer } from './socket-server.ts';

interface Scene {
  readonly server: SocketServer;
  readonly clock: HeldClock;
  readonly hints: SocketHints;
  readonly troubles: readonly string[];
  /** Follows and writes down each word of its end. */
  readonly follow: (token: string) => () => void;
  readonly heard: string[];
  /** The nth connection, as soon as it has registered so many. */
  readonly caller: (nth: number, registrations: number) => Promise<Caller>;
  /** Waits for the pause after the nth failure in a row, and lets it pass. */
  readonly passPause: (nth: number) => Promise<void>;
}

async function createScene(random = () => 0.6): Promise<Scene> {
  const server = await socketServer();
  const clock = heldClock();
  const troubles: string[] = [];
  const heard: string[] = [];
  const hints = createSocketHints({
    url: server.url,
    clock,
    random,
    onTrouble: (message) => troubles.push(message),
  });
  onTestFinished(async () => {
    await hints.close();
    await server[Symbol.asyncDispose]();
  });
  return {
    server,
    clock,
    hints,
    troubles,
    heard,
    follow: (token) => hints.follow({ token }, () => heard.push(token)),
    caller: async (nth, registrations) => {
      await until(() => (server.callers[nth - 1]?.tokens.length ?? 0) >= registrations);
      const caller = server.callers[nth - 1];
      if (!caller) throw new Error('it was there');
      return caller;
    },
    passPause: async (nth) => {
      const pause = random() * Math.min(60_000, 1000 * 2 ** (nth - 1));
      await until(() => clock.sleeping()[0] === pause);
      clock.advance(pause);
    },
  };
}

/** Before the second or the third try, with 0.6 for chance. */
const isPause = (sleep: number | undefined) => sleep === 600 || sleep === 1_200;

/** Comes after everything that was sent before it. */
async function settle({ heard }: Scene, caller: Caller, token: string): Promise<void> {
  const before = heard.length;
  caller.tell('task_cancel', token);
  await until(() => heard.length > before && heard.at(-1) === token);
  heard.pop();
}

describe('tasks share connections', () => {
  test('one carries many, and each hears of its own end only', async () => {
    const scene = await createScene();
    for (const token of ['a', 'b', 'c']) scene.follow(token);
    const caller = await scene.caller(1, 3);
    scene.follow('d');
    await scene.caller(1, 4);
    caller.tell('task_postprocess_end', 'b', [{ name: '0.mp3' }]);
    caller.tell('task_cancel', 'd');
    await until(() => scene.heard.length === 2);
    expect(scene.heard).toEqual(['b', 'd']);
    expect(caller.tokens).toEqual(['a', 'b', 'c', 'd']);
    expect(scene.server.callers).toHaveLength(1);
  });

  test('a hundred registrations fill one, and the next task gets another', async () => {
    const scene = await createScene();
    const leave = Array.from({ length: 100 }, (_, index) => scene.follow(`t${index}`));
    await scene.caller(1, 100);
    // A registration cannot be taken back.
    leave[7]?.();
    scene.follow('one-more');
    const second = await scene.caller(2, 1);
    expect(second.tokens).toEqual(['one-more']);
    await settle(scene, second, 'one-more');
    expect(scene.server.callers[0]?.tokens).toHaveLength(100);
    for (const stop of leave) stop();
    await until(() => scene.server.callers[0]?.goodbye() !== undefined);
    expect(second.goodbye()).toBeUndefined();
  });

  test('there are twenty at most; a task beyond them is not followed', async () => {
    const scene = await createScene();
    for (let index = 0; index < 2001; index++) scene.follow(`t${index}`);
    const last = await scene.caller(20, 100);
    await settle(scene, last, last.tokens[99] ?? '');
    expect(scene.server.upgrades()).toBe(20);
  });

  test('the last to leave closes it, and who comes later opens another', async () => {
    const scene = await createScene();
    const leaveA = scene.follow('a');
    const leaveB = scene.follow('b');
    const caller = await scene.caller(1, 2);
    leaveA();
    caller.tell('task_postprocess_end', 'a');
    await settle(scene, caller, 'b');
    expect(scene.heard).toEqual([]);
    leaveB();
    await until(() => caller.goodbye() !== undefined);
    expect(caller.goodbye()).toBe(1000);
    expect(scene.clock.sleeping()).toEqual([]);
    scene.follow('c');
    expect((await scene.caller(2, 1)).tokens).toEqual(['c']);
  });

  test('a task that two follow is registered once and both hear of it', async () => {
    const scene = await createScene();
    const leave = scene.follow('a');
    scene.follow('a');
    scene.follow('b');
    const caller = await scene.caller(1, 2);
    caller.tell('task_postprocess_end', 'a');
    await until(() => scene.heard.length === 2);
    leave();
    await settle(scene, caller, 'a');
    expect(caller.tokens).toEqual(['a', 'b']);
    expect(scene.heard).toEqual(['a', 'a']);
  });

  test('a task without a token costs no connection', async () => {
    const scene = await createScene();
    scene.follow('');
    scene.follow('a');
    expect((await scene.caller(1, 1)).tokens).toEqual(['a']);
    expect(scene.server.upgrades()).toBe(1);
  });
});

describe('what is not the end of a followed task is ignored', () => {
  const stages = [
    'task_queue',
    'task_start',
    'task_output',
    'task_error',
    'task_error_full',
    'task_end',
    'task_postprocess_start',
    'task_something_new',
  ];
  test.each<[string, (caller: Caller) => void]>([
    [
      'other stages, task_error among them',
      ({ tell }) => {
        for (const stage of stages) tell(stage, 'a', 'Warning: …');
      },
    ],
    [
      'an unknown token',
      ({ tell }) => {
        tell('task_postprocess_end', 'of-somebody-else');
      },
    ],
    [
      'what is not JSON',
      ({ webSocket }) => {
        webSocket.send('<html>task_postprocess_end</html>');
      },
    ],
    [
      'JSON of another shape',
      ({ webSocket }) => {
        const end = { type: 'task_postprocess_end', tasktoken: 'a' };
        for (const junk of [null, 1, 'task_cancel', [end], { ...end, type: [end.type] }, {}]) {
          webSocket.send(JSON.stringify(junk));
        }
      },
    ],
    [
      'a token that names what every object has',
      ({ tell }) => {
        for (const name of ['__proto__', 'constructor']) tell('task_cancel', name);
      },
    ],
    [
      'a binary frame',
      ({ webSocket }) => {
        webSocket.send(Buffer.from('{"type":"task_postprocess_end","tasktoken":"a"}'));
      },
    ],
    [
      'a message of 3 MB',
      ({ tell }) => {
        tell('task_output_full', 'a', { raw: 'x'.repeat(3e6) });
      },
    ],
    [
      'the greeting, an empty text, a ping',
      ({ webSocket }) => {
        webSocket.send('{"type":"connected","version":"1.0"}');
        webSocket.send('');
        webSocket.ping('anybody there?');
      },
    ],
  ])('%s', async (_, send) => {
    const scene = await createScene();
    scene.follow('a');
    scene.follow('z');
    const caller = await scene.caller(1, 2);
    send(caller);
    await settle(scene, caller, 'z');
    expect(scene.heard).toEqual([]);
    expect(scene.troubles).toEqual([]);
    expect(scene.server.callers).toHaveLength(1);
  });
});

describe('when a connection breaks', () => {
  test.each<[string, (caller: Caller) => void]>([
    ['without a word', ({ socket }) => socket.destroy()],
    [
      'with a goodbye',
      ({ webSocket }) => {
        webSocket.close(1001, 'restarting');
      },
    ],
    [
      'over a message that is too large',
      ({ webSocket }) => {
        webSocket.send('x'.repeat(5e6), { compress: false });
      },
    ],
    [
      'over one that is too large when it is unpacked',
      ({ webSocket }) => {
        webSocket.send('x'.repeat(5e6), { compress: true });
      },
    ],
    [
      'over text that is no UTF-8',
      ({ socket }) => {
        socket.write(Buffer.from([0x81, 2, 0xff, 0xfe]));
      },
    ],
    [
      'over a frame that is none',
      ({ socket }) => {
        socket.write(Buffer.from([0xff, 0xff, 0xff]));
      },
    ],
  ])('%s, all that is still followed is registered anew, and looked after once', async (_, end) => {
    const scene = await createScene();
    const leave = scene.follow('a');
    for (const token of ['b', 'c']) scene.follow(token);
    end(await scene.caller(1, 3));
    await until(() => scene.clock.sleeping()[0] === 600);
    leave();
    scene.follow('d');
    await scene.passPause(1);
    const second = await scene.caller(2, 3);
    expect(second.tokens).toEqual(['b', 'c', 'd']);
    await settle(scene, second, 'd');
    expect(scene.heard).toEqual(['b', 'c', 'd']);
    expect(scene.troubles).toEqual([]);
  });

  test('its registrations count no more', async () => {
    const scene = await createScene();
    const leave = Array.from({ length: 100 }, (_, index) => scene.follow(`t${index}`));
    const first = await scene.caller(1, 100);
    for (const stop of leave.slice(1)) stop();
    first.socket.destroy();
    await until(() => scene.clock.sleeping()[0] === 600);
    for (let index = 0; index < 99; index++) scene.follow(`u${index}`);
    await scene.passPause(1);
    await scene.caller(2, 100);
    expect(scene.server.upgrades()).toBe(2);
  });

  test('again and again, tasks are looked after every 30 s at most, but never forgotten', async () => {
    const scene = await createScene();
    scene.follow('a');
    (await scene.caller(1, 1)).socket.destroy();
    for (let nth = 2; nth <= 4; nth++) {
      await scene.passPause(nth - 1);
      const caller = await scene.caller(nth, 1);
      if (nth < 4) caller.socket.destroy();
    }
    await settle(scene, await scene.caller(4, 1), 'a');
    expect(scene.heard).toEqual(['a']);
    // It holds now: what the last breaks may have swallowed is made up for.
    await until(() => scene.clock.sleeping()[0] === 30_000);
    scene.clock.advance(30_000);
    await until(() => scene.heard.length === 2);
    expect(scene.heard).toEqual(['a', 'a']);
  });

  test('it waits longer and longer before it dials again, a minute at most', async () => {
    const scene = await createScene(() => 0.999);
    scene.server.answer({ status: 503 });
    scene.follow('a');
    for (const seconds of [1, 2, 4, 8, 16, 32, 60, 60]) {
      await until(() => scene.clock.sleeping()[0] === seconds * 999);
      scene.clock.advance(seconds * 999);
    }
    await until(() => scene.server.upgrades() === 9);
  });
});

describe('a connection on which nothing is heard any more', () => {
  test('is found out by a ping that nobody answers', async () => {
    const scene = await createScene();
    scene.follow('a');
    const dead = await scene.caller(1, 1);
    dead.socket.pause();
    scene.clock.advance(30_000);
    await until(() => scene.clock.sleeping()[0] === 30_000);
    scene.clock.advance(30_000);
    await scene.passPause(1);
    await scene.caller(2, 1);
    await until(() => scene.heard.length === 1);
  });

  test('is kept where pings are answered, though no task has a word', async () => {
    const scene = await createScene();
    scene.follow('a');
    const caller = await scene.caller(1, 1);
    for (let pings = 1; pings <= 4; pings++) {
      await until(() => scene.clock.sleeping()[0] === 30_000);
      const pinged = new Promise((resolve) => caller.webSocket.once('ping', resolve));
      scene.clock.advance(30_000);
      await pinged;
      // Two pongs in one breath are one sign of life: wait until this one is there.
      await settle(scene, caller, 'a');
    }
    expect(scene.server.callers).toHaveLength(1);
    expect(scene.heard).toEqual([]);
  });
});

describe('where no socket can be had', () => {
  test.each([
    ['the upgrade is refused', { status: 403 }, /opens no WebSocket/],
    ['nobody answers', 'silence', /no answer within 10 s/],
  ] as const)(
    '%s: that is said once, and it is tried again in silence',
    async (_, how, message) => {
      const scene = await createScene();
      scene.server.answer(how);
      scene.follow('secret-token');
      for (let nth = 1; nth <= 7; nth++) {
        await until(() => scene.server.upgrades() === nth);
        if (how === 'silence') scene.clock.advance(10_000);
        await until(() => scene.troubles.length === (nth < 3 ? 0 : 1));
        if (nth === 7) scene.server.answer('welcome');
        await scene.passPause(nth);
      }
      // It comes up at last: the task may have ended meanwhile.
      expect((await scene.caller(1, 1)).tokens).toEqual(['secret-token']);
      await until(() => scene.heard.length === 1);
      expect(scene.troubles[0]).toMatch(message);
      expect(scene.troubles[0]).not.toContain('secret-token');
      expect(scene.troubles).toHaveLength(1);
    },
  );

  test('it is said once, however many connections cannot be had', async () => {
    const scene = await createScene();
    scene.server.answer({ status: 503 });
    for (let index = 0; index < 150; index++) scene.follow(`t${index}`);
    await until(() => {
      scene.clock.advance(5_000);
      return scene.server.upgrades() >= 12;
    });
    expect(scene.troubles).toHaveLength(1);
  });

  test('a port that nobody listens on is named as what it is', async () => {
    const { url, [Symbol.asyncDispose]: leave } = await socketServer();
    await leave();
    const clock = heldClock();
    const troubles: string[] = [];
    const hints = createSocketHints({
      url: url.replace('127.0.0.1', 'localhost'),
      clock,
      random: () => 0.6,
      onTrouble: (message) => troubles.push(message),
    });
    hints.follow({ token: 'a' }, () => undefined);
    await until(() => {
      if (isPause(clock.sleeping()[0])) clock.advance(1_200);
      return troubles.length > 0;
    });
    expect(troubles[0]).toMatch(/ECONNREFUSED/);
    await hints.close();
  });
});

describe('an encrypted connection', () => {
  async function follow(trusted: readonly string[]) {
    const before = getCACertificates('default');
    setDefaultCACertificates(trusted);
    const server = await socketServer({ cert: certificate, key: privateKey });
    const clock = heldClock();
    const troubles: string[] = [];
    const hints = createSocketHints({
      url: server.url,
      clock,
      random: () => 0.6,
      onTrouble: (message) => troubles.push(message),
    });
    let hasEnded = false;
    hints.follow({ token: 'a' }, () => {
      hasEnded = true;
    });
    onTestFinished(async () => {
      setDefaultCACertificates(before);
      await hints.close();
      await server[Symbol.asyncDispose]();
    });
    return { server, clock, troubles, hasEnded: () => hasEnded };
  }

  test('is made with whom the system trusts', async () => {
    const { server, hasEnded } = await follow([certificate]);
    await until(() => server.callers[0]?.tokens.length === 1);
    server.callers[0]?.tell('task_postprocess_end', 'a');
    await until(hasEnded);
  });

  test('and with nobody else', async () => {
    const { server, clock, troubles } = await follow([]);
    await until(() => {
      if (isPause(clock.sleeping()[0])) clock.advance(1_200);
      return troubles.length > 0;
    });
    expect(troubles[0]).toMatch(/DEPTH_ZERO_SELF_SIGNED_CERT/);
    expect(server.upgrades()).toBe(0);
  });
});

describe('close', () => {
  test('says goodbye on every connection at once and leaves no timer', async () => {
    const scene = await createScene();
    for (let index = 0; index < 150; index++) scene.follow(`t${index}`);
    await scene.caller(1, 100);
    await scene.caller(2, 50);
    await scene.hints.close();
    expect(scene.clock.sleeping()).toEqual([]);
    await until(() => scene.server.callers.every(({ goodbye }) => goodbye() === 1000));
    scene.follow('late');
    expect(scene.clock.sleeping()).toEqual([]);
  });

  test('does not wait for a server that hears nothing, nor for one that has not answered', async () => {
    const scene = await createScene();
    scene.server.answer('deaf');
    scene.follow('a');
    await until(() => scene.clock.sleeping()[0] === 30_000);
    scene.server.answer('silence');
    for (let index = 0; index < 100; index++) scene.follow(`t${index}`);
    await until(() => scene.server.upgrades() === 2);
    await scene.hints.close();
    await until(() => scene.clock.sleeping().length === 0 && scene.server.open() === 0);
  });

  test('by the last follower in the very moment in which it opens leaves nothing behind', async () => {
    const scene = await createScene();
    scene.server.answer('in one breath');
    const leave = scene.hints.follow({ token: 'a' }, () => {
      leave();
    });
    await until(() => scene.server.callers[0]?.goodbye() !== undefined);
    expect(scene.server.callers[0]?.goodbye()).toBe(1000);
    expect(scene.clock.sleeping()).toEqual([]);
  });

  test('before anything was dialled leaves nothing behind', async () => {
    const scene = await createScene();
    const leave = scene.follow('a');
    leave();
    leave();
    scene.follow('b');
    await scene.hints.close();
    await until(() => scene.clock.sleeping().length === 0);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(scene.server.connections()).toBe(0);
  });
});

test('whatever comes and goes and breaks, who is followed is registered, and nobody else has a connection', async () => {
  const deed = fc.oneof(
    { weight: 4, arbitrary: fc.constant({ kind: 'follow' as const }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('leave' as const), which: fc.nat() }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('break' as const), which: fc.nat() }) },
    { weight: 1, arbitrary: fc.constant({ kind: 'breathe' as const }) },
  );
  const property = fc.asyncProperty(fc.array(deed, { maxLength: 30 }), async (deeds) => {
    await using server = await socketServer();
    const clock = heldClock();
    const hints = createSocketHints({ url: server.url, clock, random: () => 0.5 });
    const followed = new Map<string, () => void>();
    const live = () => server.callers.filter(({ goodbye }) => goodbye() === undefined);
    let next = 0;
    for (const step of deeds) {
      if (step.kind === 'follow') {
        const token = `t${next++}`;
        followed.set(
          token,
          hints.follow({ token }, () => undefined),
        );
      } else if (step.kind === 'leave') {
        const [token = '', leave] = [...followed][step.which % (followed.size || 1)] ?? [];
        leave?.();
        followed.delete(token);
      } else if (step.kind === 'break') {
        live()[step.which % (live().length || 1)]?.socket.destroy();
      } else {
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
    }
    await until(() => {
      clock.advance(1_000);
      const tokens = new Set(live().flatMap((caller) => caller.tokens));
      const isHeard = [...followed.keys()].every((token) => tokens.has(token));
      return isHeard && (followed.size === 0 ? live().length === 0 : live().length === 1);
    });
    await hints.close();
    await until(() => live().length === 0 && clock.sleeping().length === 0);
  });
  await fc.assert(property, { numRuns: 30 });
});
