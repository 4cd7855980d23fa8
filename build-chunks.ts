/**
 * Puts the modules that tsc has compiled into few files, each of what is loaded together: to find, read and
 * link 150 small files is a fifth of what a short command takes. What is imported when it is called stays
 * in files of its own, and dependencies stay where npm puts them, so that it can replace one that is unsafe.
 */
import { globSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { rolldown, type Plugin } from 'rolldown';

/** What is started or imported by its own name. */
const entries = [
  'index',
  'cli/songbatch',
  'audio/worker',
  'batch/ears-thread',
  'sandbox/engine/worker',
];

/** Beside the folders of modules, so that its files are as deep as most of those. */
const folder = 'chunks';

/** @param dist the folder of the compiled modules, which are replaced; declarations stay */
export async function bundleChunks(dist: string): Promise<void> {
  const validators = join(dist, 'schemas/validators.js');
  const bundle = await rolldown({
    input: Object.fromEntries(entries.map((name) => [name, join(dist, `${name}.js`)])),
    platform: 'node',
    external: (id) => id === validators || !/^[./]/.test(id),
    plugins: [ownPlace(dist)],
  });
  const { output } = await bundle.generate({
    format: 'esm',
    chunkFileNames: `${folder}/[name].js`,
  });
  await bundle.close();

  for (const module of globSync('**/*.js', { cwd: dist })) {
    if (join(dist, module) !== validators) rmSync(join(dist, module));
  }
  for (const chunk of output) {
    if (chunk.type !== 'chunk') throw new Error(`${chunk.fileName} is no code`);
    const file = join(dist, chunk.fileName);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, chunk.code);
  }
}

/** Files that a module finds from its own place are found from there still, in whichever chunk it is. */
function ownPlace(dist: string): Plugin {
  return {
    name: 'own-place',
    transform: (code, id) => {
      if (!code.includes('import.meta.url')) return undefined;
      const place = JSON.stringify(`../${relative(dist, id).replaceAll('\\', '/')}`);
      return code.replaceAll('import.meta.url', `new URL(${place}, import.meta.url).href`);
    },
  };
}
