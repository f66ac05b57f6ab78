"""Which build a call belongs to, and how builds are named.

A build is one run of the outermost build tool above the call, in the call's own session: what is
above a terminal, or an editor's shell, has another one. Below `rocqshim run` it is that run,
whatever stands between. A call that no build tool has made is a build of its own.
"""

from __future__ import annotations

import functools
import hashlib
import os
import re
from typing import NamedTuple

from rocqshim.backend.processes import PROC, Facts, Process, ancestors_of, facts_of, read

VARIABLE = "ROCQSHIM_BUILD"  # names the build of everything that has it in its environment
TOOLS = frozenset(
    "make gmake gnumake bmake pmake smake remake ninja samu cmake ctest meson dune jbuilder opam "
    "esy ocamlbuild omake scons waf bazel tup redo rake just snakemake nix-build rpmbuild "
    "dpkg-buildpackage makepkg".split()
)
SPREADERS = frozenset("xargs parallel find".split())  # make of one call many, where no tool does
RUN = "run"  # `rocqshim run`
ALONE = "exec"  # one rocq-exec by hand
UNSEEN = "build"  # the caller is in another PID namespace
_INTERPRETERS = frozenset("python pypy perl ruby node ocaml".split())
_SHELLS = frozenset("sh bash dash zsh fish ksh ash busybox".split())
_KNOWN = TOOLS | SPREADERS | _SHELLS
_WATCHING = frozenset((b"-w", b"--watch", b"--passive-watch-mode"))  # of dune
# `make-4.4`, `ninja-build`, `dune.exe` and `.opam-wrapped` are what they begin with.
_LETTERS = re.compile(r"\.?([a-z]+)(?:-build|-wrapped|\.[a-z]+|[-.]?\d\S*)?")
_DIGITS = 5  # bytes


class Origin(NamedTuple):
    """Where a call comes from: the ``name`` of its build.

    lasts: many builds may have this origin, one after the other: only a quiet time parts them.
    """

    name: str
    lasts: bool = False

    @property
    def alone(self) -> bool:
        """Whether the call is all that its build has."""
        return self.name.startswith(f"{ALONE}-")


def origin_of(pid: int) -> Origin:
    """The build of a call by the process ``pid``; 0: of another PID namespace.

    Some reads in /proc, of 10 us each.
    """
    own = facts_of(pid) if pid > 0 else None
    if own is None:
        return Origin(UNSEEN, lasts=True)
    above = _above(pid)
    here = [(word, each) for word, each in above if each.session == own.session]
    for tools, words in ((above, {RUN}), (here, TOOLS), (here, SPREADERS)):
        if found := [tool for tool in tools if tool[0] in words]:
            return _named(*found[-1])
    return _named(ALONE, own)


def run_above(pid: int) -> str:
    """Name the build of the outermost `rocqshim run` above the process ``pid``; "": of none."""
    found = [each for word, each in _above(pid) if word == RUN]
    return name_of(RUN, found[-1].process) if found else ""


def run_name() -> str:
    """Name the build of this process, which is a `rocqshim run`."""
    own = facts_of(os.getpid())
    return fresh_name(RUN) if own is None else name_of(RUN, own.process)


def name_of(word: str, process: Process) -> str:
    """Name the build of a process: the same whenever it is asked for, and no other's."""
    text = f"{_boot()} {process.pid} {process.start}"
    return f"{word}-{hashlib.sha256(text.encode()).hexdigest()[: 2 * _DIGITS]}"


def fresh_name(word: str) -> str:
    """Name a build of which no process tells."""
    return f"{word}-{os.urandom(_DIGITS).hex()}"


def _above(pid: int) -> list[tuple[str, Facts]]:
    return [(_word(each), each) for each in ancestors_of(pid)]


def _named(word: str, facts: Facts) -> Origin:
    words = read(facts.process.pid, "cmdline").split(b"\0") if word == "dune" else ()
    return Origin(name_of(word, facts.process), not _WATCHING.isdisjoint(words))


@functools.cache
def _boot() -> str:
    """What tells pid and start time from those before a reboot, or on another machine."""
    try:
        with open(f"{PROC}/sys/kernel/random/boot_id", encoding="ascii") as file:
            return file.read().strip()
    except OSError:  # gVisor
        return ""


def _word(facts: Facts) -> str:
    """The tool that a process is, as far as it may be one; RUN for `rocqshim run`."""
    word = _letters(facts.name)
    if word in _KNOWN:
        return word
    return _script(facts.process, facts.name)


@functools.lru_cache(maxsize=512)
def _script(process: Process, _name: bytes) -> str:
    """By its command line: `./rules` that begins with `#!/usr/bin/make -f`, `python3 scons`.

    _name: changes when another program is executed.
    """
    words = read(process.pid, "cmdline").split(b"\0")[:-1]
    if words and _letters(words[0]) in _INTERPRETERS | _SHELLS:
        words = _without_options(words[1:])
    if not words:
        return ""
    is_run = words[1:2] == [RUN.encode()]
    # `python -m rocqshim run`, or the file of that module.
    name = words[0].removesuffix(b"/__main__.py")
    return RUN if is_run and os.path.basename(name) == b"rocqshim" else _letters(name)


def _without_options(words: list[bytes]) -> list[bytes]:
    for at, word in enumerate(words):
        if word == b"-c":
            return []
        if not word.startswith(b"-"):
            return words[at:]
    return []


def _letters(name: bytes) -> str:
    text = os.path.basename(os.fsdecode(name)).lower()
    found = _LETTERS.fullmatch(text)
    return text if text in _KNOWN else found[1] if found else ""
