/**
 * What can be typed after `songbatch`, as plain data: read off the program itself, so that what a shell
 * offers at a TAB cannot drift from what is understood.
 *
 * What a value is, its placeholder tells: `<manifest>`, `<file>`, `<folder>` and `<axis=label>` mean the same
 * in every command.
 */
import type { Argument, Command, Help, Option } from 'commander';
import { axisNames } from '../../manifest/manifest.ts';

/** What may stand in a place. */
export type Expected =
  | { readonly kind: 'words'; readonly words: readonly string[] }
  /** An axis and one of its labels. */
  | { readonly kind: 'axes' }
  | { readonly kind: 'manifest' | 'file' | 'folder' }
  /** Nobody can guess it: a number, a time, a name. */
  | { readonly kind: 'free' };

export interface TypedOption {
  /** `-h` and `--help`, as far as it has both. */
  readonly names: readonly string[];
  readonly summary: string;
  /** Undefined for a switch. */
  readonly value?: Expected;
  readonly isRepeatable: boolean;
}

export interface TypedArgument {
  readonly name: string;
  readonly expected: Expected;
  /** It takes all that follow. */
  readonly isList: boolean;
}

export interface TypedCommand {
  readonly name: string;
  readonly summary: string;
  readonly options: readonly TypedOption[];
  readonly arguments: readonly TypedArgument[];
}

export interface Grammar {
  /** Of songbatch itself. */
  readonly options: readonly TypedOption[];
  readonly commands: readonly TypedCommand[];
}

/** What `axis=label` begins with. */
export const axisWords = axisNames.map((name) => `${name}=`).join(' ');

export function grammarOf(program: Command): Grammar {
  const help = program.createHelp();
  return {
    options: help.visibleOptions(program).map(typedOption),
    commands: help.visibleCommands(program).map((command) => ({
      name: command.name(),
      summary: command.summary(),
      ...(command.commands.length === 0 ? ownWords(command, help) : wordsBelow(command, help)),
    })),
  };
}

type Words = Pick<TypedCommand, 'options' | 'arguments'>;

function ownWords(command: Command, help: Help): Words {
  return {
    options: help.visibleOptions(command).map(typedOption),
    arguments: command.registeredArguments.map(typedArgument),
  };
}

/** Of commands of a command the first word is one of them; behind it, what any of them takes is offered. */
function wordsBelow(command: Command, help: Help): Words {
  const below = help.visibleCommands(command);
  const all = below.map((each) => ownWords(each, help));
  const options = new Map(
    all.flatMap((words) => words.options.map((option) => [option.names.join(' '), option])),
  );
  const argument = all.find((words) => words.arguments.length > 0)?.arguments ?? [];
  const choice: TypedArgument = {
    name: 'command',
    expected: { kind: 'words', words: below.map((each) => each.name()) },
    isList: false,
  };
  return { options: [...options.values()], arguments: [choice, ...argument] };
}

function typedOption(option: Option): TypedOption {
  const { short, long, flags, description, argChoices } = option;
  const placeholder = /[<[](.*)[>\]]/.exec(flags)?.[1];
  const value = placeholder === undefined ? undefined : expected(placeholder, argChoices);
  return {
    names: [short, long].filter((name) => name !== undefined),
    summary: gist(description),
    ...(value && { value }),
    // Commander does not say so, but the description does to whoever reads it.
    isRepeatable: /\bmay be repeated\b/.test(description),
  };
}

function typedArgument(argument: Argument): TypedArgument {
  const name = argument.name();
  return { name, expected: expected(name, argument.argChoices), isList: argument.variadic };
}

function expected(placeholder: string, choices: readonly string[] | undefined): Expected {
  if (choices) return { kind: 'words', words: choices };
  switch (placeholder) {
    case 'manifest':
    case 'file':
    case 'folder':
      return { kind: placeholder };
    case 'axis=label':
      return { kind: 'axes' };
    default:
      return { kind: 'free' };
  }
}

/** The first clause: what fits beside an option in a list. */
function gist(description: string): string {
  return description.split(/[,;:(]/)[0]?.trim() ?? '';
}
