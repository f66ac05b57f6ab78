"""What is a job and what is a probe: every compiler name, flag and subcommand of 8.16 to 9.3."""

from __future__ import annotations

import pytest

from rocqshim.launch.call import (
    CHECKER_TAKES,
    PASSED_PROGRAMS,
    PROBE_FLAGS,
    SUBCOMMANDS,
    TAKES,
    read_call,
)
from rocqshim.launch.program import unnested

# A call as make, dune or a person writes it → the kind of job (None: a probe) and its file.
CALLS: dict[str, tuple[str | None, str]] = {
    # coq_makefile, Coq 8.16 to 8.20
    "coqc -q -w +default -R . Foo a.v": ("vo", "a.v"),
    "coqc -time-file a.v.timing -q -R . Foo sub/a.v": ("vo", "sub/a.v"),
    "coqc -q -R . Foo -vos a.v": ("vos", "a.v"),
    "coqc -q -R . Foo -vok a.v": ("vok", "a.v"),
    "coqc -q -R . Foo -vio a.v": ("vio", "a.v"),
    "coqc -q -beautify a.v": ("vo", "a.v"),
    "coqc -q -schedule-vio2vo 4 a.vio b.vio": ("vo", "b.vio"),
    "coqc -q -schedule-vio-checking 4 a.vio b.vio": ("vo", "b.vio"),
    "coqc -q -schedule-vio2vo 4 a b": ("vo", "b"),
    "coqc -vio2vo a.vio": ("vo", "a.vio"),
    "coqc -check-vio-tasks 1,2 a": ("vo", "a"),
    "coqchk -silent -o -R . Foo a.vo b.vo": ("check", "b.vo"),
    "coqchk -R . Foo Foo.a": ("check", "Foo.a"),
    "coqnative -R . Foo a.vo": ("native", "a.vo"),
    "coqc.opt a.v": ("vo", "a.v"),
    "coqc.byte a.v": ("vo", "a.v"),
    "/usr/lib/coq/bin/coqc a.v": ("vo", "a.v"),
    "./bin/coqc a.v": ("vo", "a.v"),
    # As CoRN's SConstruct calls it: without .v, which the compiler adds, and not last.
    "coqc A -R . X": ("vo", "A.v"),
    "coqc dir/A -q": ("vo", "dir/A.v"),
    "coqc -vos A": ("vos", "A.v"),
    "coqc -R . X a.v -time-file b.v": ("vo", "a.v"),
    "coqc a.v -o b.v": ("vo", "a.v"),
    "coqc -quick a.v": ("vio", "a.v"),
    "coqc no-such-file": ("vo", "no-such-file.v"),
    "coqc -q": ("other", "coqc"),
    "coqc -l a.v": ("other", "a.v"),
    "coqchk -R . Foo Foo.a -silent": ("check", "Foo.a"),
    "coqchk -R . Foo -norec Foo.a": ("check", "Foo.a"),
    "coqchk -silent": ("check", "coqchk"),
    "coqtop -q -batch -quiet -print-mod-uid a.vo": (None, ""),
    "coqtop -batch": ("other", "coqtop"),
    "coqtop -R . a.v": ("interactive", "coqtop"),
    "rocq -debug-shim c a.v": ("vo", "a.v"),
    # Rocq 9
    "rocq compile -q -R . Foo a.v": ("vo", "a.v"),
    "rocq c -q -R . Foo a.v": ("vo", "a.v"),
    "rocq c -vos a.v": ("vos", "a.v"),
    "rocq c -vok a.v": ("vok", "a.v"),
    "rocqc a.v": ("vo", "a.v"),
    "rocqchk -silent a.vo": ("check", "a.vo"),
    "rocq check -R . Foo a.vo": ("check", "a.vo"),
    "rocq native-precompile -R . Foo a.vo": ("native", "a.vo"),
    "rocqworker --kind=compile -o a.vo a": ("vo", "a.v"),
    "rocqworker --kind=repl -q": ("interactive", "rocqworker"),
    "rocqworker --kind=tactic -I b.v": ("other", "b.v"),
    "rocqworker --kind=compile --config": (None, ""),
    # Toplevels and editors' servers: somebody sits before them, but for -batch.
    "coqtop -batch -l a.v": ("other", "a.v"),
    "rocq repl -batch -l a.v": ("other", "a.v"),
    "rocq top-with-drop": ("interactive", "rocq"),
    "coqidetop.opt -topfile a.v -main-channel stdfds": ("interactive", "a.v"),
    "coqidetop -batch": ("interactive", "coqidetop"),
    "/opt/bin/vscoqtop -bt": ("interactive", "vscoqtop"),
    "rocq-lsp": ("interactive", "rocq-lsp"),
    "fcc --root . a.v": ("other", "a.v"),
    "coqtop": ("interactive", "coqtop"),
    "coqtop -l a.v": ("interactive", "a.v"),
    "rocq repl": ("interactive", "rocq"),
    "rocq top -R . Foo": ("interactive", "rocq"),
    "rocq repl-with-drop": ("interactive", "rocq"),
    "coqidetop -main-channel stdfds": ("interactive", "coqidetop"),
    "vsrocqtop": ("interactive", "vsrocqtop"),
    "coq-lsp": ("interactive", "coq-lsp"),
    # Unknown programs are jobs: `time`, ocamlfind, a wrapper of the project.
    "true": ("other", "true"),
    "sh -c exit": ("other", "sh"),
    "/usr/bin/time -f %e coqc -q a.v": ("other", "a.v"),
    "timeout 60 coqc A -R . X": ("other", "A.v"),
    "env X=1 rocq c -topfile b.v sub/A": ("other", "sub/A.v"),
    "nice coqchk -silent -o X": ("other", "X"),
    "time coqc --version": ("other", "time"),
    "ocamlfind ocamlopt -c a.ml": ("other", "ocamlfind"),
    "etc/coqc-wrapper.sh a.v": ("other", "a.v"),
    # Probes
    "coqc --print-version": (None, ""),
    "coqc -v": (None, ""),
    "coqc --version": (None, ""),
    "coqc -where": (None, ""),
    "coqc --config": (None, ""),
    "coqc -config": (None, ""),
    "coqc -print-version": (None, ""),
    "coqc -R . Foo -where": (None, ""),
    "coqc": (None, ""),
    "coqtop --version": (None, ""),
    "coqtop -where": (None, ""),
    "coqchk --help": (None, ""),
    "coqchk": (None, ""),
    "coqdep -R . Foo a.v": (None, ""),
    "coqdoc --html a.v": (None, ""),
    "coqwc a.v": (None, ""),
    "coq_makefile -f _CoqProject -o Makefile": (None, ""),
    "rocq": (None, ""),
    "rocq --print-version": (None, ""),
    "rocq -v": (None, ""),
    "rocq --version": (None, ""),
    "rocq --config": (None, ""),
    "rocq c --print-version": (None, ""),
    "rocq c --config": (None, ""),
    "rocq c": (None, ""),
    "rocq dep -R . Foo a.v": (None, ""),
    "rocq makefile -f _RocqProject": (None, ""),
    "rocq doc a.v": (None, ""),
    "rocq wc a.v": (None, ""),
    "rocq pp-mlg a.mlg": (None, ""),
    "rocq workmgr -j 2": (None, ""),
    "rocq tex a.tex": (None, ""),
    "rocq repl --version": (None, ""),
    "vsrocqtop -without-project-file -where": (None, ""),
    "vsrocqtop -v": (None, ""),
    "coq-lsp --version": (None, ""),
    "rocq no-such-subcommand": (None, ""),
}


