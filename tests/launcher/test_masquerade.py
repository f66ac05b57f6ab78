"""Launchers under the names of tools: the tool behind them, once, and with the right argv[0]."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rocqshim.shims.folder import renew

from .masquerade import SAYS, Masquerade
from .processes import eventually
from .shim import Shim, finish


@pytest.fixture(scope="module")
def there(warm: Shim, bin_folder: Path) -> Iterator[Masquerade]:
    made = Masquerade(warm)
    (warm.work / "a.v").touch()
    for name in ("coqc", "coqchk", "rocq"):  # the launcher itself under the name of a tool
        (made.folder / "x").mkdir(exist_ok=True)
        (made.folder / "x" / name).symlink_to(bin_folder / "rocq-exec")
    yield made


def call(
    there: Masquerade,
    row: str,
    *words: str,
    **options: Any,  # noqa: ANN401
) -> subprocess.CompletedProcess[bytes]:
    """Call ``words`` as a shell does with this PATH."""
    shim = there.shim
    env = {"PATH": there.path(row), "WRAPPED": str(there.wrapped), **options.pop("env", {})}
    return finish(shim.popen(["/bin/sh", "-c", '"$@"', "sh", *words], env=env, **options))


def jobs(shim: Shim) -> int:
    assert not shim.jobs()
    return len(shim.history())


# PATH, and the wrappers that are passed, each once.
ROWS: dict[str, list[str]] = {
    "r": [],
    "s1:r": [],
    "s1:s1:r": [],
    "s1:s2:r": [],
    "s2:s1:s2:r": [],
    "s1:l:r": [],
    "l:s1:r": [],
    "l:r": [],
    "c:r": [],
    "s1:c:r": [],
    "c:s1:r": [],
    "x:r": [],
    "s1:x:r": [],
    "x:s1:r": [],
    "s1::r": [],
    ":s1:r": [],
    "empty:s1:empty:r": [],
    "s1:next:r": ["next"],
    "next:s1:r": ["next"],
    "s1:next:s2:r": ["next"],
    "s1:next:next2:r": ["next", "next2"],
    # These two would call each other for ever, without any launcher between them.
    "next:s1:next2:s2:r": ["next", "next", "next2"],
    "s1:behind:r": ["behind"],
    "behind:s1:r": ["behind"],
    "s1:behind:s2:r": ["behind"],
    "s1:child:r": ["child"],
    # It calls `rocq-exec coqc`, which knows of nothing before it; once more, and not for ever.
    "child:s1:r": ["child", "child"],
    "child:r": ["child", "child"],
    "s1:child:s2:next:r": ["child", "next"],
    "x:next:x:r": ["next"],
}


@pytest.mark.parametrize("words", ["-q a.v", "--config"], ids=["job", "probe"])
@pytest.mark.parametrize("row", ROWS)
def test_the_tool_behind_it(there: Masquerade, row: str, words: str) -> None:
    before = jobs(there.shim)

    done = call(there, row, "coqc", *words.split())

    assert done.stdout.decode() == f"{there.folder}/r/coqc {words}\n"
    assert (done.returncode, done.stderr) == (0, b"")
    assert sorted(there.wrappers()) == ROWS[row]
    is_job = words == "-q a.v" and row != "r"
    eventually(lambda: jobs(there.shim) == before + is_job)


@pytest.mark.parametrize("name", ["coqchk", "rocqchk"])
@pytest.mark.parametrize("row", ["s1:r", "l:r", "x:s2:r"])
def test_argv_0_is_the_tool_itself(there: Masquerade, row: str, name: str) -> None:
    """Beside it Coq 8.20 looks for coqworker.opt, and `rocq check` for rocqchk."""
    done = call(there, row, name, "/proc/self/cmdline")

    real = str(there.folder / "r" / name).encode()
    assert done.stdout == real + b"\0/proc/self/cmdline\0"


def test_argv_0_behind_links(there: Masquerade) -> None:
    """A link to a tool elsewhere: there its workers are. A program of another name needs it."""
    links = there.folder / "links"
    links.mkdir()
    (links / "coqchk").symlink_to("../r/coqchk")
    (links / "rocqchk").symlink_to("/bin/cat")

    own, other = (call(there, "s1:links", it, "/proc/self/cmdline") for it in ("coqchk", "rocqchk"))

    assert own.stdout.split(b"\0")[0].endswith(b"/path/links/../r/coqchk")
    assert other.stdout.split(b"\0")[0].endswith(b"/path/links/rocqchk")


def test_relative_and_empty_entries_of_path(there: Masquerade) -> None:
    rows = {"../s1:r": "empty", "./../s1:r": "r", ":r": "s1", "s1:../r": "c", "s1::empty": "r",
            ".:./:r": "l"}  # fmt: skip
    for row, folder in rows.items():
        done = call(there, row, "coqchk", "/proc/self/cmdline", cwd=there.folder / folder)

        first = done.stdout.split(b"\0")[0].decode()
        assert os.path.isabs(first) and os.path.samefile(first, there.folder / "r/coqchk"), row


@pytest.mark.parametrize("row", ["s1:r", "s1:next:r", "x:r", "r"])
@pytest.mark.parametrize("words", ["coqc -q a.v", "-q a.v", "-- coqc a.v"])
def test_rocq_exec_before_them(there: Masquerade, row: str, words: str) -> None:
    """`rocqshim run` sets COQC, and PATH: no compiler is wrapped twice."""
    before = len(there.shim.history())
    env = {"PATH": there.path(row), "WRAPPED": str(there.wrapped)}

    done = there.shim.run(*words.split(), env=env)

    assert done.stdout.decode().startswith(f"{there.folder}/r/coqc ")
    assert sorted(there.wrappers()) == ROWS[row]
    assert len(eventually(lambda: there.shim.history()[before:])) == 1


@pytest.mark.parametrize("launcher", ["s1/coqchk", "x/coqchk", "l/coqchk"])
def test_rocq_exec_before_one_by_its_path(there: Masquerade, launcher: str) -> None:
    """As dune does it: `rocq-exec %{bin:coqc}`."""
    word = str(there.folder / launcher)
    done = there.shim.run(word, "/proc/self/cmdline", env={"PATH": there.path("s1:r")})

    assert done.stdout.split(b"\0")[0].decode() == f"{there.folder}/r/coqchk"


def test_by_its_path_without_the_folder_in_path(there: Masquerade) -> None:
    """An editor's setting."""
    done = call(there, "r", str(there.folder / "s1/coqtop"), "-q")

    assert done.stdout.decode() == f"{there.folder}/r/coqtop -q\n"


