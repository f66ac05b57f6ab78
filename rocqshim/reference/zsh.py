"""Completion for zsh: a function for fpath, which may also be read by ``source``."""

from __future__ import annotations

from collections.abc import Sequence

from rocqshim.reference.commands import Argument, CommandLine, Value

_HEAD = """\
#compdef rocqshim rocq-exec
# Completion of rocqshim and rocq-exec in zsh, written by: rocqshim completion zsh
# Read it from ~/.zshrc, after compinit:  source <(rocqshim completion zsh)

# Complete a program and its arguments, which begin behind the first $1 words.
_rocqshim_command() {
  shift $1 words
  (( CURRENT -= $1 ))
  _normal
}

# The names of the recorded builds of this project.
_rocqshim_builds() {
  compadd last previous ${(f)"$(rocqshim history --csv 2>/dev/null | sed '1d;s/,.*//')"}
}

_rocqshim() {
  local curcontext=$curcontext state line
  typeset -A opt_args
  if [[ $service == rocq-exec ]]; then
    _rocqshim_command $(( $#words > 2 && ${words[(i)--]} == 2 ? 2 : 1 ))
    return
  elif [[ $words[2] == exec ]] && (( CURRENT > 2 )); then
    _rocqshim_command 2
    return
  elif [[ $words[2] == (@WITH_COMMAND@) ]] && (( ${words[(i)--]} < CURRENT )); then
    _rocqshim_command ${words[(i)--]}
    return
  fi
  local -a commands
  commands=(
@COMMANDS@
  )
  _arguments -C \\
@BEFORE@    '1: :->command' '*:: :->arguments' && return
  case $state in
    command) _describe -t commands command commands ;;
    arguments)
      curcontext="${curcontext%:*}-$words[1]:"
      case $words[1] in
"""
_TAIL = """\
      esac
      ;;
  esac
}

if [[ $funcstack[1] == _rocqshim ]]; then
  _rocqshim "$@"
else
  compdef _rocqshim rocqshim rocq-exec
fi
"""
_ACTION = {
    Value.FILE: "_files",
    Value.FOLDER: "_files -/",
    Value.BUILD: "_rocqshim_builds",
    Value.OTHER: " ",
}


def zsh(before: CommandLine, commands: Sequence[CommandLine]) -> str:
    """The script as text."""
    rows = "\n".join(f"    {_quoted(f'{it.name}:{_colons(it.summary)}')}" for it in commands)
    head = _HEAD.replace("@COMMANDS@", rows)
    taking = [it.name for it in commands if it.positional and it.positional.value is Value.COMMAND]
    head = head.replace("@WITH_COMMAND@", "|".join(taking))
    options = "".join(f"    {spec} \\\n" for it in before.options for spec in _option(it))
    return head.replace("@BEFORE@", options) + "".join(map(_command, commands)) + _TAIL


def _command(command: CommandLine) -> str:
    specs = [spec for option in command.options for spec in _option(option)]
    if (positional := command.positional) and positional.value is Value.COMMAND:
        specs.append("'*: :(--)'")
    elif positional:
        specs.append(_quoted(f"1:{_colons(positional.metavar)}:{_action(positional)}"))
    joined = " \\\n            ".join(specs)
    return f"        {command.name})\n          _arguments \\\n            {joined}\n          ;;\n"


def _option(option: Argument) -> list[str]:
    """One spec for each spelling; one that is written excludes the others."""
    value = "" if option.value is Value.NONE else f":{_colons(option.metavar)}:{_action(option)}"
    text = _colons(option.help.replace("[", "\\[").replace("]", "\\]"))
    others = " ".join(option.flags)
    return [_quoted(f"({others}){flag}[{text}]{value}") for flag in option.flags]


def _action(argument: Argument) -> str:
    if argument.value is Value.WORDS:
        return f"({' '.join(argument.words)})"
    if argument.words and argument.value is Value.FILE:
        return f"{{compadd {' '.join(argument.words)}; _files}}"
    return _ACTION[argument.value]


def _colons(text: str) -> str:
    return text.replace(":", "\\:")


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"
