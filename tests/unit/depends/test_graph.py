"""Who loads whom: found by coq_makefile, dune and plain make, and read again when it changes."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from rocqshim.depends import graph
from rocqshim.depends.graph import Graph
from rocqshim.depends.sizes import Sizes

RULES = "B.vo B.glob: B.v A.vo\nC.vo C.glob: C.v B.vo A.vo\nA.vo A.glob: A.v\n"


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look at the files each time."""
    monkeypatch.setattr(graph, "FRESH", 0.0)


def known(found: Graph, root: Path) -> dict[str, set[str]]:
    def short(path: str) -> str:
        return os.path.relpath(path, root)

    return {short(name): set(map(short, needed)) for name, needed in found.loads.items()}


ALL = {"A.vo": set(), "B.vo": {"A.vo"}, "C.vo": {"A.vo", "B.vo"}}


@pytest.mark.parametrize("name", [".CoqMakefile.d", ".Makefile.coq.d", ".depend", "deps.mk"])
def test_one_file_for_all(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(RULES)
    found = Graph()

    assert found.learn(str(tmp_path), str(tmp_path / "A.v"))
    assert known(found, tmp_path) == ALL
    assert not found.learn(str(tmp_path), str(tmp_path / "C.v"))


@pytest.mark.parametrize("name", ["B.v.d", ".B.d", "B.d"])
def test_one_file_each(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("B.vo B.glob: B.v A.vo\n")
    found = Graph()

    assert found.learn(str(tmp_path), str(tmp_path / "B.v"))
    assert known(found, tmp_path) == {"B.vo": {"A.vo"}}


def test_a_file_that_speaks_of_others_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / ".depend").write_text("main.o: main.c\nother/X.vo: other/X.v\n")

    assert not Graph().learn(str(tmp_path), str(tmp_path / "A.v"))


def test_dune_calls_coqdep_below_the_compiler(tmp_path: Path) -> None:
    build = tmp_path / "_build/default"
    (build / "th/sub").mkdir(parents=True)
    (build / "th/sub/B.v.d").write_text("sub/B.vo sub/B.glob: sub/B.v ./A.vo\n")
    found = Graph()

    assert found.learn(str(build), str(build / "th/sub/B.v"))
    assert known(found, build) == {"th/sub/B.vo": {"th/A.vo"}}


@pytest.mark.parametrize("base", ["", "th/"])
def test_dune_has_one_file_for_a_theory(tmp_path: Path, base: str) -> None:
    build = tmp_path / "_build/default"
    (build / "th/sub").mkdir(parents=True)
    text = f"{base}sub/B.vo {base}sub/B.glob: {base}sub/B.v {base}A.vo\n"
    (build / "th/.Demo.theory.d").write_text(text)
    found = Graph()

    assert found.learn(str(build), str(build / "th/sub/B.v"))
    assert known(found, build) == {"th/sub/B.vo": {"th/A.vo"}}


def test_a_change_is_seen(tmp_path: Path, fresh: None) -> None:
    rules = tmp_path / ".Makefile.coq.d"
    rules.write_text(RULES)
    found = Graph()
    found.learn(str(tmp_path), str(tmp_path / "B.v"))
    assert not found.learn(str(tmp_path), str(tmp_path / "B.v"))

    rules.write_text(RULES.replace("B.v A.vo", "B.v"))

    assert found.learn(str(tmp_path), str(tmp_path / "B.v"))
    assert known(found, tmp_path)["B.vo"] == set()


@pytest.mark.parametrize("text", ["", "\0\xff" * 100, "A.vo: " + "x" * 99999])
def test_a_broken_file_does_no_harm(tmp_path: Path, text: str) -> None:
    (tmp_path / ".x.d").write_text(text)
    (tmp_path / ".y.d").mkdir()
    Graph().learn(str(tmp_path), str(tmp_path / "A.v"))


def test_everything_that_is_loaded(tmp_path: Path) -> None:
    (tmp_path / ".x.d").write_text(f"{RULES}D.vo: D.v C.vo E.vo\nE.vo: E.v D.vo\n")
    found = Graph()
    found.learn(str(tmp_path), str(tmp_path / "A.v"))

    def closure(name: str) -> list[str]:
        return sorted(map(os.path.basename, found.closure(str(tmp_path / name))))

    assert closure("A.vo") == []
    assert closure("C.vo") == ["A.vo", "B.vo"]
    assert closure("D.vo") == ["A.vo", "B.vo", "C.vo", "E.vo"]  # it needs E, which needs it
    assert closure("unknown.vo") == []


def test_the_size_of_it(tmp_path: Path) -> None:
    (tmp_path / "A.vo").write_bytes(b"x" * 100)
    (tmp_path / "B.vo").write_bytes(b"x" * 20)
    (tmp_path / "B.vos").write_bytes(b"x" * 3)
    (tmp_path / "A.vos").touch()  # says: load the .vo
    paths = [str(tmp_path / name) for name in ("A.vo", "B.vo", "C.vo")]
    sizes = Sizes()

    assert sizes.total(paths, "vo") == 120
    assert sizes.total(paths, "vos") == 103
    (tmp_path / "A.vo").write_bytes(b"x" * 50)
    assert sizes.total(paths, "vo") == 120
    sizes.forget(paths[0])
    assert sizes.total(paths, "vo") == 70
    (tmp_path / "B.vo").unlink()
    sizes.clear()
    assert sizes.total(paths, "vo") == 50


def test_what_coq_makefile_really_writes(tmp_path: Path) -> None:
    if not shutil.which("coq_makefile"):
        pytest.skip("there is no coq_makefile here: apt-get install coq")
    for name, text in {"A": "", "B": "Require Import A.\n", "C": "Require Import A B.\n"}.items():
        (tmp_path / f"{name}.v").write_text(text)
    command = "coq_makefile -R . Top A.v B.v C.v -o CoqMakefile && make -f CoqMakefile A.vo"
    subprocess.run(["sh", "-c", command], cwd=tmp_path, check=True, capture_output=True)
    found = Graph()

    assert found.learn(str(tmp_path), str(tmp_path / "C.v"))
    assert known(found, tmp_path) == ALL
