"""The two lines at the end of a build, from an answer of the broker."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from rocqshim.cli.ask import NoBroker
from rocqshim.errors import UserError
from rocqshim.run import summary as module
from rocqshim.run.summary import summary

Says = Callable[["dict[str, Any] | Exception"], None]
GIB = 1 << 30
SLICE = {
    "slice": "rocq-foo.slice", "backend": "systemd", "jobs": 42, "memory_peak": 4 * GIB,
    "memory_max": 6 * GIB, "unenforced": [],
}  # fmt: skip


@pytest.fixture
def says(monkeypatch: pytest.MonkeyPatch) -> Says:
    """Let the broker give this answer, or raise this."""

    def set_answer(answer: dict[str, Any] | Exception) -> None:
        def ask(_verb: str, _fields: object) -> dict[str, Any]:
            if isinstance(answer, Exception):
                raise answer
            return answer

        monkeypatch.setattr(module, "ask", ask)

    return set_answer


def test_jobs_time_peak_and_slice(says: Says) -> None:
    says({"jobs": 42, "killed": [], "slices": [SLICE]})

    assert summary("b", 192) == [
        "42 jobs in 3 min 12 s, peak 4G of memory-max 6G (rocq-foo.slice, systemd)",
        "nothing was killed",
    ]


def test_the_killed_files_with_their_verdicts(says: Says) -> None:
    killed = [{"file": "a.v", "verdict": "oom-slice"}, {"file": "b\n.v", "verdict": "cancelled"}]
    says({"jobs": 1, "killed": killed, "slices": [{**SLICE, "memory_peak": 0}]})

    assert summary("b", 1) == [
        "1 job in 1.0 s, memory-max 6G (rocq-foo.slice, systemd)",
        "killed: a.v (oom-slice), b?.v (cancelled)",
        "where in it: rocqshim blame a.v",
    ]


def test_many_killed_files_are_counted(says: Says) -> None:
    killed = [{"file": f"{number}.v", "verdict": "signal"} for number in range(13)]
    says({"jobs": 13, "killed": killed, "slices": [SLICE]})

    assert summary("b", 1)[1].endswith("9.v (signal) and 3 more")


def test_two_slices_and_no_limit(says: Says) -> None:
    other = {**SLICE, "slice": "rocq-bar.slice", "memory_max": None, "backend": None}
    says({"jobs": 43, "killed": [], "slices": [SLICE, other]})

    assert summary("b", 1)[0].endswith(
        "systemd), peak 4G of memory-max infinity (rocq-bar.slice, no limits)"
    )


@pytest.mark.parametrize(
    ("raised", "said"),
    [(NoBroker("x"), "no broker is there"), (UserError("It broke.", "Mend it."), "It broke.")],
)
def test_what_is_not_known_is_no_error(says: Says, raised: Exception, said: str) -> None:
    says(raised)

    (line,) = summary("b", 1)

    assert line.startswith("no summary after 1.0 s: ") and said in line


def test_what_was_repeated_is_named_before_what_was_killed(says: Says) -> None:
    entry = {"file": "a.v", "verdict": "oom-slice"}
    says({"jobs": 2, "killed": [], "repeated": [entry, entry], "slices": [SLICE]})

    assert summary("b", 1)[1:] == [
        "repeated after they ran out of memory: a.v (oom-slice), a.v (oom-slice)",
        "nothing was killed",
    ]
