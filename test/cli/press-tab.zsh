# What zsh offers at a TAB: zsh -f press-tab.zsh SCRIPT LINE...
#
# A second zsh on a terminal of its own has the script loaded and the lines typed, one after the other;
# whatever its completion would add is printed instead, one candidate on a line behind "HIT:", and "END"
# behind those of a line, which then is empty again.
zmodload zsh/zpty
zpty inner zsh -f -i
zpty -w inner "PROMPT=; autoload -Uz compinit && compinit -u -D; source ${(q)1}"
zpty -w inner 'zle -N press-tab; bindkey "^I" press-tab
new-line () { print }
instead () { compstate[insert]=; compstate[list]= }
press-tab () {
  compprefuncs=( new-line ); comppostfuncs=( instead )
  zle complete-word
  BUFFER=
  print; print END
}
compadd () {
  if [[ ${@[1,(i)(-|--)]} == *-(O|A|D)\ * ]]; then builtin compadd "$@"; return; fi
  typeset -a found; builtin compadd -A found "$@"
  for candidate in $found; do print -r - "HIT:$candidate"; done
  builtin compadd "$@"
}
print LOADED'
zpty -r -m inner ignored $'*\nLOADED*'
for line in "${@[2,-1]}"; do
  zpty -n -w inner "$line"$'\t'
  while zpty -r inner read; do
    read=${read%%[$'\r\n']*}
    [[ $read == (HIT:*|END) ]] && print -r -- "$read"
    [[ $read == END ]] && break
  done
done
zpty -d inner
