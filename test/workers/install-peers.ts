/** Installs the optional peers that the lockfile does not hold, beside it, where they are not there yet. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const peers = ['bullmq@6', 'ioredis@5'];

// Without `--save-dev` npm takes them for the optional peers that `package.json` names, and installs nothing.
const words = 'install --no-save --save-dev --no-audit --no-fund --ignore-scripts --prefer-offline';

const missing = peers.filter((peer) => !isInstalled(peer.replace(/@.*/, '')));
if (missing.length > 0) {
  execFileSync('npm', [...words.split(' '), ...missing], {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    stdio: 'inherit',
  });
}

function isInstalled(name: string): boolean {
  try {
    import.meta.resolve(name);
    return true;
  } catch {
    return false;
  }
}
