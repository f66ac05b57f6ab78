"""What a project has put there is read only where it is a file, and of a sensible size."""

from __future__ import annotations

import os
import socket
import stat
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from rocqshim.blame.call import find_call
from rocqshim.broker.source import Source, Sources
from rocqshim.depends.graph import Graph
from rocqshim.doctor.host import Host
from rocqshim.doctor.wiring.opam import is_wrapped
from rocqshim.doctor.wiring.shim import is_shim
from rocqshim.errors import UserError
from rocqshim.files import read_text
from rocqshim.launch import settled
from rocqshim.regular import read_head, read_regular
from rocqshim.settings import sources
from rocqshim.setup.hint import including, to_add
from rocqshim.shims.folder import is_current, is_ours


def sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(1 << 30)


def listening(path: Path) -> None:
    bound = socket.socket(socket.AF_UNIX)
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
    "link to a terminal": lambda path: path.symlink_to("/dev/tty"),
    "1 GB": sparse,
}
NAMES = (
    "A.v A.v.d .depend .Makefile.coq.d pyproject.toml _CoqProject Makefile Makefile.local coqc "
    "config"
).split()


def graph(folder: Path) -> object:
    return Graph().learn(str(folder), str(folder / "B.v"))


def refused(action: Callable[[], object]) -> object:
    try:
        return action()
    except UserError as error:
        return error


READERS: dict[str, Callable[[Path], object]] = {
    "source": lambda it: Sources().of(str(it / "A.v")),
    "dependencies": graph,
    "settings": lambda it: refused(lambda: sources.read(str(it / "pyproject.toml"))),
    "settings of the launcher": lambda it: settled._read(str(it / "pyproject.toml")),
    "init, mk": lambda it: refused(lambda: read_text(it / "Makefile")),
    "include": lambda it: including(it, "Makefile"),
    "hint": lambda it: to_add(it, it / "Makefile", it),
    "blame": lambda it: refused(lambda: find_call(None, str(it), "A.v")),
    "launchers": lambda it: is_ours(it / "coqc") or is_current(it / "coqc", "/bin/sh"),
    "doctor": lambda it: Host().read(str(it / "Makefile")),
    "doctor, programs": lambda it: is_shim(str(it / "coqc")),
    "doctor, opam": lambda it: is_wrapped({"OPAMROOT": str(it)}),
}


@pytest.mark.parametrize("odd", ODD)
def test_nobody_waits_for_what_is_no_file(odd: str, tmp_path: Path) -> None:
    for name in NAMES:
        ODD[odd](tmp_path / name)

    for name, reader in READERS.items():
        reading = threading.Thread(target=reader, args=(tmp_path,), daemon=True)
        reading.start()
        reading.join(20)
        assert not reading.is_alive(), name


@pytest.mark.parametrize("odd", [name for name in ODD if name != "1 GB"])
def test_it_is_an_error(odd: str, tmp_path: Path) -> None:
    ODD[odd](tmp_path / "x")

    for read in (lambda: read_regular(tmp_path / "x"), lambda: read_head(tmp_path / "x", 1)):
        with pytest.raises(OSError, match=r"regular file|Is a directory|symbolic links|No such"):
            read()


def test_a_size_that_is_no_file_s(tmp_path: Path) -> None:
    sparse(tmp_path / "x")

    with pytest.raises(OSError, match="it is larger than 5 bytes"):
        read_regular(tmp_path / "x", 5)
    assert read_head(tmp_path / "x", 3) == bytes(3)
    assert Sources().of(str(tmp_path / "x")) == Source(1 << 30, "")


def test_one_that_takes_the_place_of_a_file_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "x").write_text("a")
    opened = os.open

    def swap(path: str, *rest: int) -> int:
        os.unlink(path)
        os.mkfifo(path)
        return opened(path, *rest)

    monkeypatch.setattr("os.open", swap)
    with pytest.raises(OSError, match="regular file"):
        read_regular(str(tmp_path / "x"))


def test_a_file_of_proc_has_no_size_and_is_read() -> None:
    assert read_regular("/proc/self/cmdline")
