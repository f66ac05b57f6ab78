"""Commands in recipes of which nobody can tell what they start: text in, text out."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rocqshim.doctor.wiring.calls import (
    COMPILERS,
    LAUNCHER,
    NOT_RUNNERS,
    SHELLS,
    calls_in,
    commands_in,
    name_of,
    script_of_shell,
)
from rocqshim.run.makeflags import MAKES

# What starts no other program, but for make's, which the caller has to see by itself.
KNOWN = (
    NOT_RUNNERS
    | COMPILERS
    | frozenset(MAKES)
    | frozenset(
        ": true false exit set unset read shift wait trap ulimit umask return break continue "
        "local alias pwd mkdir rmdir chmod chown tar gzip gunzip xz zip unzip head tail sort uniq "
        "wc cut tr tee expr basename dirname realpath readlink date sleep diff cmp comm paste join "
        "stat du df uname hostname id who seq yes curl wget git awk gawk md5sum sha1sum sha256sum "
        "ocamlc ocamlopt ocamldep ocamllex ocamlyacc menhir ocamlfind gcc cc g++ clang ld as ar "
        "ranlib cpp latex pdflatex bibtex esac coqpp rocqpp coqtex coqwc".split()
    )
)
# They run the command behind them; `command -v` and `env` alone run nothing.
BEFORE = frozenset("command env time nice exec nohup ionice".split())
MESSAGE = re.compile(r"\S*make(\[\d+\])?: ")
FILE = re.compile(r"\S+\.v\b")


def unseen(lines: Sequence[str], makes: int) -> list[str]:
    """The lines that start something unknown. makes: how many sub-makes have been looked into.

    A recipe that says `make` in the place of $(MAKE) is not followed by `make -n`.
    """
    recipes = [line for line in lines if not MESSAGE.match(line) and not line.startswith("#")]
    called = [line for line in recipes if any(map(_is_make, commands_in(line)))]
    more = called if len(called) > makes else []
    return [line for line in recipes if line in more or _is_unseen(line)]


def tells_of_compiler(line: str) -> bool:
    """Tell whether the line has the name of a compiler or of its source, and no call to be seen."""
    words = re.split(r"[^\w.-]+", line)
    return not calls_in(line) and (bool(COMPILERS & set(words)) or bool(FILE.search(line)))


def _is_make(words: Sequence[str]) -> bool:
    return name_of(words[0]) in MAKES


def _is_unseen(script: str) -> bool:
    return any(map(_starts_something, commands_in(script)))


def _starts_something(words: Sequence[str]) -> bool:
    inner = script_of_shell(words)
    if inner is not None:
        return _is_unseen(inner[1])
    rest = list(words)
    while rest and (rest[0] in BEFORE or rest[0].startswith("-") or rest[0] == "#"):
        if rest[0] == "#" or rest[:2] == ["command", "-v"]:
            return False
        rest = rest[1:]
    if not rest or LAUNCHER in map(name_of, rest) or COMPILERS & set(map(name_of, rest)):
        return False
    # A program from a variable; a shell that reads a file or stdin; one of which nothing is known.
    return "$" in rest[0] or name_of(rest[0]) in SHELLS or name_of(rest[0]) not in KNOWN
