"""A project that would hold its reader up for ever, beside one that must not notice."""

from __future__ import annotations

import os
import socket
import stat
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from launcher.processes import eventually
from launcher.shim import Shim

READ = ("pyproject.toml", ".depend", ".Makefile.coq.d", "A.v.d", "A.v", "_CoqProject", "Makefile")
STALL = 5.0  # seconds; on a machine with other work. It was a minute, and three of those
MATCH = 'exclusive = true\nmatch = "{}"\n'
RULE = "[[tool.rocqshim.files]]\n"


def sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(1 << 30)


def listening(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as bound:
        folder = os.open(path.parent, os.O_RDONLY)
        bound.bind(f"/proc/self/fd/{folder}/{path.name}")
        os.close(folder)


def device(path: Path) -> None:
    try:
        os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, 5))  # /dev/zero has no end
    except PermissionError:
        path.symlink_to("/dev/zero")


ODD: dict[str, Callable[[Path], None]] = {
    "fifo": os.mkfifo,
    "socket": listening,
    "device": device,
    "directory": Path.mkdir,
    "link to itself": lambda path: path.symlink_to(path.name),
    "1 GB": sparse,
}


def pyproject(text: str) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        (folder / "pyproject.toml").write_text(f"[tool.rocqshim]\n{text}")

    return write


def depend(text: str) -> Callable[[Path], None]:
    return lambda folder: (folder / ".depend").write_text(text) and None


def deep_links(folder: Path) -> None:
    """Each leads to the one before, by a detour: whoever resolves them one by one needs years."""
    (folder / "l0").mkdir()
    for number in range(1, 39):
        (folder / f"l{number}").symlink_to(f"l{number - 1}/../l{number - 1}")
    (folder / ".depend").symlink_to("l38/../l38/none")


def many_names(folder: Path) -> None:
    for number in range(3000):
        (folder / f".{number:0>240}.d").symlink_to("/dev/zero")


HOSTILE: dict[str, Callable[[Path], None]] = {
    **{
        f"{odd}, {name}": lambda folder, odd=odd, name=name: ODD[odd](folder / name)
        for odd in ODD
        for name in READ
        if (odd, name) not in {("directory", "A.v")}
    },
    "a pattern": pyproject(RULE + MATCH.format("*a" * 30 + "b")),
    "patterns": pyproject((RULE + MATCH.format("**/*a*" * 60 + "b")) * 250),
    "100,000 rules": pyproject((RULE + MATCH.format("A.v")) * 100_000),
    "as many rules as may be": pyproject((RULE + MATCH.format("*.v")) * 2000),
    "parts of a key": pyproject(".".join("a" * 60_000) + " = 1\n"),
    "nested tables": pyproject("a = " + "{a=" * 20_000 + "1" + "}" * 20_000),
    "nested arrays": pyproject("a = " + "[" * 50_000 + "]" * 50_000),
    "unknown settings": pyproject("".join(f"a{it} = 1\n" for it in range(10_000))),
    "needs of one file": depend("A.vo: A.v" + "".join(f" b{it}.vo" for it in range(100_000))),
    "100,000 files": depend(
        "A.vo: A.v\n" + "".join(f"b{it}.vo: b{it}.v\n" for it in range(100_000))
    ),
    "a long chain": depend(
        "A.vo: b0.vo\n" + "".join(f"b{it}.vo: b{it + 1}.vo\n" for it in range(9_000))
    ),
    "a circle": depend("A.vo: B.vo\nB.vo: A.vo\n"),
    "no line ends": depend("A.vo: " + "\\" * 3_000_000),
    "deep links": deep_links,
    "names": many_names,
}  # fmt: skip


@contextmanager
def watched(shim: Shim) -> Iterator[list[float]]:
    """How long each answer of the broker took meanwhile, in seconds."""
    took: list[float] = []
    is_over = threading.Event()

    def ask() -> None:
        while not is_over.is_set():
            began = time.monotonic()
            shim.ask("status", all="1")
            took.append(time.monotonic() - began)

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        yield took
    finally:
        is_over.set()
        asking.join()


@pytest.fixture
def innocent(shim: Shim) -> Shim:
    shim.program("coqc", "#!/bin/sh\nexit 0\n")
    (shim.work / "A.v").write_text("(* nothing *)")
    (shim.work / "aaaa.v").touch()
    assert shim.run("coqc", "A.v").returncode == 0
    return shim


@pytest.mark.parametrize(
    "names", [[name for name in HOSTILE if name.startswith(odd)] for odd in ODD], ids=list(ODD)
)
def test_files_that_are_none(innocent: Shim, names: list[str]) -> None:
    beside(innocent, names)


@pytest.mark.parametrize("name", [name for name in HOSTILE if ", " not in name])
def test_files_that_take_long(innocent: Shim, name: str) -> None:
    beside(innocent, [name])


def beside(shim: Shim, names: list[str]) -> None:
    """The calls of the hostile ones come first; all end, and the innocent one's well, and soon."""
    folders = [shim.folder / f"hostile{number}" for number in range(len(names))]
    for folder, name in zip(folders, names, strict=True):
        folder.mkdir()
        HOSTILE[name](folder)
    file = "a" * 200 + ".v"
    with watched(shim) as took:
        calls = [shim.start("coqc", each, cwd=it) for it in folders for each in ("A.v", file)]
        began = time.monotonic()
        for _ in range(3):
            done = shim.run("coqc", "A.v")
            assert (done.returncode, done.stderr) == (0, b"")
        lasted = time.monotonic() - began
        ended = [call.wait(60) for call in calls]
        for call in calls:
            call.communicate()

    assert set(ended) <= {0, 125}
    assert lasted < STALL and max(took, default=0.0) < STALL
    rows = eventually(lambda: [it for it in shim.history() if it["root"] == str(shim.work)][3:])
    assert {row["verdict"] for row in rows} == {"success"}
