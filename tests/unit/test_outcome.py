"""One outcome, one text, wherever people read it."""

from __future__ import annotations

import signal
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rocqshim.history.listing import attempts_text
from rocqshim.outcome import STATES, counted, outcome
from rocqshim.report.document import document
from rocqshim.report.page.files import rows
from rocqshim.report.table_files import not_done
from rocqshim.top.state import Look, State
from rocqshim.top.waiting import ended, finished
from rocqshim.verdict import WORDS

from .history.support import JOB
from .report.support import recorded, row
from .top import answers

STATUS = {"success": 0, "exit-code": 2 << 8, "signal": 11, "cancelled": None}


@pytest.mark.parametrize(
    ("verdict", "status", "text"),
    [
        ("success", 0, "done"),
        ("exit-code", 256, "failed: exit 1"),
        ("exit-code", None, "failed: exit-code"),
        ("signal", signal.SIGSEGV | 0x80, "failed: SIGSEGV"),  # with a core file
        ("signal", 40, "failed: signal 40"),
        ("signal", signal.SIGKILL, "killed: by SIGKILL, and not by rocqshim"),
        ("signal", signal.SIGINT, "cancelled: SIGINT"),
        ("signal", signal.SIGTERM, "cancelled: SIGTERM"),
        ("oom-slice", signal.SIGKILL, "killed: memory-max of the slice was full"),
        ("oom-slice", 129 << 8, "killed: memory-max of the slice was full"),
        ("cancelled", None, "cancelled"),
        ("of-a-later-version", 0, "failed: of-a-later-version"),
        (None, None, "failed: unknown"),
    ],
)
def test_the_words(verdict: str | None, status: int | None, text: str) -> None:
    assert str(outcome(verdict, status)) == text


@pytest.mark.parametrize("verdict", WORDS)
def test_no_code_reaches_people(verdict: str) -> None:
    """The list of a file's attempts, the report's table, its page, and top say the same."""
    status = STATUS.get(verdict, int(signal.SIGKILL))
    text = str(outcome(verdict, status))
    job = replace(JOB, verdict=verdict, status=status)
    made = document(recorded([row("a.v", 0, 1, verdict=verdict, status=status)]))
    entry = answers.ended("a.v", verdict=verdict, status=status)
    shown = answers.project(build=answers.build(ended=[entry]))

    assert verdict == "cancelled" or verdict not in text.split()
    assert f" {text} " in attempts_text([job], plain=True)
    assert verdict == "success" or not_done(made)[-1].endswith(f" {text}")
    assert rows(made["jobs"])[0].text == text
    look = Look(answers.answer(shown))
    (_, (_, how)) = ended(finished(look, State()), look, State(), 20)
    assert how.text == text


@given(st.text(max_size=9) | st.sampled_from(WORDS), st.integers())
def test_whatever_stands_in_a_history(verdict: str, status: int) -> None:
    assert outcome(verdict, status).state in STATES


def test_counts() -> None:
    assert counted(["killed", "done", "failed", "done"]) == "2 done, 1 failed, 1 killed"
    assert counted([]) == ""
