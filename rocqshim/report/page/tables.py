"""The tables of the page, complete without a script."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from rocqshim.cli.duration import duration
from rocqshim.cli.show import per_cent
from rocqshim.report.change import memory_change, time_change
from rocqshim.report.lost import short_of_work
from rocqshim.report.page.files import FileRow
from rocqshim.report.page.words import IDLE, difference, escaped, label, shown
from rocqshim.report.previous import growth
from rocqshim.report.short import condition, sentence
from rocqshim.settings.size import human_size

SHOWN = 100  # rows; the script shows the rest
WAITED = 0.005  # seconds; less is no waiting


def lost(document: dict[str, Any]) -> str:
    """Cores that did not work for the build, by reason, most first, each with a bar."""
    found = {word: value for word, value in (document["lost"] or {}).items() if value}
    if not found:
        return "<p>All cores worked, or nobody knows what they did.</p>"
    whole = (document["cores"] or 0) * (document["seconds"] or 0) or sum(found.values())
    words = sorted(found, key=lambda word: -found[word])
    return _table(
        ("Not at work", "Core time", "Of all cores", "Because"),
        ([escaped(word), duration(found[word]), _bar(found[word], whole),
          escaped(IDLE.get(word, ""))] for word in words),
        "lost",
    ) + _worked(document)  # fmt: skip


def _worked(document: dict[str, Any]) -> str:
    found = short_of_work(document["jobs"])
    return f"<p>{escaped(found)}</p>" if found else ""


def _bar(part: float, whole: float) -> str:
    width = f"{100 * min(1.0, part / whole):.1f}"
    return (
        '<svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect width="100" height="10"/><rect class="part" width="{width}" height="10"/></svg> '
        + per_cent(part, whole)
    )


def what_if(document: dict[str, Any]) -> str:
    """What the simulator foresees under other limits."""
    found, short = document["what_if"], document["out_of_memory"] or []
    about = "".join(f"<p>{escaped(sentence(one))}</p>" for one in short)
    if not found:
        return about or "<p>Nothing that was tried changes it, or too little is known.</p>"
    return about + _table(
        ("With", "Time", "Difference"),
        ([escaped(row["change"]), _time(row["seconds"]), _outcome(row)] for row in found),
    )


def _outcome(row: dict[str, Any]) -> str:
    failed = ", ".join(_name(file) for file in row["failed"])
    told = _signed(row["difference"]) or escaped(condition(row))
    return f"{failed} needs more" if failed else told


def _time(seconds: float | None) -> str:
    return "fails" if seconds is None else duration(seconds)


def _signed(seconds: float | None) -> str:
    if seconds is None:
        return ""
    kind = "better" if seconds < 0 else "worse" if seconds > 0 else ""
    return f'<span class="{kind}">{difference(seconds)}</span>'


def previous(document: dict[str, Any]) -> str:
    """The build before: as a whole, and the files that grew, most first."""
    before = document["previous"]
    if not before:
        return "<p>There is no build before this one.</p>"
    grown = [row for row in before["files"] if growth(row) > 0]
    shrunk = [row for row in before["files"][::-1] if growth(row) < 0]
    table = _compared(grown) if grown else "<p>No file grew.</p>"
    if shrunk:
        head = f"{len(shrunk):,} file{'s' * (len(shrunk) != 1)} shrank"
        table += f"<details><summary>{head}</summary>{_compared(shrunk)}</details>"
    return f"<p>{_as_a_whole(before)}</p>{table}"


def _compared(rows: list[dict[str, Any]]) -> str:
    heads = ("File", "Time", "before", "", "Peak", "before", "")
    rest = len(rows) - SHOWN
    more = f"<p>and {rest:,} more</p>" if rest > 0 else ""
    return _table(heads, (_grown(row) for row in rows[:SHOWN]), "grown") + more


def _as_a_whole(before: dict[str, Any]) -> str:
    parts = [f"Build {escaped(before['build'])} before it"]
    if before["seconds"] is not None:
        parts.append(f"took {duration(before['seconds'])}")
    if before["memory_peak"] is not None:
        parts.append(f"had {human_size(before['memory_peak'])} at most")
    return ", ".join(parts) + "."


def _grown(row: dict[str, Any]) -> list[str]:
    then, now, longer = time_change(row)
    held, holds, more = memory_change(row)
    name = _name(label(row["file"], row["kind"]))
    return [name, now, then, _change(longer), holds, held, _change(more)]


def _change(share: str) -> str:
    if share in ("+0%", "-0%"):
        return "the same"
    return f'<span class="{"better" if share[0] == "-" else "worse"}">{share}</span>'


def critical(document: dict[str, Any]) -> str:
    """The longest way through the build, in its order."""
    ran = {job["file"]: job for job in document["jobs"]}  # the last attempt
    path = document["critical_path"] or []
    items = "".join(f"<li>{_name(file)} {_when(ran.get(file))}</li>" for file in path[:SHOWN])
    if len(path) > SHOWN:
        items += f"<li>and {len(path) - SHOWN:,} more</li>"
    return f"<ol>{items}</ol>" if path else "<p>Nobody knows it.</p>"


def _when(job: dict[str, Any] | None) -> str:
    if job is None:
        return ""
    ran, start = (job["ended"] or 0) - (job["started"] or 0), job["started"] or 0
    return f'<span class="soft">{duration(ran)}, from {duration(start)} on</span>'


def files(rows: Sequence[FileRow]) -> str:
    """The rows of the table of files that took longest, as the script draws them too."""
    longest = sorted(rows, key=lambda row: -row.seconds)[:SHOWN]
    return "".join(_cells(_file(row)) for row in longest)


def _file(row: FileRow) -> list[str]:
    return [
        _name(row.name) + (" ◆" if row.critical else ""),
        duration(row.seconds),
        duration(row.waited) if row.waited >= WAITED else "\N{EN DASH}",
        "" if row.cpu is None else duration(row.cpu),
        "" if row.peak is None else human_size(row.peak),
        "" if row.promised is None else human_size(row.promised),
        str(row.attempts),
        f'<span class="{row.state}">{escaped(row.text)}</span>',
    ]


def _name(file: str) -> str:
    return f"<bdi>{escaped(shown(file))}</bdi>"


def _table(heads: Sequence[str], rows: Iterable[list[str]], kind: str = "") -> str:
    head = "".join(f'<th scope="col">{escaped(text)}</th>' for text in heads)
    body = "".join(_cells(row) for row in rows)
    return (
        f'<div class="wide"><table class="{kind}"><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def _cells(row: list[str]) -> str:
    first, *rest = row
    return f'<tr><th scope="row">{first}</th>' + "".join(f"<td>{x}</td>" for x in rest) + "</tr>"
