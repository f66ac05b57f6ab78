"""What a compiler has printed with ``-time``, and held meanwhile: sentence by sentence. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rocqshim.blame.sentences import next_sentence, shown

_DONE = re.compile(rb"Chars (\d+) - (\d+) \[.*\] ([0-9.]+) secs \(.*\)\s*")


@dataclass(frozen=True)
class Done:
    """A sentence that has ended. start, end: offsets in bytes. at: seconds; memory: bytes then."""

    start: int
    end: int
    seconds: float
    at: float
    memory: int


@dataclass(frozen=True)
class Sentence:
    """One sentence, and the compiler's memory around it. Bytes and seconds.

    peak: the most that was seen while it was worked on. after: None where it did not end.
    """

    line: int
    last_line: int
    start: int
    end: int
    text: str
    seconds: float
    before: int
    after: int | None
    peak: int

    @property
    def growth(self) -> int:
        """By how much the compiler's memory went up, at the most."""
        return self.peak - self.before


Look = tuple[float, int]  # seconds, bytes


def done_of(line: bytes, at: float, memory: int) -> Done | None:
    """A line of the compiler's output; None for what a sentence has printed itself."""
    found = _DONE.fullmatch(line)
    if not found:
        return None
    return Done(int(found[1]), int(found[2]), float(found[3]), at, memory)


def in_order(found: Sequence[Done], size: int) -> list[Done]:
    """Those of the file itself: what ``Load`` reads is counted from the start of another."""
    kept: list[Done] = []
    for done in found:
        if done.end <= size and done.start >= (kept[-1].end if kept else 0):
            kept.append(done)
    return kept


def sentences(source: bytes, found: Sequence[Done], looks: Sequence[Look]) -> list[Sentence]:
    """All that have ended, in their order. looks: at the memory, in order of time."""
    result: list[Sentence] = []
    before, since, walker = _at_start(found, looks), 0.0, _Walker(looks)
    lines = _Lines(source)
    if found:
        since = max(0.0, found[0].at - found[0].seconds)
    walker.most_until(since)
    for done in found:
        peak = max(before, done.memory, walker.most_until(done.at))
        held = before, done.memory, peak
        result.append(_sentence(lines, (done.start, done.end), done.seconds, held))
        before = done.memory
    return result


def unfinished(
    source: bytes, found: Sequence[Done], looks: Sequence[Look], ended: float
) -> Sentence | None:
    """The sentence at which the compiler was killed; None where it had worked on all."""
    last = found[-1] if found else Done(0, 0, 0.0, 0.0, 0)
    place = next_sentence(source, last.end)
    if place is None:
        return None
    later = [memory for at, memory in looks if at >= last.at and memory]
    before = last.memory if found else min(later, default=0)
    peak = max([before, *later])
    return _sentence(_Lines(source), place, ended - last.at, (before, None, peak))


class _Walker:
    """Goes through the looks once, as there may be a hundred thousand."""

    def __init__(self, looks: Sequence[Look]) -> None:
        self._looks, self._next = looks, 0

    def most_until(self, at: float) -> int:
        most = 0
        while self._next < len(self._looks) and self._looks[self._next][0] <= at:
            most = max(most, self._looks[self._next][1])
            self._next += 1
        return most


class _Lines:
    """Counts lines on from the offset before, as there may be a hundred thousand sentences."""

    def __init__(self, source: bytes) -> None:
        self.source, self._at, self._line = source, 0, 1

    def of(self, at: int) -> int:
        """The number of the line that holds ``at``, which is never before the last one."""
        self._line += self.source.count(b"\n", self._at, at)
        self._at = at
        return self._line


def _at_start(found: Sequence[Done], looks: Sequence[Look]) -> int:
    """What it held before the first sentence: at the last look before that began.

    One that ended sooner than anybody looked has grown by nothing: what there was is the compiler.
    """
    if not found:
        return 0
    begun = found[0].at - found[0].seconds
    held = [(at, memory) for at, memory in looks if memory]
    early = [memory for at, memory in held if at <= begun]
    first = held[0][1] if held else 0
    return early[-1] if early else min(first, found[0].memory)


def _sentence(
    lines: _Lines, place: tuple[int, int], seconds: float, held: tuple[int, int | None, int]
) -> Sentence:
    start, end = place
    first, last = lines.of(start), lines.of(max(start, end - 1))
    before, after, peak = held
    text = shown(lines.source, start, end)
    return Sentence(first, last, start, end, text, seconds, before, after, peak)
