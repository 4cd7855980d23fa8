/** Completion for fish. */
import {
  axisWords,
  type Expected,
  type Grammar,
  type TypedArgument,
  type TypedCommand,
  type TypedOption,
} from './grammar.ts';
import { labelsCommand } from './labels-command.ts';

export function fishScript({ options, commands }: Grammar): string {
  return `# Completion of songbatch for fish, made by "songbatch completion fish".

# No option that stands before a command takes a value: the second word is the command.
function __songbatch_in -a command
    set -l words (commandline -opc)
    test "$words[2]" = "$command"
end

function __songbatch_manifests
    __fish_complete_path (commandline -ct) | string match -r '^[^\\t]*(?:/|\\.ya?ml)(?:\\t.*)?$'
end

# An axis, or one of its labels in the first manifest on the line.
function __songbatch_axes
    set -l axis (commandline -ct | string replace -r '^--[a-z-]+=' '' | string match -r '^[a-z]+(?==)')
    set -l manifests (commandline -opc | string match -r '.*\\.ya?ml$')
    if test -z "$axis"
        string split ' ' '${axisWords}'
    else if test -n "$manifests[1]"
        command songbatch ${labelsCommand} -- $manifests[1] $axis 2>/dev/null | string replace -r '^' $axis=
    end
end

complete -c songbatch -f
${options.map((option) => optionLine('', option)).join('\n')}

${commands.map(commandLines).join('\n\n')}`;
}

function commandLines({ name, summary, options, arguments: given }: TypedCommand): string {
  return [
    `complete -c songbatch -n '__songbatch_in ""' -a ${name} -d ${quoted(summary)}`,
    ...given.map(
      ({ expected }, index) => `${start(name, behindChoice(given, index))} ${candidates(expected)}`,
    ),
    ...options.map((option) => optionLine(name, option)),
  ].join('\n');
}

function optionLine(command: string, { names, summary, value }: TypedOption): string {
  const written = names.map((name) =>
    name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`,
  );
  return [
    start(command),
    ...written,
    `-d ${quoted(summary)}`,
    ...(value ? [`-r ${candidates(value)}`] : []),
  ].join(' ');
}

function start(command: string, condition = ''): string {
  return `complete -c songbatch -n ${quoted(`__songbatch_in ${command || '""'}${condition}`)}`;
}

/** Fish does not count arguments: those behind a choice of words come when one of these stands there. */
function behindChoice([first]: readonly TypedArgument[], index: number): string {
  if (first?.expected.kind !== 'words') return '';
  const seen = `__fish_seen_subcommand_from ${first.expected.words.join(' ')}`;
  return index === 0 ? `; and not ${seen}` : `; and ${seen}`;
}

function candidates(expected: Expected): string {
  switch (expected.kind) {
    case 'axes':
      return `-f -a '(__songbatch_axes)'`;
    case 'words':
      return `-f -a ${quoted(expected.words.join(' '))}`;
    case 'manifest':
      return `-f -a '(__songbatch_manifests)'`;
    case 'file':
      return '-F';
    case 'folder':
      return `-f -a '(__fish_complete_directories)'`;
    case 'free':
      return '-f';
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll(/[\\']/g, '\\$&')}'`;
}
