/**
 * A real S3 server: Ceph's gateway on one monitor and one store in memory, from Debian's packages
 * (radosgw, ceph-mon, ceph-osd), on loopback, in a folder of its own. It checks signatures, the hash of what is
 * sent, and If-None-Match, as Amazon's does. Starting it takes 15 s.
 */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '../../cli/rig.ts';

export interface S3Server {
  readonly url: string;
  readonly accessKey: string;
  readonly secretKey: string;
  readonly stop: () => void;
}

const run = promisify(execFile);
/** Milliseconds that each step may take, on a machine that has much else to do. */
const patience = 60_000;

export async function startCeph(): Promise<S3Server> {
  if (!existsSync('/usr/bin/radosgw')) {
    throw new Error('apt-get install --no-install-recommends radosgw ceph-mon ceph-osd');
  }
  const folder = mkdtempSync(join(tmpdir(), 'songbatch-ceph-'));
  const daemons: ChildProcess[] = [];
  const stop = () => {
    for (const daemon of daemons) daemon.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  };
  const ceph = (program: string, ...words: string[]) =>
    run(program, ['-c', join(folder, 'ceph.conf'), ...words], { cwd: folder, timeout: patience });
  const daemon = (program: string, ...words: string[]) => {
    const out = openSync(join(folder, `${program}.out`), 'w');
    const options = { cwd: folder, stdio: ['ignore', out, out] as ['ignore', number, number] };
    daemons.push(spawn(program, ['-c', join(folder, 'ceph.conf'), '-f', ...words], options));
  };

  try {
    const [fsid, store] = [randomUUID(), randomUUID()];
    const monitor = `[v2:127.0.0.1:${await freePort()}]`;
    const port = await freePort();
    for (const name of ['mon', 'osd', 'run']) mkdirSync(join(folder, name));
    writeFileSync(join(folder, 'ceph.conf'), configuration(folder, fsid, monitor));
    await makeKeys(folder);
    await run('monmaptool', ['--create', '--fsid', fsid, '--addv', 'a', monitor, 'monmap'], {
      cwd: folder,
    });
    await ceph('ceph-mon', '--mkfs', '-i', 'a', '--monmap', 'monmap', '--keyring', 'keyring');
    daemon('ceph-mon', '-i', 'a');
    await ceph('ceph', 'osd', 'create', store, '0');
    await ceph('ceph-osd', '-i', '0', '--mkfs', '--osd-uuid', store);
    await ceph('ceph', 'osd', 'crush', 'add', 'osd.0', '1', 'host=here', 'root=default');
    daemon('ceph-osd', '-i', '0');
    const [accessKey, secretKey] = ['songs-access-key', 'songs-secret-key'];
    const user = [
      '--uid=test',
      '--display-name=test',
      '--access-key',
      accessKey,
      '--secret',
      secretKey,
    ];
    await ceph('radosgw-admin', '-n', 'client.rgw', 'user', 'create', ...user);
    daemon('radosgw', '-n', 'client.rgw', '--rgw-frontends', `beast endpoint=127.0.0.1:${port}`);
    const url = `http://127.0.0.1:${port}`;
    await answering(url);
    return { url, accessKey, secretKey, stop };
  } catch (error) {
    const said = ['ceph-mon', 'ceph-osd', 'radosgw'].map((name) => {
      const out = join(folder, `${name}.out`);
      return existsSync(out) ? `${name}: ${readFileSync(out, 'utf8')}` : '';
    });
    stop();
    throw new Error(`Ceph does not start: ${String(error)}\n${said.join('\n')}`, { cause: error });
  }
}

async function makeKeys(folder: string): Promise<void> {
  const everything = [
    '--cap',
    'mon',
    'allow *',
    '--cap',
    'osd',
    'allow *',
    '--cap',
    'mgr',
    'allow *',
  ];
  const add = (name: string, ...words: string[]) =>
    run('ceph-authtool', ['keyring', '--gen-key', '-n', name, ...words], { cwd: folder });
  await run('ceph-authtool', ['keyring', '--create-keyring'], { cwd: folder });
  await add('mon.', '--cap', 'mon', 'allow *');
  await add('client.admin', ...everything);
  await add('client.rgw', ...everything);
  await add('osd.0', '--cap', 'mon', 'allow profile osd', '--cap', 'osd', 'allow *');
}

function configuration(folder: string, fsid: string, monitor: string): string {
  return `[global]
fsid = ${fsid}
mon host = ${monitor}
public addr = 127.0.0.1
cluster addr = 127.0.0.1
ms bind msgr1 = false
keyring = ${folder}/keyring
mon data = ${folder}/mon
osd data = ${folder}/osd
run dir = ${folder}/run
admin socket = ${folder}/run/$name.$pid.asok
pid file = ${folder}/run/$name.pid
crash dir = ${folder}/run
log file =
log to stderr = false
mon cluster log file =
mon allow pool size one = true
mon max pg per osd = 10000
mon data avail crit = 0
osd objectstore = memstore
memstore device bytes = 1073741824
osd crush chooseleaf type = 0
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 1
osd pool default pgp num = 1
osd pool default pg autoscale mode = off
rgw thread pool size = 16
`;
}

async function answering(url: string): Promise<void> {
  const deadline = Date.now() + patience;
  for (;;) {
    try {
      await fetch(url);
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
