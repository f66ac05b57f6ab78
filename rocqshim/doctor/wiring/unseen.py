"""Commands in recipes of which nobody can tell what they start: text in, text out."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from rocqshim.doctor.wiring.calls import (
    NOT_RUNNERS,
    PROGRAMS,
    calls_in,
    commands_in,
    script_of_shell,
)
from rocqshim.launch.call import program_name as name_of
from rocqshim.run.compilers import LAUNCHER
from rocqshim.run.makeflags import MAKES

# What starts no other program, but for make's, which the caller has to see by itself.
KNOWN = (
    NOT_RUNNERS
    | PROGRAMS
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
BUILTIN = frozenset(("eval", ".", "source"))
EXECUTE = ("-exec", "-execdir", "-ok", "-okdir")  # of find
# They run the command behind them; `command -v` and `env` alone run nothing.
BEFORE = frozenset("command env time nice exec nohup ionice".split())
MESSAGE = re.compile(r"\S*make(\[\d+\])?: ")
FILE = re.compile(r"\S+\.v\b")
IsProgram = Callable[[str], bool]


def unseen(lines: Sequence[str], makes: int, has: IsProgram = lambda _name: True) -> list[str]:
    """The lines that start something unknown. makes: how many sub-makes have been looked into.

    A recipe that says `make` in the place of $(MAKE) is not followed by `make -n`. has: tells
    whether PATH has a program; a line that begins with another word is text, from $(info …) or of
    a makefile that was made anew.
    """
    recipes = [line for line in lines if not MESSAGE.match(line) and not line.startswith("#")]
    called = [line for line in recipes if any(map(_is_make, commands_in(line)))]
    more = called if len(called) > makes else []
    return [line for line in recipes if line in more or _is_unseen(line, has)]


def tells_of_compiler(line: str) -> bool:
    """Tell whether the line has the name of a compiler or of its source, and no call to be seen."""
    words = re.split(r"[^\w.-]+", line)
    return not calls_in(line) and (bool(PROGRAMS & set(words)) or bool(FILE.search(line)))


def _is_make(words: Sequence[str]) -> bool:
    return name_of(words[0]) in MAKES


def _is_unseen(script: str, has: IsProgram) -> bool:
    return any(_starts_something(words, has) for words in commands_in(script))


def _starts_something(words: Sequence[str], has: IsProgram) -> bool:
    inner = script_of_shell(words)
    if inner is not None:
        return _is_unseen(inner[1], has)
    rest = _command(words)
    if not rest or any(name_of(word) in (LAUNCHER, *PROGRAMS) for word in rest):
        return False
    # A program from a variable; a shell that reads a file or stdin; one of which nothing is known.
    name = name_of(rest[0])
    return "$" in rest[0] or (
        name not in KNOWN and ("/" in rest[0] or name in BUILTIN or has(name))
    )


def _command(words: Sequence[str]) -> list[str]:
    """The command that is run in the end, behind `time` and the like; [] for none."""
    rest = list(words)
    if rest[:2] == ["command", "-v"] or rest[0].startswith("#"):
        return []
    if rest[0] == "find":
        return next((rest[at + 1 :] for at, word in enumerate(rest) if word in EXECUTE), [])
    while rest and (rest[0] in BEFORE or rest[0].startswith("-")):
        rest = rest[1:]
    return rest
