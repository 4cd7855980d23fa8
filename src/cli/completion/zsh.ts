/** Completion for zsh: a file `_songbatch` in a folder of `fpath`, or sourced. */
import {
  axisWords,
  type Expected,
  type Grammar,
  type TypedArgument,
  type TypedCommand,
  type TypedOption,
} from './grammar.ts';
import { labelsCommand } from './labels-command.ts';

export function zshScript({ options, commands }: Grammar): string {
  return `#compdef songbatch
# Completion of songbatch for zsh, made by "songbatch completion zsh".

_songbatch() {
  local curcontext=$curcontext state line
  typeset -A opt_args
  _arguments -C \\
${options.map((option) => `    ${optionSpec(option)} \\\n`).join('')}    '1:command:_songbatch_commands' \\
    '*:: :->words' && return
  curcontext="\${curcontext%:*}-$line[1]:"
  case $line[1] in
${commands.map(caseOf).join('\n')}
  esac
}

_songbatch_commands() {
  local -a commands=(
${commands.map(({ name, summary }) => `    ${quoted(`${name}:${escaped(summary)}`)}`).join('\n')}
  )
  _describe -t commands command commands
}

_songbatch_manifests() {
  _files -g '*.(yaml|yml)(-.)'
}

# An axis, or one of its labels in the first manifest on the line.
_songbatch_axes() {
  local axis=\${PREFIX%%=*} manifest=\${(Q)words[(r)*.(yaml|yml)]}
  if ! compset -P '*='; then
    compadd -S '' -- ${axisWords}
  elif [[ -n $manifest ]]; then
    compadd -- \${(f)"$(command songbatch ${labelsCommand} -- $manifest $axis 2>/dev/null)"}
  fi
}

# Where it is sourced it is registered, where compinit has loaded it it is called.
if [[ $funcstack[1] == _songbatch ]]; then
  _songbatch "$@"
else
  compdef _songbatch songbatch
fi`;
}

function caseOf(command: TypedCommand): string {
  const specs = [
    ...command.options.map(optionSpec),
    ...command.arguments.map((argument, index) => argumentSpec(argument, index)),
  ];
  return `    ${command.name})
      _arguments -S \\
${specs.map((spec) => `        ${spec}`).join(' \\\n')}
      ;;`;
}

/** `'*--only=[only jobs with this label]:value:…'` */
function optionSpec({ names, summary, value, isRepeatable }: TypedOption): string {
  const takes = value ? `:value:${actionFor(value)}` : '';
  const rest = `[${escaped(summary)}]${takes}`;
  const written = names.map((name) => (value && name.startsWith('--') ? `${name}=` : name));
  const [only = ''] = written;
  if (isRepeatable) return quoted(`*${only}${rest}`);
  if (written.length === 1) return quoted(`${only}${rest}`);
  return `${quoted(`(${names.join(' ')})`)}{${written.join(',')}}${quoted(rest)}`;
}

function argumentSpec({ name, expected, isList }: TypedArgument, index: number): string {
  return quoted(`${isList ? '*' : index + 1}:${escaped(name)}:${actionFor(expected)}`);
}

function actionFor(expected: Expected): string {
  switch (expected.kind) {
    case 'words':
      return `(${expected.words.join(' ')})`;
    case 'axes':
      return '_songbatch_axes';
    case 'manifest':
      return '_songbatch_manifests';
    case 'file':
      return '_files';
    case 'folder':
      return '_files -/';
    case 'free':
      return ' ';
  }
}

/** In a spec, colons and brackets end a part of it. */
function escaped(text: string): string {
  return text.replaceAll(/[\\:[\]]/g, '\\$&');
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
