import type { AddressInfo } from 'node:net';

import { expect, it } from 'vitest';

import { yue, yueModel } from '../../src/manifest/yue.ts';
import { createFaultInjector } from '../../src/sandbox/faults.ts';
import { Ledger } from '../../src/sandbox/ledger.ts';
import { createListLag } from '../../src/sandbox/list-lag.ts';
import { createSandboxServer } from '../../src/sandbox/server.ts';
import { openWorkshop } from '../../src/sandbox/workshop.ts';
import { createUploadStore } from '../../src/sandbox/uploads.ts';
import { atOnce, later, lyrics, post, runPath } from './rig.ts';

it('takes no song that it cannot write down, and says so from then on', async () => {
  let full = false;
  const ledger = new Ledger(Date.now);
  ledger.keepIn({
    append: () => {
      if (full) throw new Error('no space left on device');
    },
    close: () => undefined,
  });
  const render = () => new Promise<never>(() => undefined);
  const faults = createFaultInjector(() => undefined);
  const workshop = openWorkshop({ workers: 1, speed: atOnce, ledger, render, faults });
  const office = {
    models: new Map([[yueModel, yue]]),
    ledger,
    workshop,
    uploads: createUploadStore({}),
    referenceOf: (url: string) => url,
    now: Date.now,
    faults,
    listLag: createListLag(atOnce),
  };
  const server = createSandboxServer({
    office,
    credentials: {},
    findFile: () => undefined,
    admit: () => undefined,
  });
  later(() => {
    workshop.close();
    server.close();
    server.closeAllConnections();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const sandbox = {
    url: `http://127.0.0.1:${port}/v1`,
    books: () => ledger.books(),
    setFaults: faults.set,
    close: () => Promise.resolve(),
  };

  expect((await post(sandbox, runPath, { prompt: lyrics })).status).toBe(200);
  full = true;
  const refused = await post(sandbox, runPath, { prompt: lyrics });
  expect(refused.status).toBe(500);
  expect(refused.answer.result).toBe(false);
  full = false;
  const afterwards = await post(sandbox, 'Task/List', {});
  expect(afterwards.status).toBe(500);
  expect(afterwards.answer.errors[0]?.message).toBe(
    'The sandbox can no longer keep its books: no space left on device',
  );
  expect(ledger.books().created).toBe(1);
});
