"""Adding our table to a pyproject.toml without touching anything else in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import tomli

from rocqshim.errors import UserError
from rocqshim.settings.sources import parse, read


def with_block(path: Path, block: str) -> str | None:
    """The file's text with ``block`` at its end; None if it has [tool.rocqshim] already.

    Raises UserError for a file that is broken, cannot be read, or cannot take a new table.
    """
    content = read(str(path))
    if content is None:
        return block
    text, document = parse(str(path), content)
    if "rocqshim" in _tool(document):
        return None
    added = _appended(text, block)
    if not _adds_only_ours(added, document):
        fact = f"{path} cannot take a [tool.rocqshim] table at its end."
        raise UserError(fact, "Its [tool] is written inline: add rocqshim = {} there by hand.")
    return added


def _tool(document: dict[str, Any]) -> dict[str, Any]:
    tool = document.get("tool", {})
    return tool if isinstance(tool, dict) else {}


def _appended(text: str, block: str) -> str:
    if text and not text.endswith("\n"):
        text += "\n"
    joined = f"{text}\n{block}" if text else block
    if "\r\n" in text:  # as Windows wrote it; decided by the file, and all of it alike
        return text + joined[len(text) :].replace("\n", "\r\n")
    return joined


def _adds_only_ours(added: str, before: dict[str, Any]) -> bool:
    """Whether all that was there still means the same. Compared as text: nan is not nan."""
    try:
        after = tomli.loads(added)
    except tomli.TOMLDecodeError:
        return False
    if _tool(after).pop("rocqshim", None) is None:
        return False
    if "tool" not in before:
        del after["tool"]
    return repr(after) == repr(before)
