"""The two lines at the end of a build, from an answer of the broker."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from rocqshim.cli.ask import NoBroker
from rocqshim.errors import UserError
from rocqshim.run import summary as module
from rocqshim.run.summary import summary

Says = Callable[..., None]
GIB = 1 << 30
SLICE = {
    "slice": "rocq-foo.slice", "backend": "systemd", "jobs": 42, "memory_peak": 4 * GIB,
    "memory_max": 6 * GIB, "unenforced": [],
}  # fmt: skip


@pytest.fixture
def says(monkeypatch: pytest.MonkeyPatch) -> Says:
    """Let the brokers give these answers, or raise this."""

    def set_answer(*answers: dict[str, Any] | Exception) -> None:
        def ask(_verb: str, _build: str) -> list[dict[str, Any]]:
            found = [answer for answer in answers if not isinstance(answer, Exception)]
            for answer in answers:
                if isinstance(answer, Exception):
                    raise answer
            return found

        monkeypatch.setattr(module, "ask_of_build", ask)

    return set_answer


def ended(file: str, verdict: str, status: int | None = 9) -> dict[str, Any]:
    return {"file": file, "verdict": verdict, "status": status}


def answer(jobs: int, *bad: dict[str, Any], **changes: Any) -> dict[str, Any]:  # noqa: ANN401
    counted = {"jobs": jobs, "bad": list(bad), "repeated": [], "refused": 0, "unlimited": 0}
    return {**counted, "slices": [SLICE], **changes}


def test_jobs_time_peak_and_slice(says: Says) -> None:
    says(answer(42))

    assert summary("b", 192) == [
        "42 jobs in 3 min 12 s: all done; peak 4G of memory-max 6G (rocq-foo.slice, systemd)"
    ]


def test_a_part_of_a_build_whose_environment_was_cleared(says: Says) -> None:
    """It has found another broker."""
    says(answer(0, slices=[]), answer(2, ended("a.v", "oom-slice")))

    first, second, *_ = summary("b", 3)

    assert first.startswith("2 jobs in 3.0 s: 1 done, 1 killed; peak 4G")
    assert second == "killed: a.v (memory-max of the slice was full)"


@pytest.mark.parametrize("found", [NoBroker("gone"), None])
def test_a_build_that_another_user_has_compiled(says: Says, found: Exception | None) -> None:
    """By sudo: neither was all up to date, nor has a broker died."""
    says(found or answer(0, slices=[]))

    assert summary("b", 3, shared=True) == ["no compiler ran as this user in 3.0 s"]


def test_what_was_not_done_is_named_with_its_reason(says: Says) -> None:
    says(
        answer(
            9,
            ended("a.v", "oom-slice"),
            ended("b\n.v", "cancelled", None),
            ended("c.v", "exit-code", 256),
            ended("d.v", "signal", 11),
            ended("e.v", "signal", 9),
            slices=[{**SLICE, "memory_peak": 0}],
        )
    )

    assert summary("b", 1) == [
        "9 jobs in 1.0 s: 4 done, 2 failed, 2 killed, 1 cancelled; "
        "memory-max 6G (rocq-foo.slice, systemd)",
        "failed: c.v (exit 1), d.v (SIGSEGV)",
        "killed: a.v (memory-max of the slice was full), e.v (by SIGKILL, and not by rocqshim)",
        "cancelled: b?.v",
        "where in it: rocqshim blame a.v",
    ]


@pytest.mark.parametrize(
    ("found", "line"),
    [
        (answer(0, slices=[]), "no compiler was called through rocq-exec in 1.0 s: all was up"),
        (answer(0, slices=[], refused=2), "2 jobs in 1.0 s: 2 refused"),
        (answer(0, slices=[], unlimited=1), "1 job in 1.0 s: 1 without limits"),
        (answer(3, refused=1), "4 jobs in 1.0 s: 3 done, 1 refused; peak"),
        (answer(1, ended("a.v", "exit-code", 256)), "1 job in 1.0 s: 1 failed; peak"),
    ],
)
def test_the_first_line_counts_every_call(says: Says, found: dict[str, Any], line: str) -> None:
    says(found)

    assert summary("b", 1)[0].startswith(line)


def test_many_killed_files_are_counted(says: Says) -> None:
    says(answer(13, *(ended(f"{number}.v", "oomd") for number in range(13))))

    assert summary("b", 1)[1].endswith("9.v (by systemd-oomd) and 3 more")


def test_two_slices_and_no_limit(says: Says) -> None:
    other = {**SLICE, "slice": "rocq-bar.slice", "memory_max": None, "backend": None}
    says(answer(43, slices=[SLICE, other]))

    assert summary("b", 1)[0].endswith(
        "systemd); peak 4G of memory-max infinity (rocq-bar.slice, no limits)"
    )


@pytest.mark.parametrize(
    ("raised", "said"),
    [(NoBroker("x"), "no broker is there"), (UserError("It broke.", "Mend it."), "It broke.")],
)
def test_what_is_not_known_is_no_error(says: Says, raised: Exception, said: str) -> None:
    says(raised)

    (line,) = summary("b", 1)

    assert line.startswith("no summary after 1.0 s: ") and said in line


def test_what_was_repeated_was_killed(says: Says) -> None:
    entry = ended("a.v", "oom-slice")
    says(answer(2, ended("b.v", "exit-code", 256), entry, repeated=[entry, entry]))

    assert summary("b", 1)[1:] == [
        "failed: b.v (exit 1)",
        "killed, and repeated: a.v (memory-max of the slice was full)",
        "killed: a.v (memory-max of the slice was full)",
        "where in it: rocqshim blame a.v",
    ]
    says(answer(2, repeated=[entry]))
    assert summary("b", 1) == [
        "2 jobs in 1.0 s: all done; peak 4G of memory-max 6G (rocq-foo.slice, systemd)",
        "killed, and repeated: a.v (memory-max of the slice was full)",
    ]
