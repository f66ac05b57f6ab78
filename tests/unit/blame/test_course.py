"""What was printed and what was held, put together."""

from __future__ import annotations

from typing import Any

from rocqshim.blame.course import Done, done_of, in_order, sentences, unfinished

SOURCE = b"A a.\nB b.\n\nC\n c.\n(* end *)\n"
FOUND = [Done(0, 4, 0.5, 1.0, 50), Done(5, 9, 2.0, 3.0, 70)]
LOOKS = [(0.1, 5), (0.4, 20), (0.8, 30), (1.0, 50), (1.5, 90), (3.0, 70), (3.5, 400)]


def test_the_lines_of_the_compiler() -> None:
    line = "Chars 15 - 34 [Definition~é~:=~1.] 0.25 secs (0.2u,0.s)\n".encode()

    assert done_of(line, 1.5, 7) == Done(15, 34, 0.25, 1.5, 7)
    for other in (b"Chars 1 - 2", b"     = 3\n", b" " + line, b"Chars x - 3 [a] 0. secs (0.u,0.s)"):
        assert done_of(other, 1.5, 7) is None


def test_what_belongs_to_another_file_is_left_out() -> None:
    load = [Done(0, 4, 0.0, 1.0, 0), Done(0, 3, 0.0, 1.0, 0), Done(500, 510, 0.0, 1.0, 0)]

    assert in_order([*load, FOUND[1]], len(SOURCE)) == [load[0], FOUND[1]]


def test_before_after_and_peak() -> None:
    first, second = sentences(SOURCE, FOUND, LOOKS)

    assert (first.before, first.after, first.peak, first.growth) == (20, 50, 50, 30)
    assert (second.before, second.after, second.peak, second.growth) == (50, 70, 90, 40)
    assert [(each.line, each.text) for each in (first, second)] == [(1, "A a."), (2, "B b.")]
    assert sentences(SOURCE, [], LOOKS) == []


def test_a_first_sentence_that_ended_before_anybody_looked() -> None:
    (first,) = sentences(SOURCE, [Done(0, 4, 0.0, 0.3, 40)], [(0.1, 0), (0.3, 40), (0.5, 60)])

    assert (first.before, first.after, first.growth) == (40, 40, 0)
    killed = unfinished(SOURCE, [], [(0.1, 0), (0.3, 40), (0.5, 60)], 0.6)
    assert killed and (killed.before, killed.peak) == (40, 60)


def test_the_one_at_which_it_was_killed() -> None:
    found = unfinished(SOURCE, FOUND, LOOKS, 4.0)
    assert found
    assert (found.line, found.last_line, found.text) == (4, 5, "C c.")
    assert (found.before, found.after, found.peak, found.seconds) == (70, None, 400, 1.0)

    at_once = unfinished(SOURCE, [], LOOKS, 4.0)
    assert at_once
    assert (at_once.line, at_once.before, at_once.peak) == (1, 5, 400)

    assert unfinished(SOURCE, [*FOUND, Done(11, 16, 0.0, 3.9, 80)], LOOKS, 4.0) is None


class Counted(bytes):
    """Knows how many bytes were searched for the ends of lines."""

    searched = 0

    def count(self, sub: Any, start: Any = 0, end: Any = None) -> int:  # noqa: ANN401
        self.searched += end - start
        return super().count(sub, start, end)


def test_lines_are_counted_in_bytes() -> None:
    (only,) = sentences("(* é *)\nλ.\n\nB.".encode(), [Done(9, 12, 0.0, 1.0, 7)], [])

    assert (only.line, only.last_line, only.text) == (2, 2, "λ.")


def test_lines_are_counted_once_in_a_long_source() -> None:
    source = Counted(b"Check\n 1.\n" * 5000)
    found = [Done(at * 10, at * 10 + 9, 0.0, 1.0, 7) for at in range(5000)]

    every = sentences(source, found, [])

    assert [(each.line, each.last_line) for each in every[:2]] == [(1, 2), (3, 4)]
    assert (every[-1].line, every[-1].last_line) == (9999, 10000)
    assert source.searched <= len(source)
