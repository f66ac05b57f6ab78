"""One frame: lines with attributes, of exactly the size of the terminal at most. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from rocqshim.top import head
from rocqshim.top.cells import clean, short_size, short_time
from rocqshim.top.help import HELP_LINES, KEYS
from rocqshim.top.jobs import Running, running, table
from rocqshim.top.line import Line, Span, cut, fill, line, text_of
from rocqshim.top.state import FILTER, HELP, KILL, Look, State, hidden, shown
from rocqshim.top.table import name_width
from rocqshim.top.waiting import ended, finished, queue, queued

OLD = 3.0  # seconds; an answer that is older is called so
LOW = 12  # lines; a terminal with fewer has a head of one line
NOTHING = "no compiler has run yet"
WAITS = "this view waits for a build"


def frame(look: Look, state: State, width: int, height: int | None) -> list[Line]:
    """At most ``height`` lines of at most ``width`` columns. height: None for all that there is."""
    last = [_last(look, state)] if state.interactive else []
    room = None if height is None else max(0, height - len(last))
    body = [line(text) for text in HELP_LINES] if state.mode == HELP else []
    lines = _fitted(body or _body(look, state, width, room), room)
    if height is not None and last:
        lines += [()] * (height - len(lines) - 1)
    full = [fill(entry, width) if _is_bar(entry) else cut(entry, width) for entry in lines + last]
    return full if height is None else full[-1:] if height == 1 else full[:height]


def plain(look: Look, state: State, width: int) -> str:
    """All of it as text, for a script."""
    return "\n".join(text_of(entry).rstrip() for entry in frame(look, state, width, None))


def _body(look: Look, state: State, width: int, room: int | None) -> list[Line]:
    lines = [*_title(look, state), *_heads(look, state, width, room)]
    found = running(look, state)
    if not shown(look.answer, state):
        nothing = [] if look.problem else [line(NOTHING)]
        return [*lines, *nothing, *([line(WAITS)] if state.interactive else [])]
    waits, done = queued(look, state), finished(look, state)
    names = [each.file for each in found] + [each[0] for each in (*waits, *done)]
    name = name_width(names, width)
    parts = [
        table(found, look, state, width, name),
        queue(waits, look, state, name),
        ended(done, look, state, name),
    ]
    rest = None if room is None else room - len(lines)
    return lines + _shared(parts, rest, _place(found, state))


def _title(look: Look, state: State) -> list[Line]:
    words = f"   sorted by {state.sort}{' backwards' * state.backwards}"
    words += f'   filter "{clean(state.filter)}"' if state.filter else ""
    others = hidden(look.answer, state)
    words += f"   {others} job{'s' * (others != 1)} of other projects: a" if others else ""
    said = (Span(f"   {clean(look.message)}", "warn"),) if look.message else ()
    lines: list[Line] = [(Span("rocqshim top", "head"), *said, Span(words, "head"))]
    lines = lines if state.interactive else []
    if look.problem:
        since = f"shown is what was {short_time(look.age)} ago: " if look.answer else ""
        lines.append(line(since + clean(look.problem), style="bad"))
    elif look.age > OLD:
        lines.append(line(f"no answer for {short_time(look.age)}", style="bad"))
    return lines


def _heads(look: Look, state: State, width: int, room: int | None) -> list[Line]:
    projects = shown(look.answer, state)
    blocks = [head.full(project, look, state, width) for project in projects]
    if room is not None and (room < LOW or sum(map(len, blocks)) > room // 2):
        blocks = [[head.short(project, look, state)] for project in projects]
    lines = [entry for block in blocks for entry in block]
    return lines if room is None else _fitted(lines, max(1, room // 2))


def _shared(parts: list[list[Line]], room: int | None, place: int) -> list[Line]:
    """Each table gets an equal part of the room; what one does not need the first one takes."""
    parts = [part for part in parts if part]
    if room is None:
        return [entry for part in parts for entry in part]
    given = [0] * len(parts)
    while room > 0 and (open_ := [at for at, part in enumerate(parts) if given[at] < len(part)]):
        for at in open_:
            given[at] += room > 0
            room -= room > 0
    lines = [_window(parts[0], given[0], place)] if parts else []
    lines += [_fitted(part, count) for part, count in zip(parts[1:], given[1:], strict=True)]
    return [entry for part in lines for entry in part]


def _window(part: list[Line], room: int, place: int) -> list[Line]:
    """The heading and the jobs around the selected one."""
    if room >= len(part) or room < 2:
        return part[:room]
    first = min(max(place - (room - 1) // 2, 0), len(part) - room)
    return [part[0], *part[1 + first : first + room]]


def _place(found: Sequence[Running], state: State) -> int:
    return next((at for at, each in enumerate(found) if each.key == state.selected), 0)


def _fitted(lines: list[Line], room: int | None) -> list[Line]:
    """All of them, or those that fit and how many more there are."""
    if room is None or len(lines) <= room:
        return lines
    if room < 2:
        return lines[:room]
    return [*lines[: room - 1], line(f" and {len(lines) - room + 1} more", style="dim")]


def _last(look: Look, state: State) -> Line:
    if state.mode == FILTER:
        text = f"show files with: {clean(state.filter)}_   (Enter keeps it, Esc leaves it)"
        return (Span(text, "title"),)
    if state.mode == KILL:
        return (Span(_question(look, state), "title"),)
    if state.mode == HELP:
        return (Span("any key goes back", "title"),)
    return (Span(KEYS, "title"),)


def _question(look: Look, state: State) -> str:
    found = [each for each in running(look, state) if each.key == state.selected]
    if not found:
        return "that job has ended"
    job = found[0].job
    about = f"{short_size(job['memory'])}, {short_time(job['seconds'])}"
    return f"kill {found[0].file} ({about})? y kills it, any other key does not"


def _is_bar(entry: Line) -> bool:
    return any(span.style in ("title", "selected") for span in entry)
