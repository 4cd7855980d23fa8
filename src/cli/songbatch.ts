#!/usr/bin/env node
/**
 * The executable. It only looks at the version of Node: everything else is imported after that, so
 * that an old Node says what is needed instead of stumbling over what it does not know.
 */
const needed = 24;

if (Number.parseInt(process.versions.node, 10) < needed) {
  process.stderr.write(
    `songbatch needs Node.js ${needed} or newer, and this is ${process.version}: install it from https://nodejs.org or with your version manager\n`,
  );
  process.exitCode = 2;
} else {
  const { main } = await import('./main.ts');
  process.exitCode = await main(process.argv.slice(2));
}
