/** Flags of every command: they say what the command sees of the world, before it looks. */
import { type Command, Option } from 'commander';
import { variable } from '../batch/said.ts';
import { collect, parsePath } from './flags.ts';
import type { Invocation } from './invocation.ts';

interface GlobalFlags {
  readonly config?: string;
  readonly envFile?: readonly string[];
}

export function addGlobalFlags(program: Command, invocation: Invocation): void {
  program
    .option('--config <file>', 'configuration, instead of the one that is found', parsePath)
    .addOption(
      new Option(
        '--env-file <file>',
        'file of lines NAME=VALUE, for variables that are not set in the environment; may be repeated, the last one holds',
      ).argParser(collect),
    )
    .configureHelp({ showGlobalOptions: true })
    .hook('preAction', async () => {
      Object.assign(invocation, await seen(program.opts<GlobalFlags>(), invocation));
    });
}

async function seen(
  { config, envFile }: GlobalFlags,
  { environment, workingDirectory }: Invocation,
): Promise<Partial<Invocation>> {
  const named = config === undefined ? {} : { configFile: config };
  if (!envFile) return named;
  const { readEnvFiles } = await import('./env-file.ts');
  // Set to nothing is not set, here as everywhere: a WIRO_BASE_URL that CI passes on empty must not send a
  // run that is meant for a test server to Wiro.
  const filed = readEnvFiles(envFile, workingDirectory).filter(
    ({ name }) => variable(environment, name) === undefined,
  );
  // The process's own, as with Node's option of that name: what takes secrets out of messages looks there.
  for (const { name, value } of filed) environment[name] = value;
  return {
    ...named,
    fromEnvFiles: new Map(filed.map(({ name, place }) => [name, place])),
  };
}
