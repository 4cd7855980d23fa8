/** The declarations that a program sees through `index.d.ts`; those of all other modules are taken away again. */
import { globSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';

const specifier = /(?:from|import)\s*\(?\s*'(\.[^']+)'/g;

/** @param dist absolute */
export function keepPublicTypes(dist: string): void {
  const needed = new Set<string>();
  const visit = (file: string): void => {
    if (needed.has(file)) return;
    needed.add(file);
    for (const [, path = ''] of readFileSync(file, 'utf8').matchAll(specifier)) {
      visit(join(dirname(file), path.replace(/\.[jt]s$/, '.d.ts')));
    }
  };
  visit(join(dist, 'index.d.ts'));
  for (const found of globSync('**/*.d.ts', { cwd: dist })) {
    const file = join(dist, found);
    if (!needed.has(file)) rmSync(file);
  }
}
