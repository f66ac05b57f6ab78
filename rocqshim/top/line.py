"""Lines with attributes, as plain data: what is shown is tested without a terminal."""

from __future__ import annotations

from dataclasses import dataclass

from rocqshim.top.cells import head_of, width_of

# What a piece of text is; the screen knows how that looks, with colours and without.
STYLES = ("", "title", "head", "dim", "good", "warn", "bad", "selected")


@dataclass(frozen=True)
class Span:
    """A piece of a line. style: one of STYLES."""

    text: str
    style: str = ""


Line = tuple[Span, ...]


def line(*parts: str | Span, style: str = "") -> Line:
    """A line; plain text in it gets ``style``."""
    return tuple(part if isinstance(part, Span) else Span(part, style) for part in parts)


def text_of(entry: Line) -> str:
    """What is shown, without attributes."""
    return "".join(span.text for span in entry)


def cut(entry: Line, width: int) -> Line:
    """What of it fits into ``width`` columns."""
    kept: list[Span] = []
    for span in entry:
        text = head_of(span.text, width)
        width -= width_of(text)
        if text:
            kept.append(Span(text, span.style))
        if text != span.text:
            break
    return tuple(kept)


def fill(entry: Line, width: int) -> Line:
    """Exactly ``width`` columns, the last style going on to the end."""
    kept = cut(entry, width)
    free = width - width_of(text_of(kept))
    return (*kept, Span(" " * free, kept[-1].style if kept else "")) if free else kept
