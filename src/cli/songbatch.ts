#!/usr/bin/env node
/**
 * The executable. It only looks at the version of Node: everything else is imported after that, so
 * that an old Node says what is needed instead of stumbling over what it does not know.
 */
const needed = 24;
const words = process.argv.slice(2);

// Node would start its debugger; whoever has a run at work says how it goes (`status-request.ts`).
process.on('SIGUSR1', () => undefined);

if (Number.parseInt(process.versions.node, 10) < needed) {
  process.stderr.write(
    `songbatch needs Node.js ${needed} or newer, and this is ${process.version}: install a newer one, with your version manager or from where this one came\n`,
  );
  process.exitCode = 2;
} else if (words.length === 1 && words[0] === '--version') {
  // The command line has this option too; but to load that takes as long as it takes Node to start.
  const { ownVersion } = await import('../batch/version.ts');
  process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => {
    // A reader that has had enough is no failure.
    process.exitCode = code === 'EPIPE' ? 0 : 3;
  });
  process.stdout.write(`${ownVersion()}\n`);
} else {
  const { main } = await import('./main.ts');
  process.exitCode = await main(words);
}
