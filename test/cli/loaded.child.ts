/**
 * Loaded before the CLI (`--import`): when the process ends, the addresses of the modules that it has
 * loaded since are in the file that the test names, one on a line. The build puts several modules into
 * one file, and says above each which one it is; these are on lines of their own.
 */
import { appendFileSync } from 'node:fs';
import { registerHooks } from 'node:module';

const file = process.env['LOADED_MODULES'] ?? '';

registerHooks({
  load(address, context, next) {
    const loaded = next(address, context);
    const source = loaded.source ?? '';
    const text = typeof source === 'string' ? source : new TextDecoder().decode(source);
    const modules = text.matchAll(/^\/\/ (dist\/.+\.js)$/gm);
    appendFileSync(file, [address, ...modules.map(([, path]) => path), ''].join('\n'));
    return loaded;
  },
});
