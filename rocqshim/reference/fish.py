"""Completion for fish 3."""

from __future__ import annotations

from collections.abc import Sequence

from rocqshim.reference.commands import Argument, CommandLine, Value

_HEAD = """\
# Completion of rocqshim and rocq-exec in fish, written by: rocqshim completion fish
# Read it from config.fish:  rocqshim completion fish | source

# Whether there is a `--`; and what completes the command that follows it.
function __rocqshim_after_dashes
    contains -- -- (commandline -opc)
end

function __rocqshim_command
    set -l words (commandline -opc) (commandline -ct)
    set -l at (contains -i -- -- $words)
    complete -C "$(string escape -- $words[(math $at + 1)..-2]) $words[-1]"
end

function __rocqshim_builds
    rocqshim history --csv 2>/dev/null | sed '1d;s/,.*//'
end

function __rocqshim_launched
    set -l words (commandline -opc) (commandline -ct)
    test "$words[2]" = --; and set -e words[2]
    complete -C "$(string escape -- $words[2..-2]) $words[-1]"
end

complete -c rocq-exec -f
complete -c rocq-exec -x -a '(__rocqshim_launched)'
complete -c rocqshim -f
"""
_VALUE = {
    Value.NONE: "",
    Value.FILE: " -r -F",
    Value.FOLDER: " -x -a '(__fish_complete_directories)'",
    Value.OTHER: " -x",
}


def fish(before: CommandLine, commands: Sequence[CommandLine]) -> str:
    """The script as text."""
    options = "".join(_option(option, "__fish_use_subcommand") for option in before.options)
    return _HEAD + options + "".join(map(_command, commands))


def _command(command: CommandLine) -> str:
    first = "complete -c rocqshim -n __fish_use_subcommand"
    lines = f"{first} -a {command.name} -d {_quoted(command.summary)}\n"
    seen = f"__fish_seen_subcommand_from {command.name}"
    if command.positional and command.positional.value is Value.COMMAND:
        lines += f"complete -c rocqshim -n '{seen}; and __rocqshim_after_dashes'"
        lines += " -x -a '(__rocqshim_command)'\n"
        seen += "; and not __rocqshim_after_dashes"
    elif command.positional:
        lines += f"complete -c rocqshim -n '{seen}'{_value(command.positional)}\n"
    return lines + "".join(_option(option, seen) for option in command.options)


def _option(option: Argument, when: str) -> str:
    flags = "".join(
        f" -l {flag[2:]}" if flag.startswith("--") else f" -s {flag[1:]}" for flag in option.flags
    )
    line = f"complete -c rocqshim -n '{when}'{flags}{_value(option)}"
    return f"{line} -d {_quoted(option.help)}\n"


def _value(argument: Argument) -> str:
    if argument.value is Value.WORDS:
        return f" -x -a '{' '.join(argument.words)}'"
    if argument.value is Value.BUILD:
        return f" -x -a '{' '.join(argument.words)} (__rocqshim_builds)'"
    words = f" -a '{' '.join(argument.words)}'" if argument.words else ""
    return _VALUE[argument.value] + words


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
