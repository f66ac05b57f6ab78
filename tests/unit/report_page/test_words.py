"""Names and figures as they are shown."""

from __future__ import annotations

import pytest

from rocqshim.admission.reason import WORDS
from rocqshim.cli.show import per_cent
from rocqshim.report.page.words import IDLE, difference, label, shown


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("theories/Été.v", "theories/Été.v"),
        ("\udcff\udc80", "\\xff\\x80"),
        ("a\nb\x1b[0m\u202ec", "a?b?[0m?c"),
        ("\ud800", "?"),
    ],
)
def test_a_name(name: str, text: str) -> None:
    assert shown(name) == text
    shown(name).encode()


def test_the_usual_kind_is_not_said() -> None:
    assert [label("a.v", kind) for kind in ("vo", None, "vos")] == ["a.v", "a.v", "a.v (vos)"]


def test_a_difference_has_its_sign() -> None:
    assert [difference(s) for s in (-363.0, 0.2, 0.001)] == [
        "\N{MINUS SIGN}6 min 3 s", "+0.20 s", "the same",
    ]  # fmt: skip
    assert (per_cent(1, 8), per_cent(1, None)) == ("12%", "")


def test_every_reason_is_explained() -> None:
    assert set(IDLE) == {*WORDS, "dependencies", "others"}
