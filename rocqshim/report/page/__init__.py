"""A report as one HTML file: no network, and nothing in it acts that is not ours. Pure."""

from __future__ import annotations

import base64
import hashlib
from importlib import resources
from string import Template
from typing import Any, cast

from rocqshim.cli.duration import duration
from rocqshim.report.jobs import of_build
from rocqshim.report.page import figures, tables
from rocqshim.report.page.data import JOBS, data, kept_files
from rocqshim.report.page.still import picture
from rocqshim.report.page.words import escaped

# In this order they are one script.
SCRIPTS = "words model timeline marks chart point memory told gantt load table main".split()


def page(document: dict[str, object]) -> str:
    """The page of a document (report/document.py, version 1), to be written as UTF-8.

    Raises KeyError if a field of that version is missing.
    """
    found = cast("dict[str, Any]", document)
    found = {**found, "jobs": of_build(found["jobs"])}
    style, script = _resource("page.css"), _script()
    return Template(_resource("page.html")).substitute(
        _texts(found), style=style, script=script, policy=_policy(style, script)
    )


def _texts(document: dict[str, Any]) -> dict[str, str]:
    rows = kept_files(document["jobs"])
    path = document["critical_path"] or []
    return {
        "project": escaped(document["project"]),
        "about": _about(document),
        "cards": figures.cards(document, rows),
        "lost": tables.lost(document),
        "still": picture(document),
        "critical": tables.critical(document),
        "critical_head": _critical_head(path, document["critical_seconds"]),
        "what_if": tables.what_if(document),
        "previous": tables.previous(document),
        "files": tables.files(rows),
        "files_note": _files_note(document, len(rows)),
        "data": data(document, rows),
    }


def _about(document: dict[str, Any]) -> str:
    parts = [figures.when(document), f"build {escaped(document['build'])}"]
    if document.get("running"):
        parts.append("<strong>still running</strong>")
    parts += [escaped(document[name]) for name in ("slice", "backend", "root") if document[name]]
    return " · ".join(parts)


def _critical_head(path: list[str], seconds: float | None) -> str:
    if seconds is None:
        return "unknown"
    return f"{len(path):,} file{'s' * (len(path) != 1)}, {duration(seconds)}"


def _files_note(document: dict[str, Any], count: int) -> str:
    note = ""
    if len(document["jobs"]) > JOBS:
        note = f"This page has the {JOBS:,} longest of {len(document['jobs']):,} jobs. "
    if count > tables.SHOWN:
        note += f"Without JavaScript these are the {tables.SHOWN} of {count:,} that took longest."
    return note


def _resource(name: str) -> str:
    return resources.files("rocqshim.report.page").joinpath(name).read_text(encoding="utf-8")


def _script() -> str:
    parts = "\n".join(_resource(f"script/{name}.js") for name in SCRIPTS)
    return f'"use strict";\n(() => {{\n{parts}}})();\n'


def _policy(style: str, script: str) -> str:
    """Nothing may be loaded, sent or run but these two, which are known by their digests."""
    own = f"style-src {_digest(style)}; script-src {_digest(script)}"
    return f"default-src 'none'; {own}; base-uri 'none'; form-action 'none'"


def _digest(text: str) -> str:
    sum_of = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(sum_of).decode()}'"
