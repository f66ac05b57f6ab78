"""The commands as data, read from their parsers: what is generated from it cannot drift."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from enum import Enum

from rocqshim.__main__ import COMMANDS, overview, parser_of
from rocqshim.cli.history import OPTIONS
from rocqshim.report.builds import LAST, PREVIOUS
from rocqshim.settings.profile import BUILT_IN
from rocqshim.shims.tools import TOOLS


class Value(Enum):
    """What follows an option, or stands as an argument."""

    NONE = "none"
    WORDS = "words"  # one of ``words``
    FILE = "file"
    FOLDER = "folder"
    COMMAND = "command"  # a program and its arguments
    BUILD = "build"  # a recorded one, or one of ``words``
    OTHER = "other"


WORDS = tuple(filter(None, OPTIONS))  # of `rocqshim history`
BY_NAME: dict[str, tuple[Value, tuple[str, ...]]] = {
    "profile": (Value.WORDS, tuple(BUILT_IN)),
    "tool": (Value.WORDS, tuple(TOOLS)),
    "build": (Value.BUILD, (LAST, PREVIOUS)),
    "compare_with": (Value.BUILD, (LAST, PREVIOUS)),
    "what": (Value.FILE, WORDS),
}
KINDS = {"FILE": Value.FILE, "TRACE": Value.FILE, "DIR": Value.FOLDER}


@dataclass(frozen=True)
class Argument:
    """One option (``flags`` has its spellings) or one positional argument (no flags).

    required: a positional that cannot be left out.
    """

    flags: tuple[str, ...]
    metavar: str
    help: str
    value: Value
    words: tuple[str, ...] = ()
    required: bool = False


@dataclass(frozen=True)
class CommandLine:
    """One command, or the words before it (``name`` is "")."""

    name: str
    summary: str
    arguments: tuple[Argument, ...]

    @property
    def options(self) -> tuple[Argument, ...]:
        """Those with flags."""
        return tuple(each for each in self.arguments if each.flags)

    @property
    def positional(self) -> Argument | None:
        """The one without flags, where there is one."""
        return next((each for each in self.arguments if not each.flags), None)


def command_lines() -> list[CommandLine]:
    """Every command with its arguments, in the order of ``rocqshim --help``, without ``exec``."""
    return [
        CommandLine(name, command.summary, _arguments(parser_of(name)))
        for name, command in COMMANDS.items()
        if name != "exec"
    ]


def before_commands() -> CommandLine:
    """``--help`` and ``--version``."""
    found = _arguments(overview())
    return CommandLine("", "", tuple(each for each in found if each.flags))


def _arguments(parser: argparse.ArgumentParser) -> tuple[Argument, ...]:
    return tuple(map(_argument, parser._actions))


def _argument(action: argparse.Action) -> Argument:
    metavar = action.metavar if isinstance(action.metavar, str) else action.dest.upper()
    value, words = _value(action, metavar)
    # argparse fills %(default)s and the like in its own formatter only.
    text = (action.help or "") % {**vars(action), "prog": "rocqshim"}
    # With REMAINDER argparse asks for no word at all; what must be there says so by its metavar.
    is_asked = action.nargs is None or action.nargs == argparse.REMAINDER
    required = not action.option_strings and is_asked and not metavar.startswith("[")
    return Argument(tuple(action.option_strings), metavar, text, value, words, required)


def _value(action: argparse.Action, metavar: str) -> tuple[Value, tuple[str, ...]]:
    if action.nargs == 0:
        return Value.NONE, ()
    if action.choices:
        return Value.WORDS, tuple(map(str, action.choices))
    if action.dest in BY_NAME:
        return BY_NAME[action.dest]
    if action.nargs == argparse.REMAINDER:
        return Value.COMMAND, ()
    return KINDS.get(metavar, Value.OTHER), ()
