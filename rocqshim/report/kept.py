"""A document of ``rocqshim report --json`` that somebody has kept in a file."""

from __future__ import annotations

import json
from typing import Any

from rocqshim.errors import UserError
from rocqshim.report.document import VERSION

HINT = "Keep one with: rocqshim report --json > build.json"
_TEXTS = ("file", "kind", "verdict")
_NUMBERS = ("started", "ended")
_PERHAPS = ("user", "system", "anon_peak", "memory_peak")


def read_document(path: str) -> dict[str, Any]:
    """Read what another build is compared with, as far as that needs it. Raises UserError."""
    try:
        with open(path, encoding="utf-8") as file:
            found = json.load(file)
    except OSError as error:
        raise UserError(f"The report {path} cannot be read: {error.strerror}.", HINT) from None
    except (ValueError, RecursionError) as error:
        raise UserError(f"The report {path} is no JSON ({error}).", HINT) from None
    if not isinstance(found, dict) or found.get("version") != VERSION or not _is_whole(found):
        raise UserError(f"The report {path} is no report of version {VERSION}.", HINT)
    return found


def _is_whole(found: dict[str, Any]) -> bool:
    jobs = found.get("jobs")
    return (
        isinstance(found.get("build"), str)
        and all(_is_number(found.get(name)) for name in ("started", "seconds"))
        and _may_be_number(found, "memory_peak")
        and isinstance(jobs, list)
        and all(map(_is_job, jobs))
    )


def _is_job(job: object) -> bool:
    return (
        isinstance(job, dict)
        and all(isinstance(job.get(name), str) for name in _TEXTS)
        and all(_is_number(job.get(name)) for name in _NUMBERS)
        and all(_may_be_number(job, name) for name in _PERHAPS)
    )


def _may_be_number(entry: dict[str, Any], name: str) -> bool:
    return name in entry and (entry[name] is None or _is_number(entry[name]))


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
