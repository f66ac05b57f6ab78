from __future__ import annotations

from rocqshim.cli.show import columns, one_line


def test_columns_are_as_wide_as_their_widest_cell() -> None:
    rows = [("a", "bbb", "c"), ("aa", "b", "")]

    assert columns(rows, "> ") == [">  a   bbb  c".replace(">  ", "> "), "> aa  b"]


def test_no_rows_are_no_lines() -> None:
    assert columns([]) == []


def test_control_characters_do_not_reach_the_terminal() -> None:
    assert one_line("a\x1b[2J\nb é\udcff.v") == "a?[2J?b é\udcff.v"


def test_columns_are_in_line_as_they_are_printed() -> None:
    assert columns([("a\udcff.v", "1"), ("b.v", "2")]) == ["a\\udcff.v  1", "b.v        2"]
