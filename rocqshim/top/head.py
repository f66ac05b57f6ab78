"""The head of a project: its slice against the limits, and how far its build is. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from rocqshim.cli.show import per_cent
from rocqshim.outcome import BAD
from rocqshim.settings.size import human_size
from rocqshim.top.cells import bar, clean, short_size, short_time
from rocqshim.top.line import Line, Span, line
from rocqshim.top.rates import rates
from rocqshim.top.state import Answer, Look, State

NAME = 7  # columns of "memory "
NARROW, BAR = 8, 40  # columns of a bar, at least and at most
USUAL = 52  # columns of the words behind it: those that change by little do not move the bar
NEAR, FULL = 0.75, 0.9  # of memory-max


def full(project: Answer, look: Look, state: State, width: int) -> list[Line]:
    """Some five lines; the bars are of one length."""
    gauges = [_memory(project), _cpu(project, look), *_build(project)]
    words = max(USUAL, *(len(gauge.words) for gauge in gauges))
    length = max(NARROW, min(BAR, width - NAME - words - 1))
    bars = [_drawn(gauge, length) for gauge in gauges]
    return [
        _name(project, state),
        *bars[:2],
        *_flow(project, look),
        *bars[2:],
        *_unenforced(project),
    ]


@dataclass(frozen=True)
class Gauge:
    """One figure against its limit. parts: as `bar` takes them; none where there is no limit."""

    name: str
    words: str
    style: str
    parts: tuple[tuple[float, str], ...] = ()


def _drawn(gauge: Gauge, length: int) -> Line:
    name = f"{gauge.name:{NAME}}"
    shown = (Span(bar(length, *gauge.parts), gauge.style), Span(" ")) if gauge.parts else ()
    return (Span(name), *shown, Span(gauge.words))


def short(project: Answer, look: Look, state: State) -> Line:
    """One line, where there are many projects."""
    running, waiting, build = len(project["jobs"]), project["waiting"], project["build"]
    cpu = rates(look, project).cpu
    parts = [f"{_used(project)}", f"{running} running, {waiting} waiting"]
    parts += [f"cpu {cpu:.1f}"] if cpu is not None else []
    parts += [_far(build)] if build else []
    return (*_paused(project, state), *line(f"{project['slice']} {'  '.join(parts)}"))


def _name(project: Answer, state: State) -> Line:
    head = Span(f"{project['slice']} ({project['backend'] or 'not open'})", "head")
    return (head, *line(f" {clean(project['root'])} "), *_paused(project, state))


def _paused(project: Answer, state: State) -> Line:
    if project["slice"] in state.held:
        return (Span("PAUSED, p resumes ", "warn"),)
    return (Span("PAUSED elsewhere ", "warn"),) if project["paused"] else ()


def _memory(project: Answer) -> Gauge:
    limit, used, reserved = _limit(project, "memory_max"), project["memory"], project["reserved"]
    peak = project["memory_peak"]
    words = f"{_used(project)}, {human_size(reserved)} reserved"
    words += f", peak {human_size(peak)}" if peak is not None else ""
    if not limit:
        return Gauge("memory", words, "")
    share = used / limit
    style = "bad" if share >= FULL else "warn" if share >= NEAR else "good"
    return Gauge("memory", words, style, ((share, "|"), (reserved / limit, ":")))


def _used(project: Answer) -> str:
    limit = _limit(project, "memory_max")
    share = f" ({per_cent(project['memory'], limit)})" if limit else ""
    return f"{human_size(project['memory'])} of {human_size(limit)}{share}"


def _cpu(project: Answer, look: Look) -> Gauge:
    cores, now = project["cores"], rates(look, project).cpu
    quota, most = _limit(project, "cpu_quota"), _limit(project, "tasks_max")
    words = f"{'-' if now is None else f'{now:.1f}'} of {cores} core{'s' * (cores != 1)}"
    words += f" (quota {quota}%)" if quota else ""
    words += f", {project['tasks']} of {most} tasks" if most else f", {project['tasks']} tasks"
    return Gauge("cpu", words, "good", (((now or 0) / max(cores, 1), "|"),))


def _flow(project: Answer, look: Look) -> list[Line]:
    """I/O and pressure, where somebody counts them."""
    now = rates(look, project)
    parts = []
    if now.read is not None and now.written is not None:
        read, written = short_size(int(now.read)), short_size(int(now.written))
        parts.append(f"{read}/s read, {written}/s written")
    waits = [(word, project[f"{word}_pressure"]) for word in ("memory", "cpu")]
    said = ", ".join(f"{word} {share:.0f}%" for word, share in waits if share is not None)
    parts += [f"pressure: {said}"] if said else []
    return [line(f"{'i/o':{NAME}}{'   '.join(parts)}")] if parts else []


def _build(project: Answer) -> list[Gauge]:
    build = project["build"]
    if not build:
        return []
    words = _far(build)
    for word in ("repeated", *BAD):
        words += f", {build[word]} {word}" if build[word] else ""
    parts = ((build["done"] / build["total"], "#"),) if build["total"] else ()
    return [Gauge("build", words, "good", parts)]


def _far(build: Answer) -> str:
    total, rest = build["total"], build["left"]
    done = f"{build['done']} of {total}+ files" if total else f"{build['done']} files done"
    known = total and build["done"] < total and round(rest or 0)  # "0s left" is never true
    return f"{done}, {short_time(rest)} left" if known else done


def _unenforced(project: Answer) -> list[Line]:
    keys = ", ".join(clean(entry.split()[0]) for entry in project["unenforced"])
    return [line(f"not enforced: {keys}; see rocqshim doctor", style="dim")] if keys else []


def _limit(project: Answer, key: str) -> int | None:
    value: int | None = (project["limits"] or {}).get(key)
    return value
