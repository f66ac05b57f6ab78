"""The parser of all commands: wrong words are an error that names the nearest right ones."""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Iterable, Sequence
from typing import NoReturn

from rocqshim import shell
from rocqshim.errors import UsageError, nearest

_TOOLS = ("make", "dune", "opam")  # behind `rocqshim run --`
_NEEDED = "the following arguments are required: "


class Parser(argparse.ArgumentParser):
    """As argparse's, but that it raises UsageError, and takes no part of a word for an option.

    An abbreviation that is clear today is another option's tomorrow: `stop --a`.
    """

    def __init__(self, prog: str, **rest: object) -> None:
        super().__init__(prog=prog, allow_abbrev=False, **rest)  # type: ignore[arg-type]

    def parse(self, words: Sequence[str]) -> argparse.Namespace:
        """The words of a command line. Raises UsageError."""
        found, left = self.parse_known_args(words)
        if left:
            raise self._unknown(left, [*getattr(found, "command", [])])
        return found

    @property
    def _name(self) -> str:
        return self.prog.removeprefix("rocqshim ")

    def flags(self) -> list[str]:
        """All options, in each spelling."""
        return [flag for action in self._actions for flag in action.option_strings]

    def error(self, message: str) -> NoReturn:
        """What argparse says in its own words. Raises UsageError."""
        needed = message.removeprefix(_NEEDED)
        said = f"{needed} is missing" if needed != message else message.removeprefix("argument ")
        raise UsageError(f"{self._name}: {said}.", self._help)

    def _check_value(self, action: argparse.Action, value: object) -> None:
        choices = [str(choice) for choice in action.choices or (value,)]
        if str(value) not in choices:
            what = "/".join(action.option_strings) or str(action.metavar)
            fact = f'{self._name}: there is no {what} "{value}".'
            raise UsageError(fact, _did_you_mean(str(value), choices))

    def _unknown(self, words: Sequence[str], command: list[str]) -> UsageError:
        """words: what no argument takes. command: the one to run, where there is one."""
        option = words[0].partition("=")[0]
        if not option.startswith("-"):
            return UsageError(f'{self._name}: "{words[0]}" is one word too many.', self._help)
        fact = f"{self._name} has no option {option}."
        known = self.flags()
        meant = _nearest(option, known)
        if command and not meant:  # make's -j4, and not ours
            plain = command[command[:1] == ["--"] :]
            is_program = plain and shutil.which(plain[0])  # and not the 4 of `-j 4 make`
            line = shell.join([*plain, *words]) if is_program else "make -j4"
            hint = f"Options of the command stand behind it: {self.prog} -- {line}"
            return UsageError(fact, hint)
        return UsageError(fact, _did_you_mean(option, known))

    @property
    def _help(self) -> str:
        return f"See: {self.prog} --help"


def no_command(words: Sequence[str], commands: Iterable[str]) -> UsageError:
    """The error for a command line that begins with none of ``commands``."""
    name, known = words[0], list(commands)
    if name.startswith("-"):
        behind = [word for word in words if word in known]
        hint = _did_you_mean(name, ("--help", "--version"))
        if behind:
            hint = f"Options stand behind the command: rocqshim {behind[0]} {name}"
        return UsageError(f"There is no option {name} before a command.", hint)
    meant, program = nearest(name, (*known, *_TOOLS)), shutil.which(name)
    line = shell.join([meant or name, *words[1:]])
    hint = f"To run that program: rocqshim run -- {line}"
    if meant in known:
        hint = f"Did you mean: rocqshim {line}?"
    return UsageError(
        f'There is no command "{name}".', hint if meant or program else "See: rocqshim --help"
    )


def _nearest(word: str, known: Sequence[str]) -> str | None:
    """The one that begins alike, or is spelt nearly so; one letter stands for itself."""
    if len(word.lstrip("-")) < 2 or (word.startswith("-") and not word.startswith("--")):
        return None
    alike = [each for each in known if each.startswith(word) or word.startswith(f"{each}-")]
    return alike[0] if len(alike) == 1 else nearest(word, known)


def _did_you_mean(word: str, known: Sequence[str]) -> str:
    meant = _nearest(word, known)
    every = f"There {'is' if len(known) == 1 else 'are'}: {', '.join(known)}."
    return f"Did you mean {meant}? {every}" if meant else every
