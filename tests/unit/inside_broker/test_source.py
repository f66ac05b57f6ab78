"""Sources are read once for each change; a compiler is known by what really runs."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from rocqshim.broker import source
from rocqshim.broker.source import Compilers, Source, Sources


def test_a_source_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.v"
    path.write_text("Goal True. par: auto.")
    reads: list[str] = []
    real = source._read
    monkeypatch.setattr(source, "_read", lambda *words: reads.append(words[0]) or real(*words))
    sources = Sources()

    first = sources.of(str(path))
    assert sources.of(str(path)) == first
    assert (first.size, first.parallel, len(first.digest)) == (21, True, 16)
    path.write_text("Goal True. auto.")
    second = sources.of(str(path))

    assert len(reads) == 2
    assert second.digest != first.digest
    assert not second.parallel


@pytest.mark.parametrize("name", ["none", "folder", "bad\0name"])
def test_what_cannot_be_read(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()

    assert Sources().of(str(tmp_path / name)).digest == ""


def test_what_is_too_large_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "a.v"
    with path.open("wb") as file:
        file.truncate(source.LARGEST + 1)

    assert Sources().of(str(path)) == Source(source.LARGEST + 1, "")


def program(path: Path, size: int) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x" * size)
    os.utime(path, (1000, 1000))
    return path


def test_a_link_is_followed(tmp_path: Path) -> None:
    real = program(tmp_path / "lib/coqc.opt", 7)
    (tmp_path / "coqc").symlink_to(real)

    assert Compilers().identity(str(tmp_path / "coqc")) == f"{real} 7 1000"


@pytest.mark.parametrize(
    "folder", ["lib/rocq-runtime", "lib/ocaml/5.4.1/rocq-runtime", "lib/x/ocaml/5.4/rocq-runtime"]
)
def test_rocq_is_its_worker(tmp_path: Path, folder: str) -> None:
    rocq, coqc = (program(tmp_path / "bin" / name, 10) for name in ("rocq", "coqc"))
    worker = program(tmp_path / folder / "rocqworker", 99)
    compilers = Compilers()

    assert compilers.identity(str(rocq)) == f"{worker} 99 1000"
    assert compilers.identity(str(coqc)) == f"{worker} 99 1000"
    program(worker, 100)
    assert compilers.identity(str(rocq)) == f"{worker} 100 1000"


def test_the_coqc_before_nine_is_the_compiler(tmp_path: Path) -> None:
    coqc = program(tmp_path / "bin/coqc", 100)
    program(tmp_path / "lib/rocq-runtime/rocqworker", 99)

    assert Compilers().identity(str(coqc)) == f"{coqc} 100 1000"


def test_no_compiler(tmp_path: Path) -> None:
    assert Compilers().identity("") == ""
    assert Compilers().identity(str(tmp_path / "none")) == ""
