/** Compiles src/ to dist/, from nothing, so that no file of an earlier shape is left behind. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bundleChunks } from './build-chunks.ts';
import { bundlePage } from './build-page.ts';
import { keepPublicTypes } from './build-types.ts';
import { validatorsCode } from './build-validators.ts';

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

rmSync(at('dist'), { recursive: true, force: true });
execFileSync(
  process.execPath,
  [at('node_modules/typescript/bin/tsc'), '-p', at('tsconfig.build.json')],
  {
    stdio: 'inherit',
  },
);
writeFileSync(at('dist/schemas/validators.js'), validatorsCode());
keepPublicTypes(at('dist'));
await bundleChunks(at('dist'));
mkdirSync(at('dist/page'));
const { script, style } = await bundlePage();
writeFileSync(at('dist/page/page.js'), script);
writeFileSync(at('dist/page/page.css'), style);
chmodSync(at('dist/cli/songbatch.js'), 0o755);
