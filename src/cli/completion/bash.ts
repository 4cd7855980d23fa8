/**
 * Completion for bash, from 3.2 on (macOS), without the package bash-completion.
 *
 * Candidates are plain words of ours, names of files or labels, and are never expanded: no `compgen -W`.
 */
import { axisWords, type Expected, type Grammar, type TypedOption } from './grammar.ts';
import { labelsCommand } from './labels-command.ts';

export function bashScript({ options, commands }: Grammar): string {
  const places: [key: string, expected: string][] = [
    [`' 0'`, words(commands.map(({ name }) => name))],
    [`' -'`, words(namesOf(options))],
    ...commands.flatMap((command): [string, string][] => [
      [`'${command.name} -'`, words(namesOf(command.options))],
      ...valuesOf(command.options).map(([name, value]): [string, string] => [
        `'${command.name} ${name}'`,
        expectedText(value),
      ]),
      ...command.arguments.map(({ expected, isList }, index): [string, string] => [
        isList ? `'${command.name} '[0-9]*` : `'${command.name} ${index}'`,
        expectedText(expected),
      ]),
    ]),
  ];
  return `# Completion of songbatch for bash, made by "songbatch completion bash".

# What may stand in a place: "COMMAND OPTION" is what follows an option, "COMMAND 0" the first argument,
# "COMMAND -" the options themselves. A kind of path, words, or ":free"; nothing where nothing may stand.
_songbatch_expect() {
  case $1 in
${places.map(([key, expected]) => `    ${key}) expected=${expected} ;;`).join('\n')}
    *) expected='' ;;
  esac
}

_songbatch() {
  local words=() command='' option='' head='' given=0 expected typed value word cut i

  # Bash takes "=" for a word of its own: what belongs together is put together again.
  for ((i = 1; i <= COMP_CWORD; i++)); do
    if ((i > 1)) && [[ \${COMP_WORDS[i]} == = || \${COMP_WORDS[i - 1]} == = ]]; then
      words[\${#words[@]} - 1]+=\${COMP_WORDS[i]}
    else
      words+=("\${COMP_WORDS[i]}")
    fi
  done
  typed=\${words[\${#words[@]} - 1]}
  value=$typed

  # What comes before it: the command, how many arguments, an option that still wants its value.
  for ((i = 0; i < \${#words[@]} - 1; i++)); do
    word=\${words[i]}
    if [[ -n $option ]]; then
      option=''
    elif [[ $word == -* ]]; then
      _songbatch_expect "$command $word"
      if [[ -n $expected ]]; then option=$word; fi
    elif [[ -z $command ]]; then
      command=$word
    else
      given=$((given + 1))
    fi
  done

  if [[ -z $option && $typed == --*=* ]]; then
    option=\${typed%%=*}
    head=$option=
    value=\${typed#*=}
  fi
  if [[ -n $option ]]; then
    _songbatch_expect "$command $option"
  elif [[ $typed == -* ]]; then
    _songbatch_expect "$command -"
  else
    _songbatch_expect "$command $given"
    if [[ -z $expected ]]; then _songbatch_expect "$command -"; fi
  fi

  COMPREPLY=()
  case $expected in
    :free) ;;
    :manifest) _songbatch_paths -f -X '!*.yaml' && _songbatch_paths -f -X '!*.yml' && _songbatch_paths -d ;;
    :file) _songbatch_paths -f ;;
    :folder) _songbatch_paths -d ;;
    :axes)
      if [[ $value == *=* ]]; then
        _songbatch_labels
      else
        _songbatch_words ${axisWords}
        compopt -o nospace 2>/dev/null
      fi
      ;;
    # Names of ours, without spaces or patterns.
    *) _songbatch_words $expected ;;
  esac

  # Bash puts a candidate into the place of what stands behind the last "=".
  cut=''
  if [[ $COMP_WORDBREAKS == *=* && $typed == *=* ]]; then cut=\${typed%"\${typed##*=}"}; fi
  for ((i = 0; i < \${#COMPREPLY[@]}; i++)); do
    word=$head\${COMPREPLY[i]}
    COMPREPLY[i]=\${word#"$cut"}
  done
}

_songbatch_words() {
  local word
  for word in "$@"; do
    if [[ $word == "$value"* ]]; then COMPREPLY+=("$word"); fi
  done
}

# Labels of the axis that is being typed, in the first manifest on the line.
_songbatch_labels() {
  local word label
  for word in "\${COMP_WORDS[@]}"; do
    [[ $word == *.yaml || $word == *.yml ]] || continue
    while IFS= read -r label; do
      if [[ $label == "\${value#*=}"* ]]; then COMPREPLY+=("\${value%%=*}=$(printf %q "$label")"); fi
    done < <(command songbatch ${labelsCommand} -- "$word" "\${value%%=*}" 2>/dev/null)
    return
  done
}

_songbatch_paths() {
  local path
  while IFS= read -r path; do
    COMPREPLY+=("$path")
  done < <(compgen "$@" -- "$value")
  compopt -o filenames 2>/dev/null || true
}

complete -F _songbatch songbatch`;
}

function valuesOf(options: readonly TypedOption[]): [name: string, value: Expected][] {
  return options.flatMap(({ names, value }) =>
    value ? names.map((name): [string, Expected] => [name, value]) : [],
  );
}

function expectedText(expected: Expected): string {
  switch (expected.kind) {
    case 'words':
      return words(expected.words);
    case 'axes':
    case 'manifest':
    case 'file':
    case 'folder':
    case 'free':
      return `:${expected.kind}`;
  }
}

function namesOf(options: readonly TypedOption[]): readonly string[] {
  return options.flatMap(({ names }) => names);
}

/** Names of options, commands and choices have no spaces, quotes or patterns. */
function words(list: readonly string[]): string {
  return `'${list.join(' ')}'`;
}
