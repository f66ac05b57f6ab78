"""``-j`` for a make that was started without one, where ``jobs = "auto"`` asks for it."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence

MAKES = ("make", "gmake", "gnumake")
# make's short options that take a value, which may be the rest of the word or the next one;
# those of the second set take it only from the rest of the word.
WITH_VALUE = frozenset("CfIoWE")
WITH_REST = frozenset("lO")
# GNU time writes its line in pieces: those of compilers that end together would be mixed, and the
# table of `make pretty-timed` be wrong.
TIMED = re.compile(r"TIMED=.+|(make-)?pretty-timed(-before|-after)?")
MAKEFILE = re.compile(r"(-\w*f|--(make)?file)( -|=- .*)|-\w*f- .*", re.DOTALL)
JOBS = re.compile(r"--jobs?(=.*)?")


def is_make(command: Sequence[str]) -> bool:
    """Tell whether the program is make itself, and not a script that calls it."""
    return os.path.basename(command[0]) in MAKES


def makeflags(command: Sequence[str], found: str, jobs: int) -> dict[str, str]:
    """The variable MAKEFLAGS to set for ``command``; {} leaves it as it is.

    found: its present value. A ``-j`` in either wins; so does the jobserver of a make above us. A
    build that is timed gets none.
    """
    if any(map(TIMED.fullmatch, command[1:])):
        return {}
    if not is_make(command) or has_jobs(command[1:]) or _found_jobs(found):
        return {}
    flags, separator, variables = _parted(found)
    return {"MAKEFLAGS": f"{flags} -j{jobs}{separator}{variables}".lstrip()}


def reads_makefile(command: Sequence[str]) -> bool:
    """Tell whether make reads a makefile from its stdin: `-f -`, `-kf-`, `--file=-`."""
    pairs = zip(command, [*command[1:], ""], strict=True)
    return any(MAKEFILE.fullmatch(f"{word} {value}") for word, value in pairs)


def has_jobs(words: Sequence[str]) -> bool:
    """Tell whether make's arguments have a ``-j``, also in a cluster such as ``-kj4``."""
    position = 0
    while position < len(words) and words[position] != "--":
        word = words[position]
        if JOBS.fullmatch(word) or (_is_short(word) and _cluster_has_jobs(word[1:])):
            return True
        position += 2 if _is_short(word) and _takes_next(word[1:]) else 1
    return False


def _is_short(word: str) -> bool:
    return len(word) > 1 and word[0] == "-" and word[1] != "-"


def _cluster_has_jobs(letters: str) -> bool:
    for letter in letters:
        if letter == "j":
            return True
        if letter in WITH_VALUE or letter in WITH_REST:
            return False
    return False


def _takes_next(letters: str) -> bool:
    values = [at for at, letter in enumerate(letters) if letter in WITH_VALUE]
    return bool(values) and values[0] == len(letters) - 1


def _found_jobs(found: str) -> bool:
    flags, _, _ = _parted(found)
    words = flags.split()
    # GNU make writes its own short options without a dash, as the first word: "kw -j2 …".
    if words and not words[0].startswith("-") and "=" not in words[0]:
        words[0] = f"-{words[0]}"
    return has_jobs(words)


def _parted(found: str) -> tuple[str, str, str]:
    """Split before `` -- ``, after which only variables stand."""
    match = re.search(r"(^|\s)--(?=\s|$)", found)
    if match is None:
        return found, "", ""
    return found[: match.start()], " --", found[match.end() :]
