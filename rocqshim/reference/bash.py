"""Completion for bash: of 3.2 and later, with or without the package bash-completion."""

from __future__ import annotations

from collections.abc import Sequence

from rocqshim.reference.commands import Argument, CommandLine, Value

_HEAD = """\
# Completion of rocqshim and rocq-exec in bash, written by: rocqshim completion bash
# Read it from ~/.bashrc:  eval "$(rocqshim completion bash)"

# The words of $1 that begin with what was typed; with $2 also programs, files or folders.
_rocqshim_offer() {
  local word
  COMPREPLY=()
  # Folders get a slash, and blanks are quoted. Since bash 4; not where no completion is going on.
  case ${2:-} in -f | -d) compopt -o filenames 2>/dev/null ;; esac
  while IFS= read -r word; do
    COMPREPLY[${#COMPREPLY[@]}]=$word
  done < <(compgen ${2:-} -W "$1" -- "${COMP_WORDS[COMP_CWORD]}")
}

# The names of the recorded builds of this project.
_rocqshim_builds() {
  rocqshim history --csv 2>/dev/null | sed '1d;s/,.*//'
}

# A program and its arguments begin at word number $1.
_rocqshim_command() {
  if [ "$COMP_CWORD" -eq "$1" ]; then
    _rocqshim_offer "" -c
  elif type _command_offset >/dev/null 2>&1; then
    _command_offset "$1"
  else
    _rocqshim_offer "" -f
  fi
}

_rocqshim() {
  local before=${COMP_WORDS[COMP_CWORD-1]} at
  if [ "$COMP_CWORD" -eq 1 ]; then
    _rocqshim_offer "@NAMES@"
    return
  fi
  case ${COMP_WORDS[1]} in
"""
_TAIL = """\
    exec) _rocqshim_command 2 ;;
  esac
}

_rocq_exec() {
  local at=1
  [ "${COMP_WORDS[1]}" = -- ] && at=2
  _rocqshim_command "$at"
}

complete -o bashdefault -F _rocqshim rocqshim
complete -o bashdefault -F _rocq_exec rocq-exec
"""
_COMPGEN = {Value.FILE: "-f", Value.FOLDER: "-d"}
_AFTER_DASHES = """\
      for ((at = 2; at < COMP_CWORD; at++)); do
        [ "${COMP_WORDS[at]}" = -- ] || continue
        _rocqshim_command $((at + 1))
        return
      done"""


def bash(before: CommandLine, commands: Sequence[CommandLine]) -> str:
    """The script as text."""
    names = [flag for option in before.options for flag in option.flags]
    names += [command.name for command in commands]
    return _HEAD.replace("@NAMES@", " ".join(names)) + "".join(map(_command, commands)) + _TAIL


def _command(command: CommandLine) -> str:
    lines = [f"    {command.name})", *_rest(command), "      ;;"]
    return "\n".join(lines) + "\n"


def _rest(command: CommandLine) -> list[str]:
    options = [flag for option in command.options for flag in option.flags]
    positional = command.positional
    if positional is None:
        return [*_values(command), _line(options)]
    if positional.value is Value.COMMAND:
        return [_AFTER_DASHES, *_values(command), _line([*options, "--"])]
    return [*_values(command), _line([*options, *positional.words], positional)]


def _values(command: CommandLine) -> list[str]:
    """What follows an option that takes a value."""
    taking = [option for option in command.options if option.value is not Value.NONE]
    if not taking:
        return []
    rows = [f"        {'|'.join(it.flags)}) {_offer(it.words, it)}; return ;;" for it in taking]
    return ["      case $before in", *rows, "      esac"]


def _line(words: Sequence[str], argument: Argument | None = None) -> str:
    return f"      {_offer(words, argument)}"


def _offer(words: Sequence[str], argument: Argument | None) -> str:
    kind = _COMPGEN.get(argument.value, "") if argument else ""
    if argument and argument.value is Value.BUILD:
        words = [*words, "$(_rocqshim_builds)"]
    return f'_rocqshim_offer "{" ".join(words)}" {kind}'.rstrip()
