/** All that can be typed: the commands, declared and not loaded. Help, completion and the reference are made of it. */
import { Command } from 'commander';
import { addCancelCommand } from './commands/cancel.ts';
import { addCheckCommand } from './commands/check.ts';
import { addConfigCommand } from './commands/config.ts';
import { addCompletionCommand } from './commands/completion.ts';
import { addInitCommand } from './commands/init.ts';
import { addLintCommand } from './commands/lint.ts';
import { addMergeCommand } from './commands/merge.ts';
import { addPlanCommand } from './commands/plan.ts';
import { addRankCommand } from './commands/rank.ts';
import { addReportCommand } from './commands/report.ts';
import { addRetryCommand } from './commands/retry.ts';
import { addRunCommand } from './commands/run.ts';
import { addSandboxCommand } from './commands/sandbox.ts';
import { addScheduleCommand } from './commands/schedule.ts';
import { addSchemaCommand } from './commands/schema.ts';
import { addStatusCommand } from './commands/status.ts';
import { addWorkerCommand } from './commands/worker.ts';
import { addGlobalFlags } from './global-flags.ts';
import type { Invocation } from './invocation.ts';

export function createProgram(invocation: Invocation): Command {
  const program = new Command('songbatch')
    .description(
      'Turns one YAML manifest into songs, through the Wiro text-to-song API.\nNever pays twice, never loses what was paid for, never surprises anybody with the bill.',
    )
    .version(invocation.version)
    .helpCommand(false)
    .showHelpAfterError('(songbatch --help shows what there is)')
    .configureOutput({ writeErr: invocation.terminal.screen.write })
    .exitOverride();
  addGlobalFlags(program, invocation);
  addInitCommand(program, invocation);
  addLintCommand(program, invocation);
  addPlanCommand(program, invocation);
  addRunCommand(program, invocation);
  addStatusCommand(program, invocation);
  addRetryCommand(program, invocation);
  addCancelCommand(program, invocation);
  addReportCommand(program, invocation);
  addRankCommand(program, invocation);
  addMergeCommand(program, invocation);
  addWorkerCommand(program, invocation);
  addCheckCommand(program, invocation);
  addScheduleCommand(program, invocation);
  addSandboxCommand(program, invocation);
  addSchemaCommand(program, invocation);
  addConfigCommand(program, invocation);
  addCompletionCommand(program, invocation);
  return program;
}
