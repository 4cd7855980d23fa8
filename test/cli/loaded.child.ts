/**
 * Loaded before the CLI (`--import`): when the process ends, the addresses of the modules that it has
 * loaded since are in the file that the test names, one on a line.
 */
import { appendFileSync } from 'node:fs';
import { registerHooks } from 'node:module';

const file = process.env['LOADED_MODULES'] ?? '';

registerHooks({
  load(address, context, next) {
    appendFileSync(file, `${address}\n`);
    return next(address, context);
  },
});