@pytest.mark.parametrize("line", CALLS)
def test_kind_and_file(line: str) -> None:
    call = read_call(line.split())

    assert (call.kind, call.file) == CALLS[line]
    assert call.words == line.split()


@pytest.mark.parametrize("flag", sorted(PROBE_FLAGS))
@pytest.mark.parametrize(
    "program", ["coqc", "rocq c", "rocq compile", "coqtop", "coqchk", "rocq repl"]
)
def test_flags_that_print_and_end(program: str, flag: str) -> None:
    assert read_call([*program.split(), flag]).kind is None


@pytest.mark.parametrize("name", sorted(PASSED_PROGRAMS))
def test_small_tools_pass(name: str) -> None:
    assert read_call([f"/usr/bin/{name}", "a.v"]).kind is None


@pytest.mark.parametrize("name", sorted(SUBCOMMANDS))
def test_every_subcommand_has_its_kind(name: str) -> None:
    jobs = {"c", "compile", "check", "native-precompile", "repl", "repl-with-drop", "top"}
    jobs.add("top-with-drop")

    assert (read_call(["rocq", name, "a.v"]).kind is not None) == (name in jobs)


@pytest.mark.parametrize("option", TAKES)
@pytest.mark.parametrize("program", ["coqc", "rocq c"])
def test_the_value_of_an_option_is_no_file_and_no_probe(program: str, option: str) -> None:
    """Wherever it stands, and whatever it is called."""
    given = [option, *["-v", "b.v"][: TAKES[option]]]

    for words in (["a", *given], [*given, "a"]):
        call = read_call([*program.split(), *words])
        assert call.kind == "vo" and call.file in ("a", "a.v"), words


@pytest.mark.parametrize("option", CHECKER_TAKES)
@pytest.mark.parametrize("program", ["coqchk", "rocqchk", "rocq check"])
def test_the_value_of_a_checker_s_option(program: str, option: str) -> None:
    given = [option, *["-v", "b.vo"][: CHECKER_TAKES[option]]]

    for words in (["A", *given], [*given, "A", "-silent"]):
        call = read_call([*program.split(), *words])
        assert (call.kind, call.file) == ("check", "A"), words


def test_names_with_odd_bytes() -> None:
    assert read_call(["coqc", "\udcff é.v"]).file == "\udcff é.v"
    assert read_call([""]).kind == "other"


@pytest.mark.parametrize(
    ("given", "left"),
    [
        ("coqc a.v", "coqc a.v"),
        ("rocq-exec coqc a.v", "coqc a.v"),
        ("rocq-exec rocq-exec coqc a.v", "coqc a.v"),
        ("/opt/bin/rocq-exec coqc a.v", "coqc a.v"),
        ("rocq-exec -- coqc a.v", "-- coqc a.v"),
        ("-- rocq-exec coqc a.v", "coqc a.v"),
        ("-- rocq-exec -- coqc a.v", "-- coqc a.v"),
        ("rocq-exec", "rocq-exec"),
        ("rocq-exec --help", "--help"),
        ("rocq-exec -q a.v", "-q a.v"),
        ("not-rocq-exec coqc", "not-rocq-exec coqc"),
    ],
)
def test_a_launcher_in_a_launcher(given: str, left: str) -> None:
    assert unnested(given.split()) == left.split()