@pytest.mark.parametrize("row", ["empty", "other", "s2:other"])
def test_by_its_path_it_is_the_tool_that_it_was_written_for(there: Masquerade, row: str) -> None:
    """An editor that was started from a menu has another PATH than the shell, or an older Coq."""
    there.add("other/coqtop", "#!/bin/sh\necho another one\n")

    done = call(there, row, str(there.folder / "s1/coqtop"), "-q")

    assert done.stdout.decode() == f"{there.folder}/r/coqtop -q\n"
    in_path = call(there, "s1:other", "coqtop", "-q")
    assert in_path.stdout == b"another one\n"


def test_by_its_path_and_that_tool_has_gone(there: Masquerade) -> None:
    old = str(there.add("old-switch/coqtop", SAYS))
    renew(there.folder / "old", {"coqtop": old})
    os.unlink(old)

    done = call(there, "r", str(there.folder / "old/coqtop"), "-q")

    assert done.stdout.decode() == f"{there.folder}/r/coqtop -q\n"


def test_a_link_to_one(there: Masquerade) -> None:
    """It was written for its tool, and stands for that by whatever name."""
    link = there.folder / "my-coqc"
    link.symlink_to("s2/coqc")

    assert call(there, "r", str(link), "-v").stdout.decode() == f"{there.folder}/r/coqc -v\n"


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("rocq", "/r/rocq"),
        ("rocq dep a.v", "/r/rocq dep a.v"),
        ("rocq makefile -f _RocqProject", "/r/rocq makefile -f _RocqProject"),
        ("rocq --print-version", "/r/rocq --print-version"),
        ("rocq c -where", "/r/rocq c -where"),
        ("rocq check a.vo", "/r/rocq check a.vo"),
        ("rocq c -q a.v", "/r/rocq c -q a.v"),
    ],
)
@pytest.mark.parametrize("row", ["s1:r", "x:r"])
def test_rocq(there: Masquerade, row: str, words: str, shown: str) -> None:
    done = call(there, row, *words.split())

    assert (done.stdout.decode(), done.stderr) == (f"{there.folder}{shown}\n", b"")


def test_rocq_makefile_is_called_as_it_was(there: Masquerade) -> None:
    """It writes argv[0] into the files that it makes."""
    (there.folder / "named").mkdir()
    os.link(there.folder / "r/coqchk", there.folder / "named/rocq")  # cat: says its argv[0]

    done = call(there, "s1:named", "rocq", "makefile", "/proc/self/cmdline", cwd=there.folder)

    assert done.stdout.split(b"\0")[0] == b"rocq"


@pytest.mark.parametrize("row", ["s1", "s1:s2:c:x", "x"])
def test_nothing_behind_it(there: Masquerade, row: str) -> None:
    done = call(there, row, "coqchk", env={"PATH": there.path(row, rest=there.tools())})

    said = b"rocq-exec: coqchk: PATH has only launchers of rocqshim for it\n"
    assert (done.returncode, done.stdout, done.stderr) == (127, b"", said)


@pytest.mark.parametrize("row", ["s1:next", "s1:next:next2:x", "next:s1", "s1:child"])
@pytest.mark.parametrize("words", ["-q a.v", "-v"])
def test_wrappers_that_find_nothing_else_do_not_go_on_for_ever(
    there: Masquerade, row: str, words: str
) -> None:
    env = {"PATH": there.path(row, rest=there.tools())}

    done = call(there, row, "coqc", *words.split(), env=env)

    assert done.returncode == 127
    assert b"wrappers that call each other" in done.stderr
    assert len(there.wrappers()) < 20


def test_a_compiler_that_calls_its_own_name(there: Masquerade) -> None:
    """It gets itself, and not another version that happens to be behind it in PATH."""
    there.add("twice/helper", '#!/bin/sh\n[ "$1" = inner ] && echo "$0" || coqc inner\n')
    there.add("old/coqc", "#!/bin/sh\necho an older one\n")
    # A binary, as compilers are: a copy of sh that is given its script.
    (there.folder / "own").mkdir()
    (there.folder / "own/coqc").write_bytes(Path("/bin/sh").read_bytes())
    (there.folder / "own/coqc").chmod(0o755)

    done = call(there, "s1:own:old", "coqc", "-c", 'coqc -c "echo inner"')

    assert (done.stdout, done.stderr) == (b"inner\n", b"")


def test_inside_a_job_it_asks_nobody(there: Masquerade) -> None:
    env = {"ROCQSHIM_JOB": "x.slice/job-1", "XDG_RUNTIME_DIR": "/nonexistent"}
    before = len(there.shim.history())

    done = call(there, "s1:r", "coqc", "a.v", env=env)

    assert (done.returncode, done.stderr) == (0, b"")
    assert len(there.shim.history()) == before
