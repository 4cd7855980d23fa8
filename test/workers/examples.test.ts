/** What compose, Kubernetes and systemd start works as they start it: three workers, and a run that they end. */
import { readFileSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { freePort, manifestText } from '../cli/rig.ts';
import { createFleet } from './fleet.ts';

const file = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

function words(found: unknown): readonly string[] {
  expect(found).toEqual(expect.arrayContaining([expect.any(String)]));
  return found as readonly string[];
}

const compose = parse(file('docker-compose.yml'), { merge: true }) as {
  services: { worker: { command: unknown } };
};
const [, deployment, job] = parseAllDocuments(file('examples/many-machines/kubernetes.yaml')).map(
  (document) => document.toJS() as unknown,
) as { spec: { template: { spec: { containers: [{ command: unknown; args: unknown }] } } } }[];
const unit = /^ExecStart=\/usr\/local\/bin\/songbatch (.+)$/m;

/** Without the program's name. */
function inPod(object: typeof deployment): readonly string[] {
  const [container] = object?.spec.template.spec.containers ?? [];
  return [...words(container?.command).slice(1), ...words(container?.args)];
}

test('Workers of all three kinds make a batch together', async () => {
  const fleet = await createFleet({ onFinished: onTestFinished });
  const commands = [
    words(compose.services.worker.command),
    inPod(deployment),
    (unit.exec(file('examples/many-machines/songbatch-worker.service'))?.[1] ?? '').split(' '),
  ];
  await Promise.all(
    commands.map(async ([command, ...flags]) => {
      expect(command).toBe('worker');
      // Each is a machine of its own there.
      const metrics = flags.indexOf('--metrics') + 1;
      expect(flags[metrics]).toMatch(/^(0\.0\.0\.0:)?9464$/);
      await fleet.worker(...flags.with(metrics, String(await freePort())));
    }),
  );
  fleet.write('batches/nightly.yaml', manifestText({ name: 'nightly', seeds: 9 }));
  const { code, stderr } = await fleet.start(...inPod(job)).ended;
  expect(code, stderr).toBe(0);
  expect(fleet.server.books()).toMatchObject({ created: 9, duplicates: 0 });
});
