/** `songbatch rank`: which songs and values of axes listeners like best, and the manifest of the winners. */
import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import { parseChoice, type Choice } from '../../batch/choice.ts';
import type { RankFlags } from '../actions/rank.ts';
import { exitCodes } from '../exit-codes.ts';
import { addEngineFlags } from '../engine-flags.ts';
import { addBatchFlags, jsonFlag, parsePath } from '../flags.ts';
import type { Invocation } from '../invocation.ts';

export function addRankCommand(program: Command, invocation: Invocation): void {
  const command = program
    .command('rank')
    .summary('rank songs by what listeners preferred')
    .description(
      'Ranks the songs of a batch, and the values of each axis, by ratings that listeners exported from the listening page: how strong each is (Bradley-Terry), how sure that is, whether listeners agree, what is undecided and which pairs to hear next. Reads the manifest, the state and the ratings; asks nobody.',
    )
    .argument('<manifest>', 'the batch, a YAML file')
    .argument('[ratings...]', 'files of ratings (default: ratings*.json in the output folder)');
  addEngineFlags(addBatchFlags(command))
    .addOption(jsonFlag())
    .option(
      '--select <choice>',
      'the winners: top=10 for the ten best songs, axis=seed for the best seed, axis=seed:3 for the three best',
      parseSelect,
    )
    .option(
      '--write <file>',
      'write the manifest narrowed to the winners, ready for more seeds; never over another file',
      parsePath,
    )
    .addHelpText(
      'after',
      `
A strength is on the logit scale: who is ahead by 1 is preferred in 73 % of comparisons, by 2 in 88 %; 0 is the
mean. Bars are 95 % confidence intervals. The strength of a value of an axis comes from pairs that differ on that
axis only. What was never compared is ordered by its stars. A rating is of a sound: where a job has another song
today it does not count. Several files of one listener are taken together, and what was exported twice counts once.

The manifest of the winners is the same batch, narrowed: what is bought stays bought, and the axis seed is one
line to add seeds to.

Examples:
  songbatch rank batch.yaml
  songbatch rank batch.yaml ana.json ben.json
  songbatch rank batch.yaml --json | jq -r '.jobs[:10][].path'
  songbatch rank batch.yaml --select top=10 --write winners.yaml

What is in the JSON tells "songbatch schema ranking", in files of ratings "songbatch schema ratings".`,
    )
    .action(async (path: string, ratings: readonly string[], flags: RankFlags) => {
      const { showRanking } = await import('../actions/rank.ts');
      await showRanking(path, ratings, flags, invocation);
      invocation.exitWith(exitCodes.done);
    });
}

function parseSelect(text: string): Choice {
  const choice = parseChoice(text);
  if (choice) return choice;
  throw new InvalidArgumentError('expected top=10, or an axis as in axis=seed or axis=seed:3.');
}
