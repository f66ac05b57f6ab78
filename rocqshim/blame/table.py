"""What was found, for people and for programs. Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from rocqshim.blame.call import Call
from rocqshim.blame.course import Sentence
from rocqshim.cli.duration import duration
from rocqshim.cli.show import columns, one_line
from rocqshim.outcome import Outcome, outcome
from rocqshim.settings.size import human_size

JSON_VERSION = 1  # goes up when a field changes its meaning
TOP = 10
WIDTH = 60  # letters of a sentence in the table
HEAD = ("LINE", "TIME", "BEFORE", "AFTER", "PEAK", "SENTENCE")


@dataclass(frozen=True)
class Found:
    """label: the file. status: as of subprocess. verdict: the broker's word, "" if unknown.

    sentences: those that have ended. culprit: that at which the compiler was killed.
    """

    label: str
    call: Call
    status: int
    verdict: str
    seconds: float
    peak: int
    sentences: tuple[Sentence, ...]
    culprit: Sentence | None

    @property
    def top(self) -> list[Sentence]:
        """By growth, the most first."""
        every = [*self.sentences, *([self.culprit] if self.culprit else [])]
        return sorted(every, key=lambda each: (-each.growth, each.start))[:TOP]


def text(found: Found) -> str:
    """What happened, then the sentences by growth."""
    state = _end(found).state
    rows = [HEAD, *(_row(each, state) for each in found.top)]
    table = columns(rows) if len(rows) > 1 else ["no sentence has ended"]
    return "\n".join([*_ending(found), *table])


def _ending(found: Found) -> list[str]:
    file, after = one_line(found.label), duration(found.seconds)
    if found.culprit:
        at = found.culprit
        held = f"{human_size(at.before)} before, {human_size(at.peak)} at the last look"
        return [f"{file}:{at.line}: {_how(found)} at this sentence after {after}; {held}:",
                f"    {at.text}"]  # fmt: skip
    count = len(found.sentences)
    many = f"{count} sentence{'s' * (count != 1)} in {after}, at most {human_size(found.peak)}"
    if found.status < 0:
        return [f"{file}: {_how(found)} behind its last sentence, as it was written; {many}"]
    if found.status:
        return [f"{file}: the compiler ended with status {found.status}; {many}"]
    return [f"{file}: {many}"]


def _how(found: Found) -> str:
    """``killed (by systemd-oomd)``, of one that ended by a signal."""
    end = _end(found)
    return f"{end.state} ({end.why})" if end.why else end.state


def _end(found: Found) -> Outcome:
    return outcome(found.verdict or "signal", -found.status)


def _row(each: Sentence, state: str) -> tuple[str, ...]:
    """state: of the compiler at its end, for the sentence that has none."""
    after = state if each.after is None else human_size(each.after)
    sizes = human_size(each.before), after, human_size(each.peak)
    return str(each.line), duration(each.seconds), *sizes, _cut(each.text)


def _cut(text: str) -> str:
    return text if len(text) <= WIDTH else f"{text[: WIDTH - 1]}…"


def as_json(found: Found) -> str:
    """Everything, with a ``version``. Bytes, seconds; offsets are bytes of the file."""
    document: dict[str, Any] = {
        "version": JSON_VERSION,
        "file": found.label,
        "cwd": found.call.cwd,
        "command": list(found.call.words),
        "command_from": found.call.source,
        "status": found.status,
        "verdict": found.verdict or None,
        "seconds": round(found.seconds, 3),
        "memory_peak": found.peak,
        "sentences": len(found.sentences),
        "killed_at": _object(found.culprit) if found.culprit else None,
        "top": [_object(each) for each in found.top],
    }
    return json.dumps(document, indent=1)


def _object(each: Sentence) -> dict[str, Any]:
    return {**vars(each), "seconds": round(each.seconds, 3), "growth": each.growth}
