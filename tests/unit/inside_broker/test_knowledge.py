"""What admission is told of a file: by its source, its dependencies, and its history."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from rocqshim.admission.admit import Admission
from rocqshim.broker.knowledge import Facts, Knowledge, relative, stored_list
from rocqshim.broker.running import Asked
from rocqshim.prediction.learned import Learned
from rocqshim.prediction.model import Subject
from rocqshim.settings.machine import this_machine
from rocqshim.settings.resolve import resolve
from unit.history.support import JOB

RULES = "a.vo: a.v\nb.vo: b.v a.vo\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").write_text(
        '[tool.rocqshim]\n[[tool.rocqshim.files]]\nmatch = "b.v"\nexpected-memory = "3G"\n'
    )
    (tmp_path / ".depend").write_text(RULES)
    (tmp_path / "a.v").write_text("(* a *)")
    (tmp_path / "b.v").write_text("(* b *)")
    (tmp_path / "a.vo").write_bytes(b"x" * 1234)
    return tmp_path


def facts(knowledge: Knowledge, admission: Admission, root: Path, file: str, kind: str) -> Facts:
    settings = resolve(root, {}, this_machine())
    asked = Asked(str(root), kind, file, ("coqc", file), {}, path="/bin/sh")
    return knowledge.facts(knowledge.look(asked), asked, settings, file, admission)


def test_a_job(root: Path) -> None:
    admission = Admission(Learned())
    found = facts(Knowledge(), admission, root, "b.v", "vo")

    assert found.subject.file == str(root / "b.v")
    assert found.subject.expected == 3 << 30
    assert found.subject.loads == 1234
    assert found.subject.digest == found.source.digest != ""
    assert found.subject.compiler.split()[0].startswith("/")
    assert found.loads == (str(root / "a.v"),)
    assert found.loads_below(str(root)) == '["a.v"]'
    assert admission.graph.deps[str(root / "b.v")] == (str(root / "a.v"),)


@pytest.mark.parametrize(("kind", "file"), [("check", "a"), ("native", "a.v"), ("vo", "x.v")])
def test_a_job_without_dependencies(root: Path, kind: str, file: str) -> None:
    found = facts(Knowledge(), Admission(Learned()), root, file, kind)

    assert (found.loads, found.subject.loads) == ((), None)


def test_the_size_follows_what_was_built(root: Path) -> None:
    knowledge, admission = Knowledge(), Admission(Learned())
    first = facts(knowledge, admission, root, "a.v", "vo")
    assert facts(knowledge, admission, root, "b.v", "vo").subject.loads == 1234
    (root / "a.vo").write_bytes(b"x" * 99)
    knowledge.built(first)

    assert facts(knowledge, admission, root, "b.v", "vo").subject.loads == 99


def test_the_history_is_learned(root: Path) -> None:
    knowledge, admission = Knowledge(), Admission(Learned())
    source = facts(knowledge, admission, root, "a.v", "vo").subject
    row = replace(
        JOB, root=str(root), file="a.v", source_digest=source.digest, wall=7.0,
        compiler_id=source.compiler, loads='["z.v"]', anon_peak=50 << 20, loaded_size=0,
    )  # fmt: skip

    asyncio.run(knowledge.recall(str(root), [row], admission))

    found = admission.learned.predict(source)
    assert found.source == "unchanged"
    assert 50 << 20 <= found.peak < 70 << 20
    assert admission.graph.deps[str(root / "a.v")] == (str(root / "z.v"),)
    assert knowledge.is_recalled(str(root))


def test_one_that_was_killed_last_is_to_have_more(root: Path) -> None:
    knowledge, admission = Knowledge(), Admission(Learned(8 << 30))
    row = replace(JOB, root=str(root), file="a.v", verdict="oom-slice", anon_peak=5 << 30)
    before = facts(knowledge, admission, root, "a.v", "vo").subject

    asyncio.run(knowledge.recall(str(root), [row], admission))

    assert admission.learned.predict(before).peak >= 5 << 30


@pytest.mark.parametrize("text", [None, "", "{", "3", '{"a": 1}'])
def test_what_is_broken_in_the_history_is_nothing(text: str | None) -> None:
    assert stored_list(text) == []


def test_paths() -> None:
    assert relative("/p/a/b.v", "/p") == "a/b.v"
    assert relative("/pp/b.v", "/p") == "/pp/b.v"


ABSURD: list[dict[str, object]] = [
    {"anon_peak": 1 << 60, "memory_peak": 1 << 60},
    {"anon_peak": 1 << 60, "memory_max": None},
    {"anon_peak": -5},
    {"wall": -3.0},
    {"wall": 1e300},
    {"loaded_size": -1},
    {"verdict": "oom-slice", "anon_peak": 1 << 60},
]


@pytest.mark.parametrize("wrong", ABSURD, ids=str)
def test_a_row_that_says_what_cannot_have_been_teaches_nothing(
    root: Path, wrong: dict[str, object]
) -> None:
    good = [
        replace(JOB, root=str(root), file=f"f{n}.v", anon_peak=(50 + n) << 20, loaded_size=n)
        for n in range(12)
    ]
    bad = replace(JOB, root=str(root), file="bad.v", **wrong)  # type: ignore[arg-type]
    plain, poisoned = (Admission(Learned(8 << 30, 16 << 30)) for _ in range(2))
    asyncio.run(Knowledge().recall(str(root), good, plain))
    asyncio.run(Knowledge().recall(str(root), [*good, bad], poisoned))

    for name in ("bad.v", "new.v", "f3.v"):
        subject = Subject(str(root / name), loads=7)
        assert poisoned.learned.predict(subject) == plain.learned.predict(subject)


def test_a_promise_of_more_than_there_was_is_not_made_again(root: Path) -> None:
    """As an earlier rocqshim made them, and kept them in the history: petabytes."""
    admission = Admission(Learned(8 << 30))
    row = replace(
        JOB, root=str(root), file="a.v", verdict="oom-slice", anon_peak=1 << 30, reservation=1 << 52
    )
    asyncio.run(Knowledge().recall(str(root), [row], admission))

    assert admission.learned.predict(Subject(str(root / "a.v"))).peak <= 2 << 30


@pytest.mark.parametrize("course", ["[null]", '["a"]', "[1e400]", "[0, -7]", "[[1]]", "[true]"])
def test_a_course_that_is_none_is_no_reason_to_fail(root: Path, course: str) -> None:
    admission = Admission(Learned(8 << 30))
    rows = [replace(JOB, root=str(root), file=f"f{n}.v", course=course) for n in range(6)]
    asyncio.run(Knowledge().recall(str(root), rows, admission))

    assert admission.learned.predict(Subject(str(root / "a.v"))).peak <= 8 << 30
