# What zsh offers at a TAB: zsh -f press-tab.zsh SCRIPT LINE
#
# A second zsh on a terminal of its own has the script loaded and the line typed; whatever its completion
# would add is printed instead, one candidate on a line behind "HIT:". It exits after that TAB.
zmodload zsh/zpty
zpty inner zsh -f -i
zpty -w inner "PROMPT=; autoload -Uz compinit && compinit -u -D; source ${(q)1}"
zpty -w inner 'bindkey "^I" complete-word; new-line () { print }
compprefuncs=( new-line ); comppostfuncs=( exit )
compadd () {
  if [[ ${@[1,(i)(-|--)]} == *-(O|A|D)\ * ]]; then builtin compadd "$@"; return; fi
  typeset -a found; builtin compadd -A found "$@"
  for candidate in $found; do print -r - "HIT:$candidate"; done
  builtin compadd "$@"
}
print LOADED'
zpty -r -m inner ignored $'*\nLOADED*'
zpty -n -w inner "$2"$'\t'
while zpty -r inner line; do print -r -- "${line%%[$'\r\n']*}"; done
