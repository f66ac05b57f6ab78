"""docs/admission.md says what the code does: its numbers are the code's."""

from __future__ import annotations

from pathlib import Path

from rocqshim.admission.queue import PATIENCE
from rocqshim.broker.repeating import LEAN
from rocqshim.broker.room import CALM
from rocqshim.depends.places import _NAMES

TEXT = (Path(__file__).parents[2] / "docs/admission.md").read_text()


def test_numbers() -> None:
    assert f"{PATIENCE} at the most" in TEXT
    assert f"less than {CALM:g} % of the last 10 s" in TEXT
    assert f"OCAMLRUNPARAM={LEAN}" in TEXT


def test_names() -> None:
    for name in _NAMES - {".depends", "depends.mk"}:
        assert f"`{name}`" in TEXT
