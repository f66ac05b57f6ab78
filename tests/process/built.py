"""A small build that the history has."""

from __future__ import annotations

from .installed import Installed, eventually

RULE = "%.vo: %.v\n\trocq-exec coqc $<\n"


def build(here: Installed, coqc: str, names: str) -> None:
    """Build a file of each name with the script ``coqc``; b needs a. It is recorded then."""
    here.program("coqc", coqc)
    here.settings("")
    objects = " ".join(f"{name}.vo" for name in names)
    here.write("Makefile", f"all: {objects}\nb.vo: a.vo\n{RULE}")
    here.write(".depend", "".join(f"{n}.vo: {n}.v{' a.vo' * (n == 'b')}\n" for n in names))
    for name in names:
        here.write(f"{name}.v", f"(* {name} *)\n")
    assert here.run("run", "--", "make", "-j2").returncode == 0
    counted = [str(len(names))] * 2
    eventually(lambda: here.run("history").stdout.split()[-6:-4] == counted)
