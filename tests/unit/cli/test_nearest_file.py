"""Which recorded file was probably meant."""

from __future__ import annotations

import pytest

from rocqshim.cli.file_history import nearest

KNOWN = ["A.v", "theories/Note.v", "theories/Theory.v", "theories/sub/Big.v", "more/Big.v", "F1.v"]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Big.v", "theories/sub/Big.v"),
        ("more/Bigg.v", "more/Big.v"),
        ("theories/Theroy.v", "theories/Theory.v"),
        ("theories/theory.v", "theories/Theory.v"),
        ("AA.v", "A.v"),
        ("Nope.v", None),
        ("theories/Nope.v", None),  # the folder and the ending are no likeness
        ("theories/sub/Nope.v", None),
        ("F2.v", None),
        ("x", None),
    ],
)
def test_the_file_that_was_meant(typed: str, meant: str | None) -> None:
    assert nearest(typed, KNOWN) == meant
